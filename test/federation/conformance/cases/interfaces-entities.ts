import { type ConformanceCase, keyed } from '../form.ts';

const nodes = [
  { __typename: 'User', id: '1', label: 'An' },
  { __typename: 'Post', id: '1', label: 'Hello' },
  { __typename: 'Tag', label: 'new' },
];

/** An interface of entities with the same ids and of a type that is none; a field of the interface is in the other service for each type. */
export const conformanceCase: ConformanceCase = {
  name: 'interfaces-entities',
  subgraphs: {
    nodes: {
      sdl: `
        type Query { nodes: [Node!]!  rated: [Rated!]! }
        interface Node { label: String! }
        interface Rated { rating: Int! }
        type User implements Node & Rated @key(fields: "id") { id: ID!  label: String!  rating: Int! @external }
        type Post implements Node & Rated @key(fields: "id") { id: ID!  label: String!  rating: Int! @external }
        type Tag implements Node { label: String! }
      `,
      resolvers: { Query: { nodes: () => nodes, rated: () => nodes.slice(0, 2).toReversed() } },
    },
    ratings: {
      sdl: `
        type User @key(fields: "id") { id: ID!  rating: Int!  mail: String }
        type Post @key(fields: "id") { id: ID!  rating: Int!  text: String! }
      `,
      resolvers: {
        User: keyed([{ id: '1', rating: 5, mail: 'a@b' }], 'id'),
        Post: keyed([{ id: '1', rating: 2, text: 'Hello there' }], 'id'),
      },
    },
  },
  operations: [
    {
      id: 'INTE-01',
      must: 'MUST',
      title: 'an interface’s field that another service gives for each type',
      document: '{ rated { rating } }',
      expected: { data: { rated: [{ rating: 2 }, { rating: 5 }] } },
    },
    {
      id: 'INTE-02',
      must: 'MUST',
      title: 'one interface inside the condition of another',
      document: '{ nodes { label ... on Rated { rating } } }',
      expected: { data: { nodes: [{ label: 'An', rating: 5 }, { label: 'Hello', rating: 2 }, { label: 'new' }] } },
    },
    {
      id: 'INTE-03',
      must: 'MUST',
      title: 'the same response name for a field of each type',
      document: '{ nodes { ... on User { x: mail } ... on Tag { y: label } ... on Post { y: text } } }',
      expected: { data: { nodes: [{ x: 'a@b' }, { y: 'Hello there' }, { y: 'new' }] } },
    },
    {
      id: 'INTE-04',
      must: 'MUST',
      title: 'an alias equal to the key, on the interface',
      document: '{ nodes { id: label ... on Rated { r: rating } __typename } }',
      expected: {
        data: {
          nodes: [
            { id: 'An', r: 5, __typename: 'User' },
            { id: 'Hello', r: 2, __typename: 'Post' },
            { id: 'new', __typename: 'Tag' },
          ],
        },
      },
    },
    {
      id: 'INTE-05',
      must: 'MUST',
      title: 'under a condition with a variable, for one type',
      document: 'query ($v: Boolean!) { nodes { ... on User @include(if: $v) { rating } ... on Post @skip(if: $v) { rating } label } }',
      variables: { v: true },
      expected: { data: { nodes: [{ rating: 5, label: 'An' }, { label: 'Hello' }, { label: 'new' }] } },
    },
  ],
};

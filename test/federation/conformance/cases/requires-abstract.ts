import { type ConformanceCase, keyed } from '../form.ts';

const posts = [
  { id: '1', media: { __typename: 'Picture', width: 4, alt: 'cat' } },
  { id: '2', media: { __typename: 'Film', seconds: 60, alt: 'dog' } },
  { id: '3', media: null },
];

/** What is required lies behind type conditions. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-abstract',
  subgraphs: {
    posts: {
      sdl: `
        type Query { posts: [Post!]! }
        type Post @key(fields: "id") { id: ID!  media: Media }
        union Media = Picture | Film
        type Picture { width: Int!  alt: String! }
        type Film { seconds: Int!  alt: String! }
      `,
      resolvers: { Query: { posts: () => posts }, Post: keyed(posts, 'id') },
    },
    costs: {
      sdl: `
        type Post @key(fields: "id") {
          id: ID!
          media: Media @external
          cost: String! @requires(fields: "media { ... on Picture { width } ... on Film { seconds } }")
        }
        union Media = Picture | Film
        type Picture { width: Int! @external }
        type Film { seconds: Int! @external }
      `,
      resolvers: {
        Post: {
          cost: ({ media }: { media: { width?: number; seconds?: number } | null }) =>
            media === null ? 'free' : media.width === undefined ? `${media.seconds} s` : `${media.width} px`,
        },
      },
    },
  },
  operations: [
    {
      id: 'REQU-01',
      must: 'MUST',
      title: 'each member’s own required field',
      document: '{ posts { cost } }',
      expected: { data: { posts: [{ cost: '4 px' }, { cost: '60 s' }, { cost: 'free' }] } },
    },
    {
      id: 'REQU-02',
      must: 'MUST',
      title: 'beside the client’s selection in one member only',
      document: '{ posts { media { ... on Film { alt } } cost } }',
      expected: {
        data: {
          posts: [
            { media: {}, cost: '4 px' },
            { media: { alt: 'dog' }, cost: '60 s' },
            { media: null, cost: 'free' },
          ],
        },
      },
    },
    {
      id: 'REQU-03',
      must: 'MUST',
      title: 'each member’s field under the required name of the other',
      document: '{ posts { media { ... on Picture { seconds: width } ... on Film { width: seconds } } cost } }',
      expected: {
        data: {
          posts: [
            { media: { seconds: 4 }, cost: '4 px' },
            { media: { width: 60 }, cost: '60 s' },
            { media: null, cost: 'free' },
          ],
        },
      },
    },
    {
      id: 'REQU-04',
      must: 'MUST',
      title: 'with the type name under an alias',
      document: '{ posts { media { kind: __typename } cost } }',
      expected: {
        data: {
          posts: [
            { media: { kind: 'Picture' }, cost: '4 px' },
            { media: { kind: 'Film' }, cost: '60 s' },
            { media: null, cost: 'free' },
          ],
        },
      },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const media = [
  { __typename: 'Book', id: 'b', title: 'Kieu', pages: 300 },
  { __typename: 'Film', id: 'f', title: 'Cyclo', minutes: 123 },
];
const reviewed = [
  {
    id: 'f',
    reviews: [
      { stars: 4, of: { id: 'f' } },
      { stars: 2, of: { id: 'f' } },
    ],
  },
  { id: 'b', reviews: [{ stars: 5, of: { id: 'b' } }] },
];

/** An interface entity whose fields another service adds without knowing its types. */
export const conformanceCase: ConformanceCase = {
  name: 'interface-object',
  subgraphs: {
    media: {
      sdl: `
        type Query { media: [Media!]! }
        interface Media @key(fields: "id") { id: ID!  title: String! }
        type Book implements Media @key(fields: "id") { id: ID!  title: String!  pages: Int! }
        type Film implements Media @key(fields: "id") { id: ID!  title: String!  minutes: Int! }
      `,
      resolvers: { Query: { media: () => media }, Media: keyed(media, 'id'), Book: keyed(media, 'id'), Film: keyed(media, 'id') },
    },
    reviews: {
      sdl: `
        type Query { top: [Media!]!  lost: Media  lostAmong: [Media]! }
        type Media @key(fields: "id") @interfaceObject { id: ID!  reviews: [Review!]! }
        type Review { stars: Int!  of: Media! }
      `,
      resolvers: {
        Query: { top: () => reviewed, lost: () => ({ id: 'x', reviews: [] }), lostAmong: () => [reviewed[0], { id: 'x', reviews: [] }, reviewed[1]] },
        Media: keyed(reviewed, 'id'),
      },
    },
  },
  operations: [
    {
      id: 'IOBJ-01',
      must: 'MUST',
      title: 'fields of the interface object join every type',
      document: '{ media { title reviews { stars } } }',
      expected: {
        data: {
          media: [
            { title: 'Kieu', reviews: [{ stars: 5 }] },
            { title: 'Cyclo', reviews: [{ stars: 4 }, { stars: 2 }] },
          ],
        },
      },
    },
    {
      id: 'IOBJ-02',
      must: 'MUST',
      title: 'the interface object’s own fields need no other service',
      document: '{ top { id reviews { stars } } lost { id } }',
      expected: {
        data: {
          top: [
            { id: 'f', reviews: [{ stars: 4 }, { stars: 2 }] },
            { id: 'b', reviews: [{ stars: 5 }] },
          ],
          lost: { id: 'x' },
        },
      },
    },
    {
      id: 'IOBJ-03',
      must: 'MUST',
      title: 'the type name is the object’s, never the interface’s',
      document: '{ top { __typename } }',
      expected: { data: { top: [{ __typename: 'Film' }, { __typename: 'Book' }] } },
    },
    {
      id: 'IOBJ-04',
      must: 'MUST',
      title: 'type conditions hold on what comes from the service without types',
      document: '{ top { reviews { stars } ... on Book { n: pages } ... on Film { n: minutes } } }',
      expected: {
        data: {
          top: [
            { reviews: [{ stars: 4 }, { stars: 2 }], n: 123 },
            { reviews: [{ stars: 5 }], n: 300 },
          ],
        },
      },
    },
    {
      id: 'IOBJ-05',
      must: 'MUST',
      title: 'a field of the interface object under one type’s condition is there for that type alone',
      document: '{ media { id ... on Book { reviews { stars } } } }',
      expected: { data: { media: [{ id: 'b', reviews: [{ stars: 5 }] }, { id: 'f' }] } },
    },
    {
      id: 'IOBJ-06',
      must: 'MUST',
      title: 'the same under a type’s condition where the types must first be found',
      document: '{ top { ... on Film { reviews { stars } } } }',
      expected: { data: { top: [{ reviews: [{ stars: 4 }, { stars: 2 }] }, {}] } },
    },
    {
      id: 'IOBJ-07',
      must: 'MUST',
      title: 'there and back: from the object to its interface and its types',
      document: '{ media { reviews { of { __typename title } } } }',
      expected: {
        data: {
          media: [
            { reviews: [{ of: { __typename: 'Book', title: 'Kieu' } }] },
            { reviews: [{ of: { __typename: 'Film', title: 'Cyclo' } }, { of: { __typename: 'Film', title: 'Cyclo' } }] },
          ],
        },
      },
    },
    {
      id: 'IOBJ-08',
      must: 'MUST',
      title: 'an alias equal to the key’s name does not become the key',
      document: '{ media { id: title reviews { stars } } }',
      expected: {
        data: {
          media: [
            { id: 'Kieu', reviews: [{ stars: 5 }] },
            { id: 'Cyclo', reviews: [{ stars: 4 }, { stars: 2 }] },
          ],
        },
      },
    },
    {
      id: 'IOBJ-09',
      must: 'MUST',
      title: 'an interface object whose type nobody knows is null with an error, where its type name is asked for',
      document: '{ lost { __typename } }',
      expected: { data: { lost: null }, errors: [{ under: ['lost'] }] },
    },
    {
      id: 'IOBJ-10',
      must: 'MUST',
      title: 'a non-null field that nobody has for it makes it null with an error',
      document: '{ lost { title } }',
      expected: { data: { lost: null }, errors: [{ under: ['lost'] }] },
    },
    {
      id: 'IOBJ-11',
      must: 'MUST',
      title: 'one that cannot be resolved in a list leaves its neighbours, each with its own data',
      document: '{ lostAmong { title reviews { stars } } }',
      expected: {
        data: { lostAmong: [{ title: 'Cyclo', reviews: [{ stars: 4 }, { stars: 2 }] }, null, { title: 'Kieu', reviews: [{ stars: 5 }] }] },
        errors: [{ under: ['lostAmong', 1] }],
      },
    },
    {
      id: 'IOBJ-12',
      must: 'MUST',
      title: 'the type name under one type’s condition beside the interface object’s field stays the object’s',
      document: '{ media { ... on Book { __typename reviews { stars } } } }',
      expected: { data: { media: [{ __typename: 'Book', reviews: [{ stars: 5 }] }, {}] } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const hits = [
  { __typename: 'Book', id: 'x1', title: 'Kieu', pages: 300 },
  { __typename: 'Film', id: 'x1', name: 'Cyclo', minutes: 123 },
  { __typename: 'Note', text: 'n' },
];

/** A union of two entities that have the same id, and of a type that is none; another service adds to both, with the same and with other names. */
export const conformanceCase: ConformanceCase = {
  name: 'unions',
  subgraphs: {
    search: {
      sdl: `
        type Query { hits: [Hit!]!  note: Hit }
        union Hit = Book | Film | Note
        type Book @key(fields: "id") { id: ID!  title: String!  pages: Int! }
        type Film @key(fields: "id") { id: ID!  name: String!  minutes: Int! }
        type Note { text: String! }
      `,
      resolvers: { Query: { hits: () => hits, note: () => hits[2] } },
    },
    shop: {
      sdl: `
        type Book @key(fields: "id") { id: ID!  price: Int!  shelf: String! }
        type Film @key(fields: "id") { id: ID!  price: Int!  rent: Int!  room: String! }
      `,
      resolvers: {
        Book: keyed([{ id: 'x1', price: 10, shelf: 'left' }], 'id'),
        Film: keyed([{ id: 'x1', price: 20, rent: 3, room: 'dark' }], 'id'),
      },
    },
  },
  operations: [
    {
      id: 'UNI-01',
      must: 'MUST',
      title: 'entities of two types with the same id are told apart',
      document: '{ hits { ... on Book { price } ... on Film { price } } }',
      expected: { data: { hits: [{ price: 10 }, { price: 20 }, {}] } },
    },
    {
      id: 'UNI-02',
      must: 'MUST',
      title: 'the same response name is another field in each type',
      document: '{ hits { ... on Book { cost: price } ... on Film { cost: rent } } }',
      expected: { data: { hits: [{ cost: 10 }, { cost: 3 }, {}] } },
    },
    {
      id: 'UNI-03',
      must: 'MUST',
      title: 'the same response name in three types, from two services',
      document: '{ hits { ... on Book { label: shelf } ... on Film { label: name } ... on Note { label: text } } }',
      expected: { data: { hits: [{ label: 'left' }, { label: 'Cyclo' }, { label: 'n' }] } },
    },
    {
      id: 'UNI-04',
      must: 'MUST',
      title: 'another field under the key’s name in one type only',
      document: '{ hits { ... on Book { id: title price } ... on Film { id: name room } } }',
      expected: { data: { hits: [{ id: 'Kieu', price: 10 }, { id: 'Cyclo', room: 'dark' }, {}] } },
    },
    {
      id: 'UNI-05',
      must: 'MUST',
      title: 'fields exchanged between types by aliases',
      document: '{ hits { ... on Book { a: pages b: price } ... on Film { b: minutes a: price } } }',
      expected: { data: { hits: [{ a: 300, b: 10 }, { b: 123, a: 20 }, {}] } },
    },
    {
      id: 'UNI-06',
      must: 'MUST',
      title: 'a type that is no entity needs no second service',
      document: '{ note { __typename ... on Book { price } ... on Note { text } } }',
      expected: { data: { note: { __typename: 'Note', text: 'n' } } },
    },
    {
      id: 'UNI-07',
      must: 'MUST',
      title: 'named fragments on members, with the type name inside and outside',
      document: `
        query { hits { ...B __typename ...F } }
        fragment B on Book { kind: __typename shelf }
        fragment F on Film { room kind: __typename }
      `,
      expected: {
        data: {
          hits: [{ kind: 'Book', shelf: 'left', __typename: 'Book' }, { __typename: 'Film', room: 'dark', kind: 'Film' }, { __typename: 'Note' }],
        },
      },
    },
  ],
};

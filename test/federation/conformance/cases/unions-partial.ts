import { type ConformanceCase, keyed } from '../form.ts';

const book = { __typename: 'Book', id: '1', title: 'Kieu' };
const song = { __typename: 'Song', id: '2', seconds: 180 };
const movie = { __typename: 'Movie', id: '3', minutes: 90 };

/** A union of which each service knows only some members. What both can answer (`common`) is in both the same book. */
export const conformanceCase: ConformanceCase = {
  name: 'unions-partial',
  subgraphs: {
    sounds: {
      sdl: `
        type Query { common: Media @shareable  sounds: [Media!]!  shelf: Shelf }
        union Media = Book | Song
        type Book @key(fields: "id") { id: ID!  title: String! @shareable }
        type Song @key(fields: "id") { id: ID!  seconds: Int! }
        type Shelf @key(fields: "id") { id: ID!  first: Media @shareable }
      `,
      resolvers: {
        Query: { common: () => book, sounds: () => [song, book], shelf: () => ({ id: 's', first: book }) },
        Book: keyed([book], 'id'),
        Song: keyed([song], 'id'),
        Shelf: keyed([{ id: 's', first: book }], 'id'),
      },
    },
    screens: {
      sdl: `
        type Query { common: Media @shareable  screens: [Media!]! }
        union Media = Book | Movie
        type Book @key(fields: "id") { id: ID!  title: String! @shareable }
        type Movie @key(fields: "id") { id: ID!  minutes: Int!  theme: Song }
        type Song @key(fields: "id") { id: ID! }
        type Shelf @key(fields: "id") { id: ID!  first: Media @shareable  last: Media }
      `,
      resolvers: {
        Query: { common: () => book, screens: () => [movie, book] },
        Book: keyed([book], 'id'),
        Movie: { ...keyed([movie], 'id'), theme: () => ({ id: '2' }) },
        Shelf: keyed([{ id: 's', first: book, last: movie }], 'id'),
      },
    },
  },
  operations: [
    {
      id: 'UNIP-01',
      must: 'MUST',
      title: 'a shared member, with conditions on members that the answering service may not know',
      document: '{ common { __typename ... on Movie { minutes } ... on Book { title } ... on Song { seconds } } }',
      expected: { data: { common: { __typename: 'Book', title: 'Kieu' } } },
    },
    {
      id: 'UNIP-02',
      must: 'MUST',
      title: 'a condition on a member of the other service alone gives an empty object',
      document: '{ common { ... on Movie { minutes } } }',
      expected: { data: { common: {} } },
    },
    {
      id: 'UNIP-03',
      must: 'MUST',
      title: 'a condition on either service’s own member alone gives an empty object',
      document: '{ common { ... on Song { seconds } ... on Movie { minutes } } }',
      expected: { data: { common: {} } },
    },
    {
      id: 'UNIP-04',
      must: 'MUST',
      title: 'each service’s own field with conditions on all members',
      document: `
        query { sounds { ...all } screens { ...all } }
        fragment all on Media { ... on Song { n: seconds } ... on Movie { n: minutes } ... on Book { title } }
      `,
      expected: { data: { sounds: [{ n: 180 }, { title: 'Kieu' }], screens: [{ n: 90 }, { title: 'Kieu' }] } },
    },
    {
      id: 'UNIP-05',
      must: 'MUST',
      title: 'an entity’s fields of the union’s type from both services',
      document: '{ shelf { first { __typename ... on Movie { minutes } } last { __typename ... on Song { seconds } ... on Movie { minutes } } } }',
      expected: { data: { shelf: { first: { __typename: 'Book' }, last: { __typename: 'Movie', minutes: 90 } } } },
    },
    {
      id: 'UNIP-06',
      must: 'MUST',
      title: 'a member of one service behind a member of the other',
      document: '{ screens { ... on Movie { theme { seconds } } } }',
      expected: { data: { screens: [{ theme: { seconds: 180 } }, {}] } },
    },
  ],
};

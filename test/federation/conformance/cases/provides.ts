import { type ConformanceCase, keyed } from '../form.ts';

const authors = [
  { id: 'a1', name: 'Du', born: 1766 },
  { id: 'a2', name: 'Huong', born: 1772 },
];

/** A service that gives another’s field on one path (`@provides`), and must be asked elsewhere on others. */
export const conformanceCase: ConformanceCase = {
  name: 'provides',
  subgraphs: {
    authors: {
      sdl: `
        type Query { authors: [Author!]! }
        type Author @key(fields: "id") { id: ID!  name: String! @shareable  born: Int! }
      `,
      resolvers: { Query: { authors: () => authors }, Author: keyed(authors, 'id') },
    },
    books: {
      sdl: `
        type Query { books: [Book!]!  newest: Book @provides(fields: "author { name }") }
        type Book { title: String!  author: Author }
        type Author @key(fields: "id") { id: ID!  name: String! @external  books: [Book!]! }
      `,
      resolvers: {
        Query: {
          // The name is known on one path only: on the other it would be null.
          books: () => [
            { title: 'Kieu', author: { id: 'a1' } },
            { title: 'Folk songs', author: null },
          ],
          newest: () => ({ title: 'Poems', author: { id: 'a2', name: 'Huong' } }),
        },
        Author: { books: ({ id }: { id: string }) => [{ title: id === 'a1' ? 'Kieu' : 'Poems', author: { id } }] },
      },
    },
  },
  operations: [
    {
      id: 'PROV-01',
      must: 'MUST',
      title: 'a provided field on the path that provides it',
      document: '{ newest { title author { name } } }',
      expected: { data: { newest: { title: 'Poems', author: { name: 'Huong' } } } },
    },
    {
      id: 'PROV-02',
      must: 'MUST',
      title: 'the same field on a path that does not provide it comes from its owner',
      document: '{ books { title author { name } } }',
      expected: {
        data: {
          books: [
            { title: 'Kieu', author: { name: 'Du' } },
            { title: 'Folk songs', author: null },
          ],
        },
      },
    },
    {
      id: 'PROV-03',
      must: 'MUST',
      title: 'both paths in one operation',
      document: '{ newest { author { n: name } } books { author { n: name } } }',
      expected: { data: { newest: { author: { n: 'Huong' } }, books: [{ author: { n: 'Du' } }, { author: null }] } },
    },
    {
      id: 'PROV-04',
      must: 'MUST',
      title: 'a provided field beside one that only the owner has',
      document: '{ newest { author { born name } } }',
      expected: { data: { newest: { author: { born: 1772, name: 'Huong' } } } },
    },
    {
      id: 'PROV-05',
      must: 'MUST',
      title: 'deeper in the same type nothing is provided any more',
      document: '{ newest { author { name books { author { name } } } } }',
      expected: { data: { newest: { author: { name: 'Huong', books: [{ author: { name: 'Huong' } }] } } } },
    },
  ],
};

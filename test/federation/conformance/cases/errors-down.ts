import type { ConformanceCase } from '../form.ts';

/** One of three services cannot be reached. */
export const conformanceCase: ConformanceCase = {
  name: 'errors-down',
  subgraphs: {
    up: {
      sdl: `
        type Query { items: [Item!]!  item: Item }
        type Item @key(fields: "id") { id: ID!  name: String! }
      `,
      resolvers: {
        Query: {
          items: () => [
            { id: '1', name: 'a' },
            { id: '2', name: 'b' },
          ],
          item: () => ({ id: '1', name: 'a' }),
        },
      },
    },
    down: {
      sdl: `
        type Query { lost: Int  strict: Int! }
        type Item @key(fields: "id") { id: ID!  stock: Int  place: Int! }
      `,
      resolvers: {},
      down: true,
    },
    also: {
      sdl: `type Item @key(fields: "id") { id: ID!  colour: String! }`,
      resolvers: { Item: { colour: ({ id }: { id: string }) => `colour ${id}` } },
    },
  },
  operations: [
    {
      id: 'DOWN-01',
      must: 'MUST',
      title: 'its root field is null with an error at it, and the others’ are there',
      document: '{ lost item { name } }',
      expected: { data: { lost: null, item: { name: 'a' } }, errors: [{ under: ['lost'] }] },
    },
    {
      id: 'DOWN-02',
      must: 'MUST',
      title: 'its field of an entity is null with an error there, and the others’ are there',
      document: '{ item { name stock colour } }',
      expected: { data: { item: { name: 'a', stock: null, colour: 'colour 1' } }, errors: [{ under: ['item'] }] },
    },
    {
      id: 'DOWN-03',
      must: 'MUST',
      title: 'its non-null field makes the entity null',
      document: '{ item { name place } }',
      expected: { data: { item: null }, errors: [{ under: ['item'] }] },
    },
    {
      id: 'DOWN-04',
      must: 'MUST',
      title: 'its non-null root field makes the data null',
      document: '{ strict item { name } }',
      expected: { data: null, errors: [{ under: ['strict'] }] },
    },
    {
      id: 'DOWN-05',
      must: 'MUST',
      title: 'an operation that does not need it has no error',
      document: '{ items { name colour } }',
      expected: {
        data: {
          items: [
            { name: 'a', colour: 'colour 1' },
            { name: 'b', colour: 'colour 2' },
          ],
        },
      },
    },
  ],
};

import { type ConformanceCase, failure, keyed } from '../form.ts';

const sized = [
  { id: '1', size: 4 },
  { id: '2', size: null },
  { id: '3', size: failure('NO_SIZE') },
];

/** What is required is null, or failed, or nobody has it. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-nulls',
  subgraphs: {
    items: {
      sdl: `
        type Query { item(id: ID!): Item }
        type Item @key(fields: "id") { id: ID!  size: Int }
      `,
      resolvers: {
        Query: { item: (_: unknown, { id }: { id: string }) => sized.find((item) => item.id === id) },
        Item: keyed(sized, 'id'),
      },
    },
    costs: {
      sdl: `
        type Query { billed: [Item]! }
        type Item @key(fields: "id") {
          id: ID!
          size: Int @external
          cost: Int @requires(fields: "size")
          code: String
        }
      `,
      resolvers: {
        Query: { billed: () => [{ id: '1' }, null, { id: '2' }] },
        Item: {
          cost: ({ size }: { size: number | null }) => (size === null ? -1 : size * 10),
          code: ({ id }: { id: string }) => `code ${id}`,
        },
      },
    },
  },
  operations: [
    {
      id: 'REQN-01',
      must: 'MUST',
      title: 'a required field that is null is sent as null',
      document: '{ item(id: "2") { cost } }',
      expected: { data: { item: { cost: -1 } } },
    },
    {
      id: 'REQN-02',
      must: 'MUST',
      title: 'in a list with a null each entity has its own',
      document: '{ billed { code cost } }',
      expected: { data: { billed: [{ code: 'code 1', cost: 40 }, null, { code: 'code 2', cost: -1 }] } },
    },
    {
      id: 'REQN-03',
      must: 'MUST',
      title: 'a required field that failed and was asked for is null with its error, where the client named it',
      document: '{ item(id: "3") { size code } }',
      expected: { data: { item: { size: null, code: 'code 3' } }, errors: [{ path: ['item', 'size'], code: 'NO_SIZE' }] },
    },
    {
      id: 'REQN-04',
      must: 'MUST',
      title: 'an alias of the failed field is in the path, and a field beside it does not wait',
      document: '{ item(id: "3") { s: size size: code } }',
      expected: { data: { item: { s: null, size: 'code 3' } }, errors: [{ path: ['item', 's'], code: 'NO_SIZE' }] },
    },
  ],
};

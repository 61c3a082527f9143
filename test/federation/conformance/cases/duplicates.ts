import { type ConformanceCase, keyed } from '../form.ts';

const customers = [
  { id: '1', name: 'An' },
  { id: '2', name: 'Binh' },
];

/** The same entity many times in one answer, from several fields. */
export const conformanceCase: ConformanceCase = {
  name: 'duplicates',
  subgraphs: {
    orders: {
      sdl: `
        type Query { orders: [Order!]!  best: Customer  worst: Customer }
        type Order { buyer: Customer!  payer: Customer }
        type Customer @key(fields: "id") { id: ID!  rank: Int! }
      `,
      resolvers: {
        Query: {
          orders: () => [
            { buyer: { id: '1', rank: 1 }, payer: { id: '2', rank: 2 } },
            { buyer: { id: '1', rank: 3 }, payer: null },
            { buyer: { id: '2', rank: 4 }, payer: { id: '2', rank: 5 } },
          ],
          best: () => ({ id: '1', rank: 6 }),
          worst: () => ({ id: '1', rank: 7 }),
        },
      },
    },
    customers: {
      sdl: `
        type Customer @key(fields: "id") { id: ID!  name: String!  address: Address!  ranked: String! @requires(fields: "rank")  rank: Int! @external }
        type Address { street: String!  lines: [String!]! }
      `,
      resolvers: {
        Customer: {
          ...keyed(customers, 'id'),
          address: ({ name }: { name: string }) => ({ street: `${name} street`, lines: [name] }),
          ranked: ({ name, rank }: { name: string; rank: number }) => `${name} ${rank}`,
        },
      },
    },
  },
  operations: [
    {
      id: 'DUPL-01',
      must: 'MUST',
      title: 'every occurrence has its data',
      document: '{ orders { buyer { name } payer { name } } }',
      expected: {
        data: {
          orders: [
            { buyer: { name: 'An' }, payer: { name: 'Binh' } },
            { buyer: { name: 'An' }, payer: null },
            { buyer: { name: 'Binh' }, payer: { name: 'Binh' } },
          ],
        },
      },
    },
    {
      id: 'DUPL-02',
      must: 'MUST',
      title: 'the same key with another required value is another representation',
      document: '{ orders { buyer { ranked } payer { ranked } } }',
      expected: {
        data: {
          orders: [
            { buyer: { ranked: 'An 1' }, payer: { ranked: 'Binh 2' } },
            { buyer: { ranked: 'An 3' }, payer: null },
            { buyer: { ranked: 'Binh 4' }, payer: { ranked: 'Binh 5' } },
          ],
        },
      },
    },
    {
      id: 'DUPL-03',
      must: 'MUST',
      title: 'each occurrence has its own selection and no other’s',
      document: '{ best { name address { street } } worst { rank address { lines } } orders { buyer { name: rank } } }',
      expected: {
        data: {
          best: { name: 'An', address: { street: 'An street' } },
          worst: { rank: 7, address: { lines: ['An'] } },
          orders: [{ buyer: { name: 1 } }, { buyer: { name: 3 } }, { buyer: { name: 4 } }],
        },
      },
    },
    {
      id: 'DUPL-04',
      must: 'MUST',
      title: 'nested objects of an entity that occurs twice are merged with the right occurrence',
      document: '{ orders { buyer { rank address { street lines } } } }',
      expected: {
        data: {
          orders: [
            { buyer: { rank: 1, address: { street: 'An street', lines: ['An'] } } },
            { buyer: { rank: 3, address: { street: 'An street', lines: ['An'] } } },
            { buyer: { rank: 4, address: { street: 'Binh street', lines: ['Binh'] } } },
          ],
        },
      },
    },
  ],
};

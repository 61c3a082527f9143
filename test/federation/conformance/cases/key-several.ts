import { type ConformanceCase, keyed } from '../form.ts';

const known = [
  { id: '1', sku: 'a', title: 'Lamp' },
  { id: '2', sku: 'b', title: 'Desk' },
  { id: '3', sku: null, title: 'Chair' },
];
const weights = [
  { sku: 'a', weight: 5 },
  { sku: 'b', weight: 30 },
];

/** Two keys: one service knows the first only, one the second only, and a third knows both. Product 4 is unknown to the third. */
export const conformanceCase: ConformanceCase = {
  name: 'key-several',
  subgraphs: {
    carts: {
      sdl: `
        type Query { cart: [Product!]!  last: Product }
        type Product @key(fields: "id") { id: ID! }
      `,
      resolvers: { Query: { cart: () => [{ id: '1' }, { id: '3' }, { id: '4' }, { id: '2' }], last: () => ({ id: '2' }) } },
    },
    catalogue: {
      sdl: `type Product @key(fields: "id") @key(fields: "sku") { id: ID!  sku: String  title: String }`,
      resolvers: { Product: keyed(known, 'id') },
    },
    freight: {
      sdl: `type Product @key(fields: "sku") { sku: String  weight: Int }`,
      resolvers: { Product: keyed(weights, 'sku') },
    },
  },
  operations: [
    {
      id: 'KEYS-01',
      must: 'MUST',
      title: 'goes over the service that knows both keys, though none of its fields was asked for',
      document: '{ last { weight } }',
      expected: { data: { last: { weight: 30 } } },
    },
    {
      id: 'KEYS-02',
      must: 'MUST',
      title: 'an entity lost on the way, or whose second key is null, has null and moves no other entity’s value',
      document: '{ cart { id weight } }',
      expected: {
        data: {
          cart: [
            { id: '1', weight: 5 },
            { id: '3', weight: null },
            { id: '4', weight: null },
            { id: '2', weight: 30 },
          ],
        },
      },
    },
    {
      id: 'KEYS-03',
      must: 'MUST',
      title: 'an alias equal to the second key’s name does not become the key',
      document: '{ last { sku: title weight } }',
      expected: { data: { last: { sku: 'Desk', weight: 30 } } },
    },
    {
      id: 'KEYS-04',
      must: 'MUST',
      title: 'both keys exchanged by aliases',
      document: '{ last { sku: id id: sku weight } }',
      expected: { data: { last: { sku: '2', id: 'b', weight: 30 } } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const carts = [
  { lines: [{ product: { id: '1', code: 'c1' } }, { product: { id: '2', code: 'c2' } }], extras: [{ product: { id: '3', code: '1' } }] },
  { lines: [{ product: null }, { product: { id: '3', code: '1' } }], extras: [] },
];
const sold = [
  { id: '1', price: 10, weight: 1 },
  { id: '2', price: 20, weight: 2 },
  { id: '3', price: 30, weight: 3 },
];

/** Aliases on the way to entities in lists in lists. */
export const conformanceCase: ConformanceCase = {
  name: 'flattened-aliases',
  subgraphs: {
    carts: {
      sdl: `
        type Query { carts: [Cart!]! }
        type Cart { lines: [Line!]!  extras: [Line!]! }
        type Line { product: Product }
        type Product @key(fields: "id") { id: ID!  code: ID! }
      `,
      resolvers: { Query: { carts: () => carts } },
    },
    shop: {
      sdl: `type Product @key(fields: "id") { id: ID!  price: Int!  weight: Int! }`,
      resolvers: { Product: keyed(sold, 'id') },
    },
  },
  operations: [
    {
      id: 'FLAT-01',
      must: 'MUST',
      title: 'every name on the way is an alias',
      document: '{ baskets: carts { rows: lines { item: product { cost: price } } } }',
      expected: {
        data: {
          baskets: [{ rows: [{ item: { cost: 10 } }, { item: { cost: 20 } }] }, { rows: [{ item: null }, { item: { cost: 30 } }] }],
        },
      },
    },
    {
      id: 'FLAT-02',
      must: 'MUST',
      title: 'two lists that exchange their names',
      document: '{ carts { lines: extras { product { price } } extras: lines { product { weight } } } }',
      expected: {
        data: {
          carts: [
            { lines: [{ product: { price: 30 } }], extras: [{ product: { weight: 1 } }, { product: { weight: 2 } }] },
            { lines: [], extras: [{ product: null }, { product: { weight: 3 } }] },
          ],
        },
      },
    },
    {
      id: 'FLAT-03',
      must: 'MUST',
      title: 'the same list twice with other fields of the entity',
      document: '{ carts { a: lines { product { x: price } } b: lines { product { x: weight } } } }',
      expected: {
        data: {
          carts: [
            { a: [{ product: { x: 10 } }, { product: { x: 20 } }], b: [{ product: { x: 1 } }, { product: { x: 2 } }] },
            { a: [{ product: null }, { product: { x: 30 } }], b: [{ product: null }, { product: { x: 3 } }] },
          ],
        },
      },
    },
    {
      id: 'FLAT-04',
      must: 'MUST',
      title: 'in the list the alias equals the key, and its value is another entity’s key',
      document: '{ carts { extras { product { id: code price } } } }',
      expected: { data: { carts: [{ extras: [{ product: { id: '1', price: 30 } }] }, { extras: [] }] } },
    },
    {
      id: 'FLAT-05',
      must: 'MUST',
      title: 'fields of the second service that exchange their names',
      document: '{ carts { extras { product { price: weight weight: price code: price } } } }',
      expected: { data: { carts: [{ extras: [{ product: { price: 3, weight: 30, code: 30 } }] }, { extras: [] }] } },
    },
    {
      id: 'FLAT-06',
      must: 'MUST',
      title: 'the same response name twice in one selection is one field with both selections',
      document: '{ carts { extras { product { price } } extras { product { weight } } } }',
      expected: { data: { carts: [{ extras: [{ product: { price: 30, weight: 3 } }] }, { extras: [] }] } },
    },
  ],
};

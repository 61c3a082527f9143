import { type ConformanceCase, keyed } from '../form.ts';

const products = [
  { id: '1', sku: 'a', name: 'Lamp' },
  { id: '2', sku: 'b', name: 'Desk' },
];

function refuse(): never {
  throw new Error('this service must not be asked for a product');
}

/** Services that refer to an entity by a key with which they cannot be asked for it. */
export const conformanceCase: ConformanceCase = {
  name: 'resolvable-false',
  subgraphs: {
    products: {
      sdl: `
        type Query { products: [Product!]! }
        type Product @key(fields: "id") @key(fields: "sku") { id: ID!  sku: ID!  name: String! }
      `,
      resolvers: {
        Query: { products: () => products },
        Product: {
          __resolveReference: (reference: { id?: string; sku?: string }) =>
            products.find(({ id, sku }) => id === reference.id || sku === reference.sku) ?? null,
        },
      },
    },
    orders: {
      sdl: `
        type Query { orders: [Order!]! }
        type Order { number: Int!  product: Product!  gift: Product }
        type Product @key(fields: "id", resolvable: false) { id: ID! }
      `,
      resolvers: {
        Query: {
          orders: () => [
            { number: 1, product: { id: '2' }, gift: null },
            { number: 2, product: { id: '1' }, gift: { id: '9' } },
          ],
        },
        Product: { __resolveReference: refuse },
      },
    },
    stock: {
      sdl: `
        type Query { stocked: [Product!]! }
        type Product @key(fields: "id", resolvable: false) @key(fields: "sku") { id: ID!  sku: ID!  amount: Int! }
      `,
      resolvers: {
        Query: { stocked: () => [{ id: '1', sku: 'a', amount: 4 }] },
        Product: {
          __resolveReference: (reference: { sku?: string }) =>
            reference.sku === undefined
              ? refuse()
              : keyed(
                  [
                    { sku: 'a', amount: 4 },
                    { sku: 'b', amount: 6 },
                  ],
                  'sku',
                ).__resolveReference(reference),
        },
      },
    },
  },
  operations: [
    {
      id: 'RESF-01',
      must: 'MUST',
      title: 'the entity is found from a service that only refers to it',
      document: '{ orders { product { name } } }',
      expected: { data: { orders: [{ product: { name: 'Desk' } }, { product: { name: 'Lamp' } }] } },
    },
    {
      id: 'RESF-02',
      must: 'MUST',
      title: 'a service with one key of each sort is asked by the one that it resolves',
      document: '{ products { amount } }',
      expected: { data: { products: [{ amount: 4 }, { amount: 6 }] } },
    },
    {
      id: 'RESF-03',
      must: 'MUST',
      title: 'from a key that cannot be resolved there, over the owner, by the other key',
      document: '{ orders { product { amount } } }',
      expected: { data: { orders: [{ product: { amount: 6 } }, { product: { amount: 4 } }] } },
    },
    {
      id: 'RESF-04',
      must: 'MUST',
      title: 'a reference that leads nowhere is null with an error where a non-null field was asked for',
      document: '{ orders { number gift { name } } }',
      expected: {
        data: {
          orders: [
            { number: 1, gift: null },
            { number: 2, gift: null },
          ],
        },
        errors: [{ path: ['orders', 1, 'gift', 'name'] }],
      },
    },
    {
      id: 'RESF-05',
      must: 'MUST',
      title: 'the key itself needs no other service, so that a reference that leads nowhere is still there',
      document: '{ orders { gift { id __typename } } }',
      expected: { data: { orders: [{ gift: null }, { gift: { id: '9', __typename: 'Product' } }] } },
    },
    {
      id: 'RESF-06',
      must: 'MUST',
      title: 'from the service with both keys to the owner',
      document: '{ stocked { amount name } }',
      expected: { data: { stocked: [{ amount: 4, name: 'Lamp' }] } },
    },
    {
      id: 'RESF-07',
      must: 'MUST',
      title: 'the keys under each other’s names',
      document: '{ stocked { id: sku sku: id name } orders { product { id: sku amount } } }',
      expected: {
        data: { stocked: [{ id: 'a', sku: '1', name: 'Lamp' }], orders: [{ product: { id: 'b', amount: 6 } }, { product: { id: 'a', amount: 4 } }] },
      },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const stock = [
  { id: 'p1', inStock: 3 },
  { id: 'p2', inStock: 0 },
];

/** One entity in two services, found by a single field. p3 is unknown to the second. */
export const conformanceCase: ConformanceCase = {
  name: 'key-simple',
  subgraphs: {
    products: {
      sdl: `
        type Query { product(id: ID!): Product  products: [Product!]! }
        type Product @key(fields: "id") { id: ID!  name: String!  legacyId: ID! }
      `,
      resolvers: {
        Query: {
          product: (_: unknown, { id }: { id: string }) => products.find((product) => product.id === id),
          products: () => products,
        },
      },
    },
    stock: {
      sdl: `type Product @key(fields: "id") { id: ID!  inStock: Int }`,
      resolvers: { Product: keyed(stock, 'id') },
    },
  },
  operations: [
    {
      id: 'KEY-01',
      must: 'MUST',
      title: 'joins a field of a second service',
      document: '{ product(id: "p1") { name inStock } }',
      expected: { data: { product: { name: 'Lamp', inStock: 3 } } },
    },
    {
      id: 'KEY-02',
      must: 'MUST',
      title: 'keeps the order of the selection, whichever service answers a field',
      document: '{ products { inStock id name } }',
      expected: {
        data: {
          products: [
            { inStock: 3, id: 'p1', name: 'Lamp' },
            { inStock: 0, id: 'p2', name: 'Desk' },
            { inStock: null, id: 'p3', name: 'Chair' },
          ],
        },
      },
    },
    {
      id: 'KEY-03',
      must: 'MUST',
      title: 'adds no key and no type name that was not asked for',
      document: '{ product(id: "p2") { inStock } }',
      expected: { data: { product: { inStock: 0 } } },
    },
    {
      id: 'KEY-04',
      must: 'MUST',
      title: 'an entity that the second service does not know has null there, and no error',
      document: '{ product(id: "p3") { name inStock } }',
      expected: { data: { product: { name: 'Chair', inStock: null } } },
    },
    {
      id: 'KEY-05',
      must: 'MUST',
      title: 'a root field that is null stays null',
      document: '{ product(id: "none") { name inStock } }',
      expected: { data: { product: null } },
    },
    {
      id: 'KEY-06',
      must: 'MUST',
      title: 'an alias equal to the key’s name does not become the key',
      document: '{ product(id: "p1") { id: legacyId inStock } }',
      expected: { data: { product: { id: 'old-1', inStock: 3 } } },
    },
    {
      id: 'KEY-07',
      must: 'MUST',
      title: 'an alias equal to the key’s name that is another entity’s key brings no other entity’s data',
      document: '{ products { id: legacyId inStock } }',
      expected: {
        data: {
          products: [
            { id: 'old-1', inStock: 3 },
            { id: 'p1', inStock: 0 },
            { id: 'p2', inStock: null },
          ],
        },
      },
    },
    {
      id: 'KEY-08',
      must: 'MUST',
      title: 'the key under another name beside a field with the key’s name',
      document: '{ product(id: "p2") { key: id id: legacyId inStock } }',
      expected: { data: { product: { key: 'p2', id: 'p1', inStock: 0 } } },
    },
    {
      id: 'KEY-09',
      must: 'MUST',
      title: 'the same root field twice under aliases, each with its own entity',
      document: '{ a: product(id: "p1") { inStock } b: product(id: "p2") { n: name s: inStock } }',
      expected: { data: { a: { inStock: 3 }, b: { n: 'Desk', s: 0 } } },
    },
    {
      id: 'KEY-10',
      must: 'MUST',
      title: 'type names wherever they are asked for, under aliases too',
      document: '{ __typename product(id: "p1") { t: __typename inStock __typename } }',
      expected: { data: { __typename: 'Query', product: { t: 'Product', inStock: 3, __typename: 'Product' } } },
    },
    {
      id: 'KEY-11',
      must: 'MUST',
      title: 'a field named `type` by an alias does not become the type of the reference',
      document: '{ product(id: "p1") { type: name kind: __typename inStock } }',
      expected: { data: { product: { type: 'Lamp', kind: 'Product', inStock: 3 } } },
    },
  ],
};

/** The second and the third have as legacy id what is another's id. */
const products = [
  { id: 'p1', name: 'Lamp', legacyId: 'old-1' },
  { id: 'p2', name: 'Desk', legacyId: 'p1' },
  { id: 'p3', name: 'Chair', legacyId: 'p2' },
];

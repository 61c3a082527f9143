import { type ConformanceCase, keyed } from '../form.ts';

const products = [
  { id: '1', euros: 10 },
  { id: '2', euros: 20 },
];

/** A required field with an argument: the price in the currency that the requiring service chose, whatever the client asks. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-arguments',
  subgraphs: {
    products: {
      sdl: `
        type Query { products: [Product!]! }
        type Product @key(fields: "id") { id: ID!  price(currency: Currency! = EUR): Int! }
        enum Currency { EUR USD VND }
      `,
      resolvers: {
        Query: { products: () => products },
        Product: {
          ...keyed(products, 'id'),
          price: ({ euros }: { euros: number }, { currency }: { currency: string }) =>
            currency === 'EUR' ? euros : currency === 'USD' ? euros * 2 : euros * 1000,
        },
      },
    },
    taxes: {
      sdl: `
        type Product @key(fields: "id") {
          id: ID!
          price(currency: Currency! = EUR): Int! @external
          tax: Int! @requires(fields: "price(currency: USD)")
        }
        enum Currency { EUR USD VND }
      `,
      resolvers: { Product: { tax: ({ price }: { price: number }) => price + 1 } },
    },
  },
  operations: [
    {
      id: 'REQA-01',
      must: 'MUST',
      title: 'the argument of `@requires` is used',
      document: '{ products { tax } }',
      expected: { data: { products: [{ tax: 21 }, { tax: 41 }] } },
    },
    {
      id: 'REQA-02',
      must: 'MUST',
      title: 'the same field with another argument in the selection changes neither value',
      document: '{ products { price(currency: VND) tax } }',
      expected: {
        data: {
          products: [
            { price: 10000, tax: 21 },
            { price: 20000, tax: 41 },
          ],
        },
      },
    },
    {
      id: 'REQA-03',
      must: 'MUST',
      title: 'the same field without argument takes its default, and `@requires` its own',
      document: '{ products { tax price } }',
      expected: {
        data: {
          products: [
            { tax: 21, price: 10 },
            { tax: 41, price: 20 },
          ],
        },
      },
    },
    {
      id: 'REQA-04',
      must: 'MUST',
      title: 'the selection’s argument is a variable that changes from request to request',
      document: 'query ($c: Currency!) { products { price(currency: $c) tax } }',
      variables: { c: 'VND' },
      expected: {
        data: {
          products: [
            { price: 10000, tax: 21 },
            { price: 20000, tax: 41 },
          ],
        },
      },
    },
    {
      id: 'REQA-05',
      must: 'MUST',
      title: 'a variable of the same value as `@requires` gives',
      document: 'query ($c: Currency!) { products { price(currency: $c) tax } }',
      variables: { c: 'USD' },
      expected: {
        data: {
          products: [
            { price: 20, tax: 21 },
            { price: 40, tax: 41 },
          ],
        },
      },
    },
    {
      id: 'REQA-06',
      must: 'MUST',
      title: 'the same argument in both needs no second name in the answer',
      document: '{ products { price(currency: USD) tax } }',
      expected: {
        data: {
          products: [
            { price: 20, tax: 21 },
            { price: 40, tax: 41 },
          ],
        },
      },
    },
    {
      id: 'REQA-07',
      must: 'MUST',
      title: 'all currencies under aliases beside the required one',
      document: '{ products { e: price u: price(currency: USD) price: price(currency: VND) tax } }',
      expected: {
        data: {
          products: [
            { e: 10, u: 20, price: 10000, tax: 21 },
            { e: 20, u: 40, price: 20000, tax: 41 },
          ],
        },
      },
    },
  ],
};

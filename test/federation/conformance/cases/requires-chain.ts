import { type ConformanceCase, keyed } from '../form.ts';

const orders = [
  { id: '1', net: 100 },
  { id: '2', net: 50 },
];

interface Order {
  readonly net: number;
  readonly tax: number;
  readonly gross: number;
}

/** net → tax → gross → instalment, each in a service of its own and computed from the one before. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-chain',
  subgraphs: {
    orders: {
      sdl: `
        type Query { orders: [Order!]! }
        type Order @key(fields: "id") { id: ID!  net: Int! }
      `,
      resolvers: { Query: { orders: () => orders }, Order: keyed(orders, 'id') },
    },
    taxes: {
      sdl: `type Order @key(fields: "id") { id: ID!  net: Int! @external  tax: Int! @requires(fields: "net") }`,
      resolvers: { Order: { tax: ({ net }: Order) => net / 10 } },
    },
    bills: {
      sdl: `
        type Order @key(fields: "id") {
          id: ID!  net: Int! @external  tax: Int! @external
          gross: Int! @requires(fields: "net tax")
        }
      `,
      resolvers: { Order: { gross: ({ net, tax }: Order) => net + tax } },
    },
    loans: {
      sdl: `type Order @key(fields: "id") { id: ID!  gross: Int! @external  instalment: Int! @requires(fields: "gross") }`,
      resolvers: { Order: { instalment: ({ gross }: Order) => gross / 5 } },
    },
  },
  operations: [
    {
      id: 'REQC-01',
      must: 'MUST',
      title: 'the last of a chain needs all before it',
      document: '{ orders { instalment } }',
      expected: { data: { orders: [{ instalment: 22 }, { instalment: 11 }] } },
    },
    {
      id: 'REQC-02',
      must: 'MUST',
      title: 'every link of the chain in the opposite order',
      document: '{ orders { instalment gross tax net } }',
      expected: {
        data: {
          orders: [
            { instalment: 22, gross: 110, tax: 10, net: 100 },
            { instalment: 11, gross: 55, tax: 5, net: 50 },
          ],
        },
      },
    },
    {
      id: 'REQC-03',
      must: 'MUST',
      title: 'every link under the name of another',
      document: '{ orders { net: instalment tax: gross gross: tax instalment: net } }',
      expected: {
        data: {
          orders: [
            { net: 22, tax: 110, gross: 10, instalment: 100 },
            { net: 11, tax: 55, gross: 5, instalment: 50 },
          ],
        },
      },
    },
    {
      id: 'REQC-04',
      must: 'MUST',
      title: 'an inner link under the key’s name',
      document: '{ orders { id: tax gross } }',
      expected: {
        data: {
          orders: [
            { id: 10, gross: 110 },
            { id: 5, gross: 55 },
          ],
        },
      },
    },
  ],
};

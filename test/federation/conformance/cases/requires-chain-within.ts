import { type ConformanceCase, keyed } from '../form.ts';

const goods = [
  { id: '1', net: 100 },
  { id: '2', net: 200 },
];

/** A chain of requirements, of which one link's value holds objects of its own type: their chain begins where that link is. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-chain-within',
  subgraphs: {
    ledger: {
      sdl: 'type Query { booked: Good }  type Good @key(fields: "id") { id: ID!  net: Int }',
      resolvers: { Query: { booked: () => goods[0] }, Good: keyed(goods, 'id') },
    },
    taxes: {
      sdl: `
        type Good @key(fields: "id") { id: ID!  net: Int @external  levy: Levy @requires(fields: "net") }
        type Levy { amount: Int @shareable  other: Good }
      `,
      resolvers: {
        Good: {
          __resolveReference: (told: unknown) => told,
          levy: ({ id, net }: { id: string; net?: number }) => ({ amount: (net ?? 0) + 10, other: { id: id === '1' ? '2' : '1' } }),
        },
      },
    },
    audits: {
      sdl: `
        type Good @key(fields: "id") { id: ID!  levy: Levy @external  checked: String @requires(fields: "levy { amount }") }
        type Levy { amount: Int @shareable }
      `,
      resolvers: {
        Good: { __resolveReference: (told: unknown) => told, checked: ({ levy }: { levy?: { amount: number } }) => `checked ${levy?.amount}` },
      },
    },
  },
  operations: [
    {
      id: 'REQW-01',
      must: 'MUST',
      title: 'the end of the chain, of an object in the value of its middle',
      document: '{ booked { levy { amount other { checked } } } }',
      expected: { data: { booked: { levy: { amount: 110, other: { checked: 'checked 210' } } } } },
    },
    {
      id: 'REQW-02',
      must: 'MUST',
      title: 'the middle itself, of an object in its value',
      document: '{ booked { levy { other { levy { amount } } } } }',
      expected: { data: { booked: { levy: { other: { levy: { amount: 210 } } } } } },
    },
    {
      id: 'REQW-03',
      must: 'MUST',
      title: 'both, three objects deep',
      document: '{ booked { checked levy { other { checked levy { other { checked levy { amount } } } } } } }',
      expected: {
        data: {
          booked: { checked: 'checked 110', levy: { other: { checked: 'checked 210', levy: { other: { checked: 'checked 110', levy: { amount: 110 } } } } } },
        },
      },
    },
  ],
};

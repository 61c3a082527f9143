import { type ConformanceCase, keyed } from '../form.ts';

interface Told {
  readonly id: string;
  readonly net?: number;
}

const NETS: Readonly<Record<string, number>> = { g1: 100, s1: 7 };

/** Fields of an interface, two of which require one field with different arguments of one type, and a chain of another. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-of-interface',
  subgraphs: {
    ledger: {
      sdl: `
        type Query { booked: Good }
        type Good @key(fields: "id") { id: ID! net(factor: Int! = 1): Int }
        type Service @key(fields: "id") { id: ID! net(factor: Int! = 1): Int double: Int @external sum: Int @requires(fields: "double") }
      `,
      resolvers: {
        Query: { booked: () => ({ id: 'g1' }) },
        Good: { ...keyed([{ id: 'g1' }], 'id'), net: (_: unknown, { factor }: { factor: number }) => 100 * factor },
        Service: {
          __resolveReference: (told: object) => told,
          net: ({ id }: Told, { factor }: { factor: number }) => (NETS[id] ?? 0) * factor,
          sum: ({ double }: { double?: number }) => (double ?? 0) + 1,
        },
      },
    },
    taxes: {
      sdl: `
        type Query { taxed: [Taxed!] }
        interface Taxed { double: Int triple: Int }
        type Good implements Taxed @key(fields: "id") {
          id: ID!
          net(factor: Int! = 1): Int @external
          double: Int @requires(fields: "net(factor: 2)")
          triple: Int @requires(fields: "net(factor: 3)")
        }
        type Service implements Taxed @key(fields: "id") {
          id: ID!
          net(factor: Int! = 1): Int @external
          double: Int @requires(fields: "net(factor: 2)")
          triple: Int
        }
      `,
      resolvers: {
        Query: {
          taxed: () => [
            { __typename: 'Good', id: 'g1' },
            { __typename: 'Service', id: 's1' },
          ],
        },
        Good: { __resolveReference: (told: object) => told, double: ({ net }: Told) => net, triple: ({ net }: Told) => net },
        Service: { __resolveReference: (told: object) => told, double: ({ net }: Told) => net, triple: () => 3 },
      },
    },
  },
  operations: [
    {
      id: 'REQI-01',
      must: 'MUST',
      title: 'both fields, by the interface',
      document: '{ taxed { double triple } }',
      expected: {
        data: {
          taxed: [
            { double: 200, triple: 300 },
            { double: 14, triple: 3 },
          ],
        },
      },
    },
    {
      id: 'REQI-02',
      must: 'MUST',
      title: 'one by the interface, the others by the types, with a chain of requirements',
      document: '{ taxed { __typename triple ... on Good { net double } ... on Service { sum } } booked { triple double } }',
      expected: {
        data: {
          taxed: [
            { __typename: 'Good', triple: 300, net: 100, double: 200 },
            { __typename: 'Service', triple: 3, sum: 15 },
          ],
          booked: { triple: 300, double: 200 },
        },
      },
    },
  ],
};

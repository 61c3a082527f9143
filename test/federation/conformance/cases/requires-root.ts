import { type ConformanceCase, keyed } from '../form.ts';

const goods = [{ id: '1' }];

interface Told {
  readonly weight?: number;
}

/** A value that leads back to the root of the graph, of a service that is told one field with different arguments; and a field called as those that stand for such. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-root',
  subgraphs: {
    store: {
      sdl: 'type Query { good: Good }  type Good @key(fields: "id") { id: ID!  weight(factor: Int!): Int  weight_required_0: String }',
      resolvers: {
        Query: { good: () => goods[0] },
        Good: { ...keyed(goods, 'id'), weight: (_: unknown, { factor }: { factor: number }) => factor, weight_required_0: () => 'none' },
      },
    },
    freight: {
      sdl: `
        type Query { rate: Int }
        type Bill { amount: Int  query: Query }
        type Good @key(fields: "id") {
          id: ID!
          weight(factor: Int!): Int @external
          double: String @requires(fields: "weight(factor: 2)")
          bill: Bill @requires(fields: "weight(factor: 3)")
        }
      `,
      resolvers: {
        Query: { rate: () => 7 },
        Good: {
          __resolveReference: (told: unknown) => told,
          double: ({ weight }: Told) => `${weight} kg`,
          bill: ({ weight }: Told) => ({ amount: weight, query: {} }),
        },
      },
    },
  },
  operations: [
    {
      id: 'REQQ-01',
      must: 'MUST',
      title: 'root fields of the same service and of another, from a value',
      document: '{ good { bill { amount query { rate good { id double } } } double } }',
      expected: { data: { good: { bill: { amount: 3, query: { rate: 7, good: { id: '1', double: '2 kg' } } }, double: '2 kg' } } },
    },
    {
      id: 'REQQ-02',
      must: 'MUST',
      title: 'a field whose name is that of one that stands for a required one',
      document: '{ good { weight_required_0 double weight(factor: 9) } }',
      expected: { data: { good: { weight_required_0: 'none', double: '2 kg', weight: 9 } } },
    },
  ],
};

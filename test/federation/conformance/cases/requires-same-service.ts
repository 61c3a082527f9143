import { type ConformanceCase, keyed } from '../form.ts';

const goods = [{ id: '1' }, { id: '2' }];

interface Told {
  readonly net?: number;
  readonly gross?: number;
}

/** Requirements that lead back to the service where the object comes from, and two of one service for one field. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-same-service',
  subgraphs: {
    ledger: {
      sdl: `
        type Query { booked: Good }
        type Good @key(fields: "id") {
          id: ID!
          net(factor: Int! = 1): Int
          gross: Int @external
          instalment: Int @requires(fields: "gross")
          next: Good @shareable
        }
      `,
      resolvers: {
        Query: { booked: () => goods[0] },
        Good: {
          ...keyed(goods, 'id'),
          net: ({ id }: { id: string }, { factor }: { factor: number }) => 100 * Number(id) * factor,
          next: () => goods[1],
          instalment: ({ gross }: Told) => (gross ?? 0) / 5,
        },
      },
    },
    taxes: {
      sdl: `
        type Query { taxed: Good }
        type Good @key(fields: "id") {
          id: ID!
          net(factor: Int! = 1): Int @external
          gross: Int @requires(fields: "net")
          double: Int @requires(fields: "net(factor: 2)")
          triple: Int @requires(fields: "net(factor: 3)")
          next: Good @shareable
        }
      `,
      resolvers: {
        Query: { taxed: () => goods[0] },
        Good: {
          ...keyed(goods, 'id'),
          next: () => goods[1],
          gross: ({ net }: Told) => (net ?? 0) + 10,
          double: ({ net }: Told) => net,
          triple: ({ net }: Told) => net,
        },
      },
    },
  },
  operations: [
    {
      id: 'REQB-01',
      must: 'MUST',
      title: 'a chain of requirements from the service where it begins',
      document: '{ booked { instalment } }',
      expected: { data: { booked: { instalment: 22 } } },
    },
    {
      id: 'REQB-02',
      must: 'MUST',
      title: 'the same chain from the service of its middle',
      document: '{ taxed { instalment } }',
      expected: { data: { taxed: { instalment: 22 } } },
    },
    {
      id: 'REQB-03',
      must: 'MUST',
      title: 'a field that one service requires with some arguments',
      document: '{ booked { triple } }',
      expected: { data: { booked: { triple: 300 } } },
    },
    {
      id: 'REQB-04',
      must: 'MUST',
      title: 'a field that one service requires twice, with different arguments',
      document: '{ booked { double triple } }',
      expected: { data: { booked: { double: 200, triple: 300 } } },
    },
    {
      id: 'REQB-05',
      must: 'MUST',
      title: 'the whole chain, and all that requires one of its fields, from both services',
      document: '{ taxed { instalment triple gross double net(factor: 7) } booked { gross double net(factor: 4) triple instalment } }',
      expected: {
        data: {
          taxed: { instalment: 22, triple: 300, gross: 110, double: 200, net: 700 },
          booked: { gross: 110, double: 200, net: 400, triple: 300, instalment: 22 },
        },
      },
    },
    {
      id: 'REQB-06',
      must: 'MUST',
      title: 'the same under names that others have in the graph',
      document: '{ taxed { net: instalment gross: triple double: gross triple: double id: net(factor: 7) } }',
      expected: { data: { taxed: { net: 22, gross: 300, double: 110, triple: 200, id: 700 } } },
    },
    {
      id: 'REQB-07',
      must: 'MUST',
      title: 'the chain of an object that both services lead to',
      document: '{ taxed { next { instalment } } booked { instalment next { instalment triple } } }',
      expected: { data: { taxed: { next: { instalment: 42 } }, booked: { instalment: 22, next: { instalment: 42, triple: 600 } } } },
    },
  ],
};

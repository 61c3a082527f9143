import { type ConformanceCase, keyed } from '../form.ts';

const first = { id: '1', money: { amount: 5, unit: { code: 'VND' } } };
const second = { id: '1', money: { amount: 5, taxed: true, unit: { name: 'đồng' } } };

/** A value type that is no entity, of which each service has some fields: they meet in the entity that has it. */
export const conformanceCase: ConformanceCase = {
  name: 'values-split',
  subgraphs: {
    first: {
      sdl: `
        type Query { bill: Bill  alone: Bill }
        type Bill @key(fields: "id") { id: ID!  money: Money @shareable }
        type Money @shareable { amount: Int!  unit: Unit! }
        type Unit { code: String! }
      `,
      resolvers: { Query: { bill: () => first, alone: () => ({ id: '2', money: null }) }, Bill: keyed([first], 'id') },
    },
    second: {
      sdl: `
        type Bill @key(fields: "id") { id: ID!  money: Money @shareable }
        type Money { amount: Int! @shareable  taxed: Boolean  unit: Unit! @shareable }
        type Unit { name: String! }
      `,
      resolvers: { Bill: keyed([second, { id: '2', money: null }], 'id') },
    },
  },
  operations: [
    {
      id: 'VALS-01',
      must: 'MUST',
      title: 'fields of the value from both services, two objects deep',
      document: '{ bill { money { taxed amount unit { name code } } } }',
      expected: { data: { bill: { money: { taxed: true, amount: 5, unit: { name: 'đồng', code: 'VND' } } } } },
    },
    {
      id: 'VALS-02',
      must: 'MUST',
      title: 'the value is null in both',
      document: '{ alone { money { taxed unit { code } } } }',
      expected: { data: { alone: { money: null } } },
    },
    {
      id: 'VALS-03',
      must: 'MUST',
      title: 'under two aliases with parts of both services',
      document: '{ bill { a: money { taxed } b: money { amount unit { name } } money { x: taxed y: amount } } }',
      expected: { data: { bill: { a: { taxed: true }, b: { amount: 5, unit: { name: 'đồng' } }, money: { x: true, y: 5 } } } },
    },
    {
      id: 'VALS-04',
      must: 'MUST',
      title: 'the nested value’s fields under each other’s names',
      document: '{ bill { money { unit { code: name name: code } } } }',
      expected: { data: { bill: { money: { unit: { code: 'đồng', name: 'VND' } } } } },
    },
  ],
};

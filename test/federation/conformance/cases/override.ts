import { type ConformanceCase, keyed } from '../form.ts';

/** A field that moved from one service to another; the old service still has it, with a value that must not be seen. */
export const conformanceCase: ConformanceCase = {
  name: 'override',
  subgraphs: {
    old: {
      sdl: `
        type Query { bills: [Bill!]! }
        type Bill @key(fields: "id") { id: ID!  amount: Int!  currency: String! }
      `,
      resolvers: { Query: { bills: () => [{ id: '1', amount: -1, currency: 'VND' }] }, Bill: keyed([{ id: '1', amount: -1, currency: 'VND' }], 'id') },
    },
    fresh: {
      sdl: `
        type Query { drafts: [Bill!]! }
        type Bill @key(fields: "id") { id: ID!  amount: Int! @override(from: "old")  draft: Boolean! }
      `,
      resolvers: { Query: { drafts: () => [{ id: '1', amount: 5, draft: true }] }, Bill: keyed([{ id: '1', amount: 5, draft: false }], 'id') },
    },
  },
  operations: [
    {
      id: 'OVER-01',
      must: 'MUST',
      title: 'the overriding service answers, though the old one was asked for the entity',
      document: '{ bills { amount } }',
      expected: { data: { bills: [{ amount: 5 }] } },
    },
    {
      id: 'OVER-02',
      must: 'MUST',
      title: 'beside a field that stayed',
      document: '{ bills { currency amount } drafts { amount currency draft } }',
      expected: { data: { bills: [{ currency: 'VND', amount: 5 }], drafts: [{ amount: 5, currency: 'VND', draft: true }] } },
    },
    {
      id: 'OVER-03',
      must: 'MUST',
      title: 'the field that stayed under the name of the one that moved',
      document: '{ bills { amount: currency currency: amount } }',
      expected: { data: { bills: [{ amount: 'VND', currency: 5 }] } },
    },
  ],
};

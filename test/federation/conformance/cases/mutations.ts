import type { ConformanceCase } from '../form.ts';

/** What was appended to each log, by either service. Every operation begins its own log anew. */
const logs = new Map<string, string>();

interface Append {
  readonly log: string;
  readonly text: string;
  readonly fresh?: boolean;
}

function append(_: unknown, { log, text, fresh }: Append): { id: string; text: string } {
  const now = (fresh ? '' : (logs.get(log) ?? '')) + text;
  logs.set(log, now);
  return { id: log, text: now };
}

/** Mutations of two services on the same logs; each service also reads, at the time when it is asked, what is in the log. */
export const conformanceCase: ConformanceCase = {
  name: 'mutations',
  subgraphs: {
    left: {
      sdl: `
        type Query { log(id: ID!): Log }
        type Mutation { left(log: ID!, text: String!, fresh: Boolean): Log!  refuse: Log }
        type Log @key(fields: "id") { id: ID!  text: String! @shareable }
      `,
      resolvers: {
        Query: { log: (_: unknown, { id }: { id: string }) => ({ id, text: logs.get(id) }) },
        Mutation: {
          left: append,
          refuse: () => {
            throw new Error('refused');
          },
        },
        Log: { __resolveReference: ({ id }: { id: string }) => ({ id, text: logs.get(id) }) },
      },
    },
    right: {
      sdl: `
        type Mutation { right(log: ID!, text: String!, fresh: Boolean): Log! }
        type Log @key(fields: "id") { id: ID!  text: String! @shareable  seen: String! }
      `,
      resolvers: {
        Mutation: { right: append },
        Log: {
          __resolveReference: ({ id }: { id: string }) => ({ id, text: logs.get(id) }),
          seen: ({ id }: { id: string }) => logs.get(id) ?? '',
        },
      },
    },
  },
  operations: [
    {
      id: 'MUT-01',
      must: 'MUST',
      title: 'mutations run one after another across services',
      document: 'mutation { a: left(log: "1", text: "x", fresh: true) { text } b: right(log: "1", text: "y") { text } c: left(log: "1", text: "z") { text } }',
      expected: { data: { a: { text: 'x' }, b: { text: 'xy' }, c: { text: 'xyz' } } },
    },
    {
      id: 'MUT-02',
      must: 'MUST',
      title: 'two of the same service in their order',
      document: 'mutation { b: right(log: "2", text: "x", fresh: true) { text } a: right(log: "2", text: "y") { text } }',
      expected: { data: { b: { text: 'x' }, a: { text: 'xy' } } },
    },
    {
      id: 'MUT-03',
      must: 'MUST',
      title: 'the other service’s fields of what a mutation gave',
      document: 'mutation { left(log: "3", text: "x", fresh: true) { id text seen __typename } }',
      expected: { data: { left: { id: '3', text: 'x', seen: 'x', __typename: 'Log' } } },
    },
    {
      id: 'MUT-04',
      must: 'MUST',
      title: 'a mutation’s selection is complete, other services’ fields too, before the next mutation begins',
      document: 'mutation { a: left(log: "4", text: "x", fresh: true) { seen } b: right(log: "4", text: "y") { seen } }',
      expected: { data: { a: { seen: 'x' }, b: { seen: 'xy' } } },
    },
    {
      id: 'MUT-05',
      must: 'MUST',
      title: 'the same where the next mutation is the same service’s',
      document: 'mutation { a: left(log: "5", text: "x", fresh: true) { seen } b: left(log: "5", text: "y") { seen } }',
      expected: { data: { a: { seen: 'x' }, b: { seen: 'xy' } } },
    },
    {
      id: 'MUT-06',
      must: 'MUST',
      title: 'after a nullable mutation that failed the next is still done',
      document: 'mutation { no: refuse { text } a: right(log: "6", text: "x", fresh: true) { text } }',
      expected: { data: { no: null, a: { text: 'x' } }, errors: [{ path: ['no'] }] },
    },
    {
      id: 'MUT-07',
      must: 'MUST',
      title: 'a mutation that is skipped is not done',
      document: `mutation ($v: Boolean!) {
        a: left(log: "7", text: "x", fresh: true) { text }
        b: right(log: "7", text: "y") @skip(if: $v) { text }
        c: left(log: "7", text: "z") { text }
      }`,
      variables: { v: true },
      expected: { data: { a: { text: 'x' }, c: { text: 'xz' } } },
    },
    {
      id: 'MUT-08',
      must: 'MUST',
      title: 'variables in mutations of both services, and the root’s type name',
      document: 'mutation ($l: ID!, $t: String!) { __typename left(log: $l, text: $t, fresh: true) { text } right(log: $l, text: $t) { id: text } }',
      variables: { l: '8', t: 'v' },
      expected: { data: { __typename: 'Mutation', left: { text: 'v' }, right: { id: 'vv' } } },
    },
    {
      id: 'MUT-09',
      must: 'MUST',
      title: 'one that is written twice under one name, also in a fragment, is done once',
      document: `mutation { a: left(log: "n", text: "x", fresh: true) { id } b: left(log: "n", text: "y") { text } b: left(log: "n", text: "y") { seen } ...More }
        fragment More on Mutation { b: left(log: "n", text: "y") { id } c: right(log: "n", text: "z") { seen } }`,
      expected: { data: { a: { id: 'n' }, b: { text: 'xy', seen: 'xy', id: 'n' }, c: { seen: 'xyz' } } },
    },
  ],
};

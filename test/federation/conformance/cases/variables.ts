import { type ConformanceCase, keyed } from '../form.ts';

const things = [{ id: '1' }, { id: '2' }];

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

/** Variables on the way to both services, among them one with the name that entity fetches use themselves. */
export const conformanceCase: ConformanceCase = {
  name: 'variables',
  subgraphs: {
    things: {
      sdl: `
        type Query { things(ids: [ID!]): [Thing!]!  echo(value: Int): String! }
        type Thing @key(fields: "id") { id: ID! }
      `,
      resolvers: {
        Query: {
          things: (_: unknown, { ids }: { ids?: string[] }) => things.filter(({ id }) => ids === undefined || ids.includes(id)),
          echo: (_: unknown, { value }: { value?: number | null }) => shown(value),
        },
      },
    },
    echoes: {
      sdl: `type Thing @key(fields: "id") { id: ID!  list(of: [ID!]): String!  int(value: Int, other: Int = 7): String! }`,
      resolvers: {
        Thing: {
          ...keyed(things, 'id'),
          list: ({ id }: { id: string }, args: { of?: string[] }) => `${id} ${shown(args.of)}`,
          int: (_: unknown, { value, other }: { value?: number | null; other?: number | null }) => `${shown(value)} ${shown(other)}`,
        },
      },
    },
  },
  operations: [
    {
      id: 'VAR-01',
      must: 'MUST',
      title: 'a client’s variable `representations` for the first service, in front of a join',
      document: 'query ($representations: [ID!]) { things(ids: $representations) { list } }',
      variables: { representations: ['2'] },
      expected: { data: { things: [{ list: '2 absent' }] } },
    },
    {
      id: 'VAR-02',
      must: 'MUST',
      title: 'a client’s variable `representations` in the joined service',
      document: 'query ($representations: [ID!]) { things { list(of: $representations) } }',
      variables: { representations: ['x', 'y'] },
      expected: { data: { things: [{ list: '1 ["x","y"]' }, { list: '2 ["x","y"]' }] } },
    },
    {
      id: 'VAR-03',
      must: 'MUST',
      title: 'null is not the same as absent, in either service',
      document: 'query ($v: Int) { echo(value: $v) things(ids: ["1"]) { int(value: $v, other: $v) } }',
      variables: { v: null },
      expected: { data: { echo: 'null', things: [{ int: 'null null' }] } },
    },
    {
      id: 'VAR-04',
      must: 'MUST',
      title: 'an absent variable is an absent argument, whose default holds',
      document: 'query ($v: Int) { echo(value: $v) things(ids: ["1"]) { int(value: $v, other: $v) } }',
      expected: { data: { echo: 'absent', things: [{ int: 'absent 7' }] } },
    },
    {
      id: 'VAR-05',
      must: 'MUST',
      title: 'a variable’s default where it is absent',
      document: 'query ($v: Int = 3) { echo(value: $v) things(ids: ["1"]) { int(value: $v, other: $v) } }',
      expected: { data: { echo: '3', things: [{ int: '3 3' }] } },
    },
    {
      id: 'VAR-06',
      must: 'MUST',
      title: 'null given against a variable’s default stays null',
      document: 'query ($v: Int = 3) { echo(value: $v) things(ids: ["1"]) { int(value: $v, other: $v) } }',
      variables: { v: null },
      expected: { data: { echo: 'null', things: [{ int: 'null null' }] } },
    },
    {
      id: 'VAR-07',
      must: 'MUST',
      title: 'the same field with two variables under two aliases',
      document: 'query ($a: [ID!], $b: [ID!]) { things(ids: "2") { a: list(of: $a) b: list(of: $b) } }',
      variables: { a: ['p'], b: [] },
      expected: { data: { things: [{ a: '2 ["p"]', b: '2 []' }] } },
    },
    {
      id: 'VAR-08',
      must: 'MUST',
      title: 'one of several operations, by its name, with its own variables',
      document: 'query One($v: Int) { echo(value: $v) } query Two($v: [ID!]) { things(ids: $v) { list(of: $v) } }',
      operationName: 'Two',
      variables: { v: ['1'] },
      expected: { data: { things: [{ list: '1 ["1"]' }] } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const tasks = [
  { id: '1', state: 'OPEN', history: [['OPEN'], ['OPEN', 'OPEN']] },
  { id: '2', state: 'HELD', history: [] },
];

/** An enum of which each service gives some values, and one that clients give. */
export const conformanceCase: ConformanceCase = {
  name: 'enums',
  subgraphs: {
    tasks: {
      sdl: `
        type Query { tasks(order: Order! = UP): [Task!]!  echo(orders: [Order!]): [Order!] }
        type Task @key(fields: "id") { id: ID!  state: State!  history: [[State!]!]! }
        enum State { OPEN HELD }
        enum Order { UP DOWN }
      `,
      resolvers: {
        Query: {
          tasks: (_: unknown, { order }: { order: string }) => (order === 'UP' ? tasks : tasks.toReversed()),
          echo: (_: unknown, { orders }: { orders?: string[] }) => orders,
        },
      },
    },
    archive: {
      sdl: `
        type Task @key(fields: "id") { id: ID!  was: State  sorted(order: Order!): String! }
        enum State { HELD DONE }
        enum Order { UP DOWN }
      `,
      resolvers: {
        Task: {
          ...keyed(
            [
              { id: '1', was: 'DONE' },
              { id: '2', was: 'HELD' },
            ],
            'id',
          ),
          sorted: (_: unknown, { order }: { order: string }) => `sorted ${order}`,
        },
      },
    },
  },
  operations: [
    {
      id: 'ENUM-01',
      must: 'MUST',
      title: 'values that one service alone knows',
      document: '{ tasks { state was } }',
      expected: {
        data: {
          tasks: [
            { state: 'OPEN', was: 'DONE' },
            { state: 'HELD', was: 'HELD' },
          ],
        },
      },
    },
    {
      id: 'ENUM-02',
      must: 'MUST',
      title: 'an enum in lists of lists',
      document: '{ tasks { history } }',
      expected: { data: { tasks: [{ history: [['OPEN'], ['OPEN', 'OPEN']] }, { history: [] }] } },
    },
    {
      id: 'ENUM-03',
      must: 'MUST',
      title: 'an enum literal as argument of both services',
      document: '{ tasks(order: DOWN) { id sorted(order: UP) } }',
      expected: {
        data: {
          tasks: [
            { id: '2', sorted: 'sorted UP' },
            { id: '1', sorted: 'sorted UP' },
          ],
        },
      },
    },
    {
      id: 'ENUM-04',
      must: 'MUST',
      title: 'one variable for both services',
      document: 'query ($o: Order!) { tasks(order: $o) { sorted(order: $o) } }',
      variables: { o: 'DOWN' },
      expected: { data: { tasks: [{ sorted: 'sorted DOWN' }, { sorted: 'sorted DOWN' }] } },
    },
    {
      id: 'ENUM-05',
      must: 'MUST',
      title: 'a variable’s default is used in every service that the variable reaches',
      document: 'query ($o: Order! = DOWN) { tasks(order: $o) { id sorted(order: $o) } }',
      expected: {
        data: {
          tasks: [
            { id: '2', sorted: 'sorted DOWN' },
            { id: '1', sorted: 'sorted DOWN' },
          ],
        },
      },
    },
    {
      id: 'ENUM-06',
      must: 'MUST',
      title: 'an argument’s default holds where the variable is not given',
      document: 'query ($o: Order) { tasks(order: $o) { id } }',
      expected: { data: { tasks: [{ id: '1' }, { id: '2' }] } },
    },
    {
      id: 'ENUM-07',
      must: 'MUST',
      title: 'a single value is coerced to a list of one, and enums in lists come back',
      document: 'query ($o: [Order!]) { echo(orders: $o) one: echo(orders: UP) }',
      variables: { o: ['DOWN', 'UP'] },
      expected: { data: { echo: ['DOWN', 'UP'], one: ['UP'] } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const grid = [[{ id: 'a' }, { id: 'b' }], null, [], [{ id: 'x' }], [{ id: 'b' }]];

const cells = [
  { id: 'a', v: 1, w: 10, matrix: [[1.5, 2], []] },
  { id: 'b', v: 2, w: 20, matrix: null },
];
/** Both services say it of every cell. */
const around = () => [[cells[0], null], [], [cells[1]]];

/** Entities in lists of lists. Cell x is unknown to the second service. */
export const conformanceCase: ConformanceCase = {
  name: 'lists-of-lists',
  subgraphs: {
    grids: {
      sdl: `
        type Query { grid: [[Cell!]]!  cube: [[[Cell]!]]  board: Board! }
        type Board { rows: [[Cell]] }
        type Cell @key(fields: "id") { id: ID!  around: [[Cell]!] @shareable  first: String }
      `,
      resolvers: {
        Query: { grid: () => grid, cube: () => [[[{ id: 'b' }, null], []], null, [[{ id: 'a' }]]], board: () => ({ rows: [[null, { id: 'a' }]] }) },
        Cell: { around, first: ({ id }: { id: string }) => `first of ${id}`, ...keyed(cells, 'id') },
      },
    },
    values: {
      sdl: `type Cell @key(fields: "id") { id: ID!  v: Int  w: Int!  matrix: [[Float!]!]  around: [[Cell]!] @shareable }`,
      resolvers: {
        Cell: { around, ...keyed(cells, 'id') },
      },
    },
  },
  operations: [
    {
      id: 'LIST-01',
      must: 'MUST',
      title: 'every cell at its place, nulls and empty lists too',
      document: '{ grid { v id } }',
      expected: {
        data: {
          grid: [
            [
              { v: 1, id: 'a' },
              { v: 2, id: 'b' },
            ],
            null,
            [],
            [{ v: null, id: 'x' }],
            [{ v: 2, id: 'b' }],
          ],
        },
      },
    },
    {
      id: 'LIST-02',
      must: 'MUST',
      title: 'a non-null item’s missing non-null field makes its inner list null',
      document: '{ grid { w } }',
      expected: { data: { grid: [[{ w: 10 }, { w: 20 }], null, [], null, [{ w: 20 }]] }, errors: [{ path: ['grid', 3, 0, 'w'] }] },
    },
    {
      id: 'LIST-03',
      must: 'MUST',
      title: 'three deep',
      document: '{ cube { w } }',
      expected: { data: { cube: [[[{ w: 20 }, null], []], null, [[{ w: 10 }]]] } },
    },
    {
      id: 'LIST-04',
      must: 'MUST',
      title: 'a list of lists of a scalar from the second service, under an alias',
      document: '{ b: board { rows { rows: matrix } } }',
      expected: { data: { b: { rows: [[null, { rows: [[1.5, 2], []] }]] } } },
    },
    {
      id: 'LIST-05',
      must: 'MUST',
      title: 'a list of lists that two services share is one of objects with what each of them has',
      document: '{ board { rows { v around { first matrix } } } }',
      expected: {
        data: {
          board: {
            rows: [
              [
                null,
                {
                  v: 1,
                  around: [[{ first: 'first of a', matrix: [[1.5, 2], []] }, null], [], [{ first: 'first of b', matrix: null }]],
                },
              ],
            ],
          },
        },
      },
    },
  ],
};

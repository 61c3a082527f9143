import { type ConformanceCase, failure } from '../form.ts';

/** Failures of root fields in one of two services. */
export const conformanceCase: ConformanceCase = {
  name: 'errors-root',
  subgraphs: {
    first: {
      sdl: `
        type Query { fails: Int  strict: Int!  fine: Int  list: [Int]  tight: [Int!]  object: Thing }
        type Thing { a: Int  b: Int!  again: Thing }
      `,
      resolvers: {
        Query: {
          fails: () => failure('FAILED'),
          strict: () => failure('STRICT'),
          fine: () => 1,
          list: () => [1, failure('ITEM'), 3],
          tight: () => [1, failure('ITEM'), 3],
          object: () => ({ a: failure('A'), b: 2, again: { a: 1, b: failure('B') } }),
        },
      },
    },
    second: { sdl: 'type Query { other: Int! }', resolvers: { Query: { other: () => 2 } } },
  },
  operations: [
    {
      id: 'ERRR-01',
      must: 'MUST',
      title: 'a root field that failed leaves the others, of both services',
      document: '{ fails other fine }',
      expected: { data: { fails: null, other: 2, fine: 1 }, errors: [{ path: ['fails'], code: 'FAILED' }] },
    },
    {
      id: 'ERRR-02',
      must: 'MUST',
      title: 'the path has the alias',
      document: '{ x: fails y: other fails: fine }',
      expected: { data: { x: null, y: 2, fails: 1 }, errors: [{ path: ['x'], code: 'FAILED' }] },
    },
    {
      id: 'ERRR-03',
      must: 'MUST',
      title: 'a non-null root field that failed makes the data null, with one error',
      document: '{ other strict }',
      expected: { data: null, errors: [{ path: ['strict'], code: 'STRICT' }] },
    },
    {
      id: 'ERRR-04',
      must: 'MUST',
      title: 'an item of a list',
      document: '{ list other }',
      expected: { data: { list: [1, null, 3], other: 2 }, errors: [{ path: ['list', 1], code: 'ITEM' }] },
    },
    {
      id: 'ERRR-05',
      must: 'MUST',
      title: 'a non-null item makes the list null',
      document: '{ tight other }',
      expected: { data: { tight: null, other: 2 }, errors: [{ path: ['tight', 1], code: 'ITEM' }] },
    },
    {
      id: 'ERRR-06',
      must: 'MUST',
      title: 'two errors at two depths, one of which made its parent null in the service already',
      document: '{ object { a b again { a b } } }',
      expected: {
        data: { object: { a: null, b: 2, again: null } },
        errors: [
          { path: ['object', 'a'], code: 'A' },
          { path: ['object', 'again', 'b'], code: 'B' },
        ],
      },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const thing = { id: '1', legacyId: 'old', name: 'Lamp', size: 4 };

/** Conditions on fields of both services, on keys and on what is required. */
export const conformanceCase: ConformanceCase = {
  name: 'skip-include',
  subgraphs: {
    things: {
      sdl: `
        type Query { thing: Thing }
        type Thing @key(fields: "id") { id: ID!  legacyId: ID!  name: String!  size: Int! }
      `,
      resolvers: { Query: { thing: () => thing }, Thing: keyed([thing], 'id') },
    },
    stock: {
      sdl: `
        type Query { count: Int! }
        type Thing @key(fields: "id") { id: ID!  stock: Int!  size: Int! @external  area: Int! @requires(fields: "size") }
      `,
      resolvers: { Query: { count: () => 9 }, Thing: { ...keyed([{ id: '1', stock: 5 }], 'id'), area: ({ size }: { size: number }) => size * size } },
    },
  },
  operations: [
    {
      id: 'SKIP-01',
      must: 'MUST',
      title: 'a field that is not included is not there',
      document: 'query ($v: Boolean!) { thing { name stock @include(if: $v) } }',
      variables: { v: false },
      expected: { data: { thing: { name: 'Lamp' } } },
    },
    {
      id: 'SKIP-02',
      must: 'MUST',
      title: 'the same document with the other value',
      document: 'query ($v: Boolean!) { thing { name stock @include(if: $v) } }',
      variables: { v: true },
      expected: { data: { thing: { name: 'Lamp', stock: 5 } } },
    },
    {
      id: 'SKIP-03',
      must: 'MUST',
      title: 'a skipped key still joins',
      document: 'query ($v: Boolean!) { thing { id @skip(if: $v) stock } }',
      variables: { v: true },
      expected: { data: { thing: { stock: 5 } } },
    },
    {
      id: 'SKIP-04',
      must: 'MUST',
      title: 'an alias equal to the key’s name that is skipped, and one that is not',
      document: 'query ($v: Boolean!) { a: thing { id: legacyId @skip(if: $v) stock } b: thing { id: legacyId @include(if: $v) stock } }',
      variables: { v: true },
      expected: { data: { a: { stock: 5 }, b: { id: 'old', stock: 5 } } },
    },
    {
      id: 'SKIP-05',
      must: 'MUST',
      title: 'a required field that the client skips is still required',
      document: 'query ($v: Boolean!) { thing { size @skip(if: $v) area } }',
      variables: { v: true },
      expected: { data: { thing: { area: 16 } } },
    },
    {
      id: 'SKIP-06',
      must: 'MUST',
      title: 'both directives on one field: included only where neither objects',
      document: `query ($y: Boolean!, $n: Boolean!) {
        thing {
          a: stock @skip(if: $n) @include(if: $y)
          b: stock @skip(if: $y) @include(if: $y)
          c: stock @skip(if: $n) @include(if: $n)
          d: stock @skip(if: $y) @include(if: $n)
        }
      }`,
      variables: { y: true, n: false },
      expected: { data: { thing: { a: 5 } } },
    },
    {
      id: 'SKIP-07',
      must: 'MUST',
      title: 'on fragments, with a variable’s default',
      document: `query ($v: Boolean! = false) { thing { ... @include(if: $v) { stock } ...rest @skip(if: $v) } }
        fragment rest on Thing { area name }`,
      expected: { data: { thing: { area: 16, name: 'Lamp' } } },
    },
    {
      id: 'SKIP-08',
      must: 'MUST',
      title: 'an object all of whose fields are skipped is an empty object',
      document: 'query ($v: Boolean!) { thing { stock @skip(if: $v) name @skip(if: $v) } count }',
      variables: { v: true },
      expected: { data: { thing: {}, count: 9 } },
    },
    {
      id: 'SKIP-09',
      must: 'MUST',
      title: 'all root fields skipped leave empty data',
      document: 'query ($v: Boolean!) { thing @skip(if: $v) { stock } count @skip(if: $v) }',
      variables: { v: true },
      expected: { data: {} },
    },
    {
      id: 'SKIP-10',
      must: 'MUST',
      title: 'a field both unconditionally and conditionally selected is there',
      document: 'query ($v: Boolean!) { thing { stock @include(if: $v) stock ... @include(if: $v) { area } } }',
      variables: { v: false },
      expected: { data: { thing: { stock: 5 } } },
    },
    {
      id: 'SKIP-11',
      must: 'MUST',
      title: 'literals as conditions, and conditions in conditions',
      document: 'query ($v: Boolean!) { thing { name @skip(if: true) ... @include(if: true) { ... @include(if: $v) { stock area @skip(if: $v) } } } }',
      variables: { v: true },
      expected: { data: { thing: { stock: 5 } } },
    },
    {
      id: 'SKIP-12',
      must: 'MUST',
      title: 'the type name under a condition',
      document: 'query ($v: Boolean!) { __typename @skip(if: $v) thing { __typename @include(if: $v) stock } }',
      variables: { v: true },
      expected: { data: { thing: { __typename: 'Thing', stock: 5 } } },
    },
  ],
};

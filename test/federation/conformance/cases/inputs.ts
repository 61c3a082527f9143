import { type ConformanceCase, keyed } from '../form.ts';

const shown = (_: unknown, { by }: { by?: unknown }) => (by === undefined ? 'absent' : JSON.stringify(by));

/** An input type of which each service has one field more than the other: the graph has what both have. */
export const conformanceCase: ConformanceCase = {
  name: 'inputs',
  subgraphs: {
    finder: {
      sdl: `
        scalar Anything
        type Query { find(by: Filter): String!  thing: Thing!  free(by: Anything): String! }
        input Filter { text: String  limit: Int! = 10  and: [Filter!]  mine: Int }
        type Thing @key(fields: "id") { id: ID! }
      `,
      resolvers: { Query: { find: shown, free: shown, thing: () => ({ id: '1' }) } },
    },
    matcher: {
      sdl: `
        input Filter { text: String  limit: Int! = 10  and: [Filter!]  yours: Int }
        type Thing @key(fields: "id") { id: ID!  match(by: Filter!): String! }
      `,
      resolvers: { Thing: { ...keyed([{ id: '1' }], 'id'), match: shown } },
    },
  },
  operations: [
    {
      id: 'INP-01',
      must: 'MUST',
      title: 'a literal with the fields’ defaults, in both services',
      document: '{ find(by: { text: "a" }) thing { match(by: { text: "b", limit: 2 }) } }',
      expected: { data: { find: '{"text":"a","limit":10}', thing: { match: '{"text":"b","limit":2}' } } },
    },
    {
      id: 'INP-02',
      must: 'MUST',
      title: 'a variable inside a literal, and inside a list in it',
      document: 'query ($t: String, $n: Int!) { thing { match(by: { limit: 1, and: [{ text: $t, limit: $n }, { limit: $n }] }) } }',
      variables: { t: 'x', n: 5 },
      expected: { data: { thing: { match: '{"limit":1,"and":[{"text":"x","limit":5},{"limit":5}]}' } } },
    },
    {
      id: 'INP-03',
      must: 'MUST',
      title: 'an absent variable leaves its field out, a null one makes it null',
      document: 'query ($a: String, $n: String) { find(by: { text: $a }) thing { match(by: { text: $n }) } }',
      variables: { n: null },
      expected: { data: { find: '{"limit":10}', thing: { match: '{"text":null,"limit":10}' } } },
    },
    {
      id: 'INP-04',
      must: 'MUST',
      title: 'a whole input as variable for both services',
      document: 'query ($f: Filter!) { find(by: $f) thing { match(by: $f) } }',
      variables: { f: { text: '"quoted" \\ Đà Nẵng', and: [] } },
      expected: {
        data: {
          find: '{"text":"\\"quoted\\" \\\\ Đà Nẵng","limit":10,"and":[]}',
          thing: { match: '{"text":"\\"quoted\\" \\\\ Đà Nẵng","limit":10,"and":[]}' },
        },
      },
    },
    {
      id: 'INP-05',
      must: 'MUST',
      title: 'a scalar of the graph’s own takes any value, also one that looks like an entity',
      document: 'query ($v: Anything) { free(by: $v) literal: free(by: { __typename: "Thing", list: [1, null, "a"] }) }',
      variables: { v: { __typename: 'Thing', id: '1', deep: [[{}]] } },
      expected: { data: { free: '{"__typename":"Thing","id":"1","deep":[[{}]]}', literal: '{"__typename":"Thing","list":[1,null,"a"]}' } },
    },
    {
      id: 'INP-06',
      must: 'MUST',
      title: 'block strings and escapes in literals',
      document: '{ find(by: { text: """a "b"\n  c""" }) thing { match(by: { text: "\\u0041\\n\\"" }) } }',
      expected: { data: { find: '{"text":"a \\"b\\"\\nc","limit":10}', thing: { match: '{"text":"A\\n\\"","limit":10}' } } },
    },
  ],
};

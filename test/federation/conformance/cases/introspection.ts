import { type ConformanceCase, keyed } from '../form.ts';

/** Introspection beside fields of two services. Both types have fewer fields in each service than in the graph. */
export const conformanceCase: ConformanceCase = {
  name: 'introspection',
  subgraphs: {
    one: {
      sdl: `
        type Query { thing: Thing }
        "What there is."
        type Thing @key(fields: "id") { id: ID! }
      `,
      resolvers: { Query: { thing: () => ({ id: '1' }) } },
    },
    two: {
      sdl: `type Thing @key(fields: "id") { id: ID!  size(unit: String = "cm"): Int @deprecated(reason: "measure it") }`,
      resolvers: { Thing: keyed([{ id: '1', size: 3 }], 'id') },
    },
  },
  operations: [
    {
      id: 'INTR-01',
      must: 'MUST',
      title: 'the root’s type name needs no service',
      document: '{ __typename kind: __typename }',
      expected: { data: { __typename: 'Query', kind: 'Query' } },
    },
    {
      id: 'INTR-02',
      must: 'MUST',
      title: 'introspection between fields, in the order of the selection',
      document: '{ __type(name: "Thing") { kind name description } thing { size } __schema { queryType { name } mutationType { name } } }',
      expected: {
        data: {
          __type: { kind: 'OBJECT', name: 'Thing', description: 'What there is.' },
          thing: { size: 3 },
          __schema: { queryType: { name: 'Query' }, mutationType: null },
        },
      },
    },
    {
      id: 'INTR-03',
      must: 'MUST',
      title: 'a variable in introspection, aliases, and a type that is not there',
      document: 'query ($n: String!) { a: __type(name: $n) { called: name } b: __type(name: "None") { name } thing { id } }',
      variables: { n: 'Thing' },
      expected: { data: { a: { called: 'Thing' }, b: null, thing: { id: '1' } } },
    },
    {
      id: 'INTR-07',
      must: 'MUST',
      title: 'fragments on the schema’s own types, as tools send them, keep their names',
      document: `query { __schema { queryType { ...Full } } thing { again: size(unit: "m") } }
        fragment Full on __Type { name fields(includeDeprecated: true) { name args { ...Argument } old: isDeprecated } }
        fragment Argument on __InputValue { name defaultValue }`,
      expected: {
        data: {
          __schema: { queryType: { name: 'Query', fields: [{ name: 'thing', args: [], old: false }] } },
          thing: { again: 3 },
        },
      },
    },
    {
      id: 'INTR-04',
      must: 'MUST',
      title: 'what is federation’s own is not in the graph',
      document: '{ any: __type(name: "_Any") { name } entity: __type(name: "_Entity") { name } join: __type(name: "join__Graph") { name } }',
      expected: { data: { any: null, entity: null, join: null } },
    },
    {
      id: 'INTR-05',
      must: 'MUST',
      title: 'deprecated fields are shown where asked for',
      document: `query ($d: Boolean!) { __type(name: "Thing") {
        now: fields { name }
        all: fields(includeDeprecated: $d) { name isDeprecated deprecationReason args { name defaultValue } }
      } }`,
      variables: { d: true },
      expected: {
        data: {
          __type: {
            now: [{ name: 'id' }],
            all: [
              { name: 'id', isDeprecated: false, deprecationReason: null, args: [] },
              { name: 'size', isDeprecated: true, deprecationReason: 'measure it', args: [{ name: 'unit', defaultValue: '"cm"' }] },
            ],
          },
        },
      },
    },
    {
      id: 'INTR-06',
      must: 'MUST',
      title: 'introspection that is skipped',
      document: 'query ($v: Boolean!) { __schema @skip(if: $v) { queryType { name } } thing { t: __typename size } }',
      variables: { v: true },
      expected: { data: { thing: { t: 'Thing', size: 3 } } },
    },
  ],
};

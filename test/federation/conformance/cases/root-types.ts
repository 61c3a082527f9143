import { type ConformanceCase, keyed } from '../form.ts';

/** Services whose root types have names of their own; in the graph they are Query and Mutation. */
export const conformanceCase: ConformanceCase = {
  name: 'root-types',
  subgraphs: {
    first: {
      sdl: `
        schema { query: First  mutation: Changes }
        type First { thing: Thing  root: First }
        type Changes { touch(id: ID!): Thing }
        type Thing @key(fields: "id") { id: ID!  back: First! }
      `,
      resolvers: {
        First: { thing: () => ({ id: '1' }), root: () => ({}) },
        Changes: { touch: (_: unknown, { id }: { id: string }) => ({ id }) },
        Thing: { back: () => ({}) },
      },
    },
    second: {
      sdl: `
        schema { query: Second }
        type Second { count: Int! }
        type Thing @key(fields: "id") { id: ID!  size: Int }
      `,
      resolvers: { Second: { count: () => 7 }, Thing: keyed([{ id: '1', size: 4 }], 'id') },
    },
  },
  operations: [
    {
      id: 'ROOT-01',
      must: 'MUST',
      title: 'the root’s type name is the graph’s',
      document: '{ __typename thing { size } count }',
      expected: { data: { __typename: 'Query', thing: { size: 4 }, count: 7 } },
    },
    {
      id: 'ROOT-02',
      must: 'MUST',
      title: 'a field that leads back to the root, and there to the other service',
      document: '{ root { __typename count thing { id } } }',
      expected: { data: { root: { __typename: 'Query', count: 7, thing: { id: '1' } } } },
    },
    {
      id: 'ROOT-03',
      must: 'MUST',
      title: 'from an entity to the root, with a fragment on the root’s name in the graph',
      document: '{ thing { back { ... on Query { count __typename } } } }',
      expected: { data: { thing: { back: { count: 7, __typename: 'Query' } } } },
    },
    {
      id: 'ROOT-04',
      must: 'MUST',
      title: 'a mutation in a service whose mutation type has another name',
      document: 'mutation { touch(id: "1") { size back { count } } t: __typename }',
      expected: { data: { touch: { size: 4, back: { count: 7 } }, t: 'Mutation' } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const parents: Readonly<Record<string, string | null>> = { a: null, b: 'a', c: 'b' };
const children: Readonly<Record<string, string[]>> = { a: ['b'], b: ['c'], c: [] };

/** One type that leads to itself in two services in turn: upwards in one, downwards in the other. */
export const conformanceCase: ConformanceCase = {
  name: 'tree',
  subgraphs: {
    up: {
      sdl: `
        type Query { node(id: ID!): Node }
        type Node @key(fields: "id") { id: ID!  parent: Node }
      `,
      resolvers: {
        Query: { node: (_: unknown, { id }: { id: string }) => ({ id }) },
        Node: { parent: ({ id }: { id: string }) => (parents[id] ? { id: parents[id] } : null) },
      },
    },
    down: {
      sdl: `type Node @key(fields: "id") { id: ID!  children: [Node!]! }`,
      resolvers: { Node: { children: ({ id }: { id: string }) => children[id]?.map((child) => ({ id: child })) ?? null } },
    },
    names: {
      sdl: `type Node @key(fields: "id") { id: ID!  name: String! }`,
      resolvers: {
        Node: keyed(
          [
            { id: 'a', name: 'A' },
            { id: 'b', name: 'B' },
            { id: 'c', name: 'C' },
          ],
          'id',
        ),
      },
    },
  },
  operations: [
    {
      id: 'TREE-01',
      must: 'MUST',
      title: 'up, down and up again',
      document: '{ node(id: "c") { parent { children { parent { parent { id } } } } } }',
      expected: { data: { node: { parent: { children: [{ parent: { parent: { id: 'a' } } }] } } } },
    },
    {
      id: 'TREE-02',
      must: 'MUST',
      title: 'a third service’s field at every level, where one level is null',
      document: '{ node(id: "b") { name parent { name parent { name } } children { name children { name children { name } } } } }',
      expected: {
        data: { node: { name: 'B', parent: { name: 'A', parent: null }, children: [{ name: 'C', children: [] }] } },
      },
    },
    {
      id: 'TREE-03',
      must: 'MUST',
      title: 'the same entity on many paths keeps each path’s selection',
      document: '{ node(id: "b") { id children { parent { n: name } } parent { children { m: name } } } }',
      expected: { data: { node: { id: 'b', children: [{ parent: { n: 'B' } }], parent: { children: [{ m: 'B' }] } } } },
    },
    {
      id: 'TREE-04',
      must: 'MUST',
      title: 'parent and children under each other’s names',
      document: '{ node(id: "b") { parent: children { id: name } children: parent { id: name } } }',
      expected: { data: { node: { parent: [{ id: 'C' }], children: { id: 'A' } } } },
    },
    {
      id: 'TREE-05',
      must: 'MUST',
      title: 'an error-free null in the middle, and a missing entity’s non-null list at the end',
      document: '{ a: node(id: "a") { parent { children { id } } } x: node(id: "x") { children { id } } }',
      expected: { data: { a: { parent: null }, x: null }, errors: [{ path: ['x', 'children'] }] },
    },
  ],
};

import type { ConformanceCase } from '../form.ts';

/** An interface that two services have, each with a type that the other does not know. */
export const conformanceCase: ConformanceCase = {
  name: 'interfaces-values',
  subgraphs: {
    zoo: {
      sdl: `
        type Query { zoo: [Animal!]! }
        interface Animal { name: String! }
        type Cat implements Animal { name: String! @shareable  lives: Int! @shareable }
        type Dog implements Animal { name: String!  tricks: [String!]! }
      `,
      resolvers: {
        Query: {
          zoo: () => [
            { __typename: 'Dog', name: 'Muc', tricks: ['sit'] },
            { __typename: 'Cat', name: 'Meo', lives: 9 },
          ],
        },
      },
    },
    sea: {
      sdl: `
        type Query { sea: [Animal!]!  ship: Ship }
        interface Animal { name: String! }
        type Fish implements Animal { name: String!  depth: Int! }
        type Cat implements Animal { name: String! @shareable  lives: Int! @shareable }
        type Ship { cat: Cat!  animals: [Animal]! }
      `,
      resolvers: {
        Query: {
          sea: () => [{ __typename: 'Fish', name: 'Ca', depth: 40 }],
          ship: () => ({ cat: { name: 'Mun', lives: 8 }, animals: [null, { __typename: 'Cat', name: 'Mun', lives: 8 }] }),
        },
      },
    },
  },
  operations: [
    {
      id: 'INTF-01',
      must: 'MUST',
      title: 'the interface’s field in both services',
      document: '{ zoo { name } sea { name } }',
      expected: { data: { zoo: [{ name: 'Muc' }, { name: 'Meo' }], sea: [{ name: 'Ca' }] } },
    },
    {
      id: 'INTF-02',
      must: 'MUST',
      title: 'conditions on types that the service does not know are left out there',
      document: `{ zoo { ...a } sea { ...a } }
        fragment a on Animal { __typename ... on Dog { tricks } ... on Fish { depth } ... on Cat { name } }`,
      expected: {
        data: {
          zoo: [
            { __typename: 'Dog', tricks: ['sit'] },
            { __typename: 'Cat', name: 'Meo' },
          ],
          sea: [{ __typename: 'Fish', depth: 40 }],
        },
      },
    },
    {
      id: 'INTF-03',
      must: 'MUST',
      title: 'only a type that the service does not know: empty objects',
      document: '{ zoo { ... on Fish { depth } } }',
      expected: { data: { zoo: [{}, {}] } },
    },
    {
      id: 'INTF-04',
      must: 'MUST',
      title: 'a condition for the interface on a field of an object type',
      document: '{ ship { cat { ... on Animal { name ... on Cat { again: name } } } animals { ... on Dog { tricks } name } } }',
      expected: { data: { ship: { cat: { name: 'Mun', again: 'Mun' }, animals: [null, { name: 'Mun' }] } } },
    },
    {
      id: 'INTF-05',
      must: 'MUST',
      title: 'the same response name in two types, whose fields differ',
      document: '{ zoo { ... on Cat { n: lives } ... on Dog { d: tricks } t: __typename } sea { ... on Fish { n: depth } } }',
      expected: {
        data: {
          zoo: [
            { d: ['sit'], t: 'Dog' },
            { n: 9, t: 'Cat' },
          ],
          sea: [{ n: 40 }],
        },
      },
    },
  ],
};

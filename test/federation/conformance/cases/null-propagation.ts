import { type ConformanceCase, keyed } from '../form.ts';

const shops = [
  { id: 's1', name: 'One', owner: { id: 'o1' }, guest: { id: 'o2' } },
  { id: 's2', name: 'Two', owner: { id: 'o2' }, guest: null },
];

/** Owner o2 is unknown to the service that has the telephone numbers. */
export const conformanceCase: ConformanceCase = {
  name: 'null-propagation',
  subgraphs: {
    shops: {
      sdl: `
        type Query { shop(id: ID!): Shop  listed: [Shop!]  loose: [Shop]!  strict: [Shop!]! }
        type Shop { id: ID!  name: String!  owner: Owner!  guest: Owner }
        type Owner @key(fields: "id") { id: ID! }
      `,
      resolvers: {
        Query: {
          shop: (_: unknown, { id }: { id: string }) => shops.find((shop) => shop.id === id),
          listed: () => shops,
          loose: () => shops,
          strict: () => shops,
        },
      },
    },
    phones: {
      sdl: `type Owner @key(fields: "id") { id: ID!  phone: String!  mail: String }`,
      resolvers: { Owner: keyed([{ id: 'o1', phone: '111', mail: null }], 'id') },
    },
  },
  operations: [
    {
      id: 'NULL-01',
      must: 'MUST',
      title: 'a missing non-null field makes its parent null, with an error at the field',
      document: '{ shop(id: "s1") { name guest { phone } owner { phone } } }',
      expected: { data: { shop: { name: 'One', guest: null, owner: { phone: '111' } } }, errors: [{ path: ['shop', 'guest', 'phone'] }] },
    },
    {
      id: 'NULL-02',
      must: 'MUST',
      title: 'over a non-null parent up to the next nullable one',
      document: '{ shop(id: "s2") { name owner { phone } } }',
      expected: { data: { shop: null }, errors: [{ path: ['shop', 'owner', 'phone'] }] },
    },
    {
      id: 'NULL-03',
      must: 'MUST',
      title: 'a list of non-null items is null as a whole',
      document: '{ listed { owner { phone } } }',
      expected: { data: { listed: null }, errors: [{ path: ['listed', 1, 'owner', 'phone'] }] },
    },
    {
      id: 'NULL-04',
      must: 'MUST',
      title: 'a nullable item of a list alone is null',
      document: '{ loose { owner { phone } } }',
      expected: { data: { loose: [{ owner: { phone: '111' } }, null] }, errors: [{ path: ['loose', 1, 'owner', 'phone'] }] },
    },
    {
      id: 'NULL-05',
      must: 'MUST',
      title: 'where nothing is nullable the data are null',
      document: '{ strict { owner { phone } } }',
      expected: { data: null, errors: [{ path: ['strict', 1, 'owner', 'phone'] }] },
    },
    {
      id: 'NULL-06',
      must: 'MUST',
      title: 'a nullable field of an unknown entity is null without an error',
      document: '{ strict { owner { mail } } }',
      expected: { data: { strict: [{ owner: { mail: null } }, { owner: { mail: null } }] } },
    },
    {
      id: 'NULL-07',
      must: 'MUST',
      title: 'the path is of response names',
      document: '{ s: shop(id: "s2") { o: owner { p: phone } } }',
      expected: { data: { s: null }, errors: [{ path: ['s', 'o', 'p'] }] },
    },
    {
      id: 'NULL-08',
      must: 'MUST',
      title: 'a root field that is null does not touch its neighbours',
      document: '{ a: shop(id: "s2") { owner { phone } } b: shop(id: "s1") { owner { phone } } none: shop(id: "x") { owner { phone } } }',
      expected: { data: { a: null, b: { owner: { phone: '111' } }, none: null }, errors: [{ path: ['a', 'owner', 'phone'] }] },
    },
  ],
};

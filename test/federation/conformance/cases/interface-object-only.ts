import { type ConformanceCase, keyed } from '../form.ts';

const accounts = [
  { __typename: 'Person', id: '1', name: 'An', level: 3, seat: 'A1' },
  { __typename: 'Firm', id: '2', name: 'Sao', level: 5, seats: 9 },
];

/** An interface object that requires a field of the interface, and a service whose interface has a type that it resolves by type only. */
export const conformanceCase: ConformanceCase = {
  name: 'interface-object-only',
  subgraphs: {
    accounts: {
      sdl: `
        type Query { accounts: [Account!]!  firm: Firm }
        interface Account @key(fields: "id") { id: ID!  name: String!  level: Int! }
        type Person implements Account @key(fields: "id") { id: ID!  name: String!  level: Int!  seat: String! }
        type Firm implements Account @key(fields: "id") { id: ID!  name: String!  level: Int!  seats: Int! }
        type Car { wheels: Int! }
        union Owner = Firm | Car
      `,
      resolvers: {
        Query: { accounts: () => accounts, firm: () => accounts[1] },
        Account: keyed(accounts, 'id'),
        Person: keyed(accounts, 'id'),
        Firm: keyed(accounts, 'id'),
      },
    },
    badges: {
      sdl: `
        type Query { latest: Account }
        type Account @key(fields: "id") @interfaceObject {
          id: ID!
          name: String! @external
          level: Int! @external
          badge: String! @requires(fields: "name")
          tier: String! @requires(fields: "level")
          active: Boolean!
        }
      `,
      resolvers: {
        Query: { latest: () => ({ id: '2', active: true }) },
        Account: {
          __resolveReference: ({ id, name, level }: { id: string; name?: string; level?: number }) => ({ id, name, level, active: id === '2' }),
          tier: ({ level }: { level?: number }) => `tier of ${level}`,
          badge: ({ name }: { name?: string }) => `badge of ${name}`,
        },
      },
    },
    lounges: {
      sdl: `type Person @key(fields: "id") { id: ID!  name: String! @external  lounge: String! @requires(fields: "name") }`,
      resolvers: { Person: { lounge: ({ name }: { name: string }) => `lounge of ${name}` } },
    },
  },
  operations: [
    {
      id: 'IOBR-01',
      must: 'MUST',
      title: 'an interface object’s `@requires` over all types',
      document: '{ accounts { badge } }',
      expected: { data: { accounts: [{ badge: 'badge of An' }, { badge: 'badge of Sao' }] } },
    },
    {
      id: 'IOBR-02',
      must: 'MUST',
      title: 'from the interface object over the interface back to it',
      document: '{ latest { active badge } }',
      expected: { data: { latest: { active: true, badge: 'badge of Sao' } } },
    },
    {
      id: 'IOBR-03',
      must: 'MUST',
      title: 'on a field whose type is one of the objects',
      document: '{ firm { seats active badge __typename } }',
      expected: { data: { firm: { seats: 9, active: true, badge: 'badge of Sao', __typename: 'Firm' } } },
    },
    {
      id: 'IOBR-04',
      must: 'MUST',
      title: 'another field under the required field’s name',
      document: '{ accounts { name: id badge } }',
      expected: {
        data: {
          accounts: [
            { name: '1', badge: 'badge of An' },
            { name: '2', badge: 'badge of Sao' },
          ],
        },
      },
    },
    {
      id: 'IOBR-05',
      must: 'MUST',
      title: 'a condition on a type that the object is not leaves an empty object',
      document: '{ latest { ... on Person { active seat } } }',
      expected: { data: { latest: {} } },
    },
    {
      id: 'IOBR-06',
      must: 'MUST',
      title: 'a type condition for the interface itself is none',
      document: '{ latest { ... on Account { active ... on Firm { seats } } } }',
      expected: { data: { latest: { active: true, seats: 9 } } },
    },
    {
      id: 'IOBR-07',
      must: 'MUST',
      title: 'the interface object is asked of the types alone of which its field is selected, whatever else is required of the others',
      document: '{ accounts { ... on Person { lounge } ... on Firm { badge } } }',
      expected: { data: { accounts: [{ lounge: 'lounge of An' }, { badge: 'badge of Sao' }] } },
    },
    {
      id: 'IOBR-08',
      must: 'MUST',
      title: 'a field of all types beside one, of one type, that requires something of the interface',
      document: '{ accounts { active ... on Person { badge } } }',
      expected: { data: { accounts: [{ active: false, badge: 'badge of An' }, { active: true }] } },
    },
    {
      id: 'IOBR-09',
      must: 'MUST',
      title: 'fields of one type each that require different fields of the interface',
      document: '{ accounts { id ... on Person { badge } ... on Firm { tier } } }',
      expected: {
        data: {
          accounts: [
            { id: '1', badge: 'badge of An' },
            { id: '2', tier: 'tier of 5' },
          ],
        },
      },
    },
    {
      id: 'IOBR-10',
      must: 'MUST',
      title: 'a condition on a union of which the interface object’s type is a member',
      document:
        '{ latest { active ... on Owner { ... on Firm { seats } ... on Car { wheels } } } accounts { ... on Owner { ...its } } } fragment its on Firm { tier }',
      expected: { data: { latest: { active: true, seats: 9 }, accounts: [{}, { tier: 'tier of 5' }] } },
    },
    {
      id: 'IOBR-11',
      must: 'MUST',
      title: 'a field that requires something, of one type, of an object that the interface object’s service leads to',
      document: '{ latest { ... on Firm { badge } } }',
      expected: { data: { latest: { badge: 'badge of Sao' } } },
    },
    {
      id: 'IOBR-12',
      must: 'MUST',
      title: 'the same beside others of all types, and of both',
      document: '{ latest { active ... on Firm { badge tier seats } ... on Person { badge } } accounts { ... on Account { active ... on Firm { badge } } } }',
      expected: {
        data: {
          latest: { active: true, badge: 'badge of Sao', tier: 'tier of 5', seats: 9 },
          accounts: [{ active: false }, { active: true, badge: 'badge of Sao' }],
        },
      },
    },
  ],
};

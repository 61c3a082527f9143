import { type ConformanceCase, keyed } from '../form.ts';

const before = { id: '1', all: 'old', none: 'old', named: 'old' };
const after = { id: '1', all: 'new', none: 'new', named: 'new' };

/** Fields that move by label: all requests, none, and those for which a label is set. Each service says which one answered. */
export const conformanceCase: ConformanceCase = {
  name: 'override-labels',
  subgraphs: {
    old: {
      sdl: `
        type Query { thing: Thing }
        type Thing @key(fields: "id") { id: ID!  all: String!  none: String!  named: String! }
      `,
      resolvers: { Query: { thing: () => before }, Thing: keyed([before], 'id') },
    },
    fresh: {
      sdl: `
        type Query { other: Thing }
        type Thing @key(fields: "id") {
          id: ID!
          all: String! @override(from: "old", label: "percent(100)")
          none: String! @override(from: "old", label: "percent(0)")
          named: String! @override(from: "old", label: "moved")
        }
      `,
      resolvers: { Query: { other: () => after }, Thing: keyed([after], 'id') },
    },
  },
  operations: [
    {
      id: 'OVEL-01',
      must: 'MUST',
      title: 'of all requests every one goes to the new service',
      document: '{ thing { all } other { all } }',
      expected: { data: { thing: { all: 'new' }, other: { all: 'new' } } },
    },
    {
      id: 'OVEL-02',
      must: 'MUST',
      title: 'of none each goes to the old service, also for an entity that the new one gave',
      document: '{ thing { none } other { none } }',
      expected: { data: { thing: { none: 'old' }, other: { none: 'old' } } },
    },
    {
      id: 'OVEL-03',
      must: 'MUST',
      title: 'a label that is not set leaves the field where it was',
      document: '{ thing { named } other { named } }',
      expected: { data: { thing: { named: 'old' }, other: { named: 'old' } } },
    },
    {
      id: 'OVEL-04',
      must: 'MUST',
      title: 'a label that is set for the request moves the field',
      document: '{ thing { named } other { named } }',
      overrideLabels: ['moved'],
      expected: { data: { thing: { named: 'new' }, other: { named: 'new' } } },
    },
    {
      id: 'OVEL-05',
      must: 'MUST',
      title: 'all three beside each other without the label, after it was set',
      document: '{ thing { named all none } }',
      expected: { data: { thing: { named: 'old', all: 'new', none: 'old' } } },
    },
    {
      id: 'OVEL-06',
      must: 'MUST',
      title: 'a label that no field has changes nothing',
      document: '{ thing { named all none } }',
      overrideLabels: ['unheard of'],
      expected: { data: { thing: { named: 'old', all: 'new', none: 'old' } } },
    },
  ],
};

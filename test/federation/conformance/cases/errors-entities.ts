import { type ConformanceCase, failure, keyed } from '../form.ts';

const stocked = [
  { id: 'i1', stock: 1, must: 10, detail: { size: 100 } },
  { id: 'i2', stock: failure('OUT'), must: failure('UNKNOWN'), detail: { size: failure('NO_SIZE') } },
];

/** Item i2 fails in each of its fields, i3 as a whole. Both lists have something beside items. */
export const conformanceCase: ConformanceCase = {
  name: 'errors-entities',
  subgraphs: {
    items: {
      sdl: `
        type Query { items: [Item]!  twice: [Item!]!  hits: [Hit!]!  last: Item }
        union Hit = Item | Other
        type Other { text: String! }
        type Item @key(fields: "id") { id: ID! }
      `,
      resolvers: {
        Query: {
          items: () => [{ id: 'i1' }, null, { id: 'i2' }, { id: 'i3' }],
          twice: () => [{ id: 'i2' }, { id: 'i1' }, { id: 'i2' }],
          hits: () => [
            { __typename: 'Other', text: 'a' },
            { __typename: 'Item', id: 'i2' },
            { __typename: 'Other', text: 'b' },
            { __typename: 'Item', id: 'i1' },
          ],
          last: () => ({ id: 'i3' }),
        },
      },
    },
    stock: {
      sdl: `
        type Item @key(fields: "id") { id: ID!  stock: Int  must: Int!  detail: Detail }
        type Detail { size: Int }
      `,
      resolvers: {
        Item: {
          __resolveReference: (reference: { id: string }) => (reference.id === 'i3' ? failure('GONE') : keyed(stocked, 'id').__resolveReference(reference)),
        },
      },
    },
  },
  operations: [
    {
      id: 'ERRE-01',
      must: 'MUST',
      title: 'an entity’s error is at the entity’s own place in the client’s list, after a null too',
      document: '{ items { id stock } }',
      expected: {
        data: { items: [{ id: 'i1', stock: 1 }, null, { id: 'i2', stock: null }, { id: 'i3', stock: null }] },
        errors: [
          { path: ['items', 2, 'stock'], code: 'OUT' },
          { under: ['items', 3], code: 'GONE' },
        ],
      },
    },
    {
      id: 'ERRE-02',
      must: 'MUST',
      title: 'an entity that is in the list twice has its error twice',
      document: '{ twice { stock } }',
      expected: {
        data: { twice: [{ stock: null }, { stock: 1 }, { stock: null }] },
        errors: [
          { path: ['twice', 0, 'stock'], code: 'OUT' },
          { path: ['twice', 2, 'stock'], code: 'OUT' },
        ],
      },
    },
    {
      id: 'ERRE-03',
      must: 'MUST',
      title: 'among objects that are not asked for the error is at the right one',
      document: '{ hits { ... on Item { stock } ... on Other { text } } }',
      expected: {
        data: { hits: [{ text: 'a' }, { stock: null }, { text: 'b' }, { stock: 1 }] },
        errors: [{ path: ['hits', 1, 'stock'], code: 'OUT' }],
      },
    },
    {
      id: 'ERRE-04',
      must: 'MUST',
      title: 'below the entity the path goes on, in response names',
      document: '{ list: items { d: detail { s: size } } }',
      expected: {
        data: { list: [{ d: { s: 100 } }, null, { d: { s: null } }, { d: null }] },
        errors: [
          { path: ['list', 2, 'd', 's'], code: 'NO_SIZE' },
          { under: ['list', 3], code: 'GONE' },
        ],
      },
    },
    {
      id: 'ERRE-05',
      must: 'MUST',
      title: 'a non-null field that failed is one error, the service’s own, and its parent is null',
      document: '{ hits { ... on Other { text } } twice { id } items { id must } }',
      expected: {
        data: {
          hits: [{ text: 'a' }, {}, { text: 'b' }, {}],
          twice: [{ id: 'i2' }, { id: 'i1' }, { id: 'i2' }],
          items: [{ id: 'i1', must: 10 }, null, null, null],
        },
        errors: [{ path: ['items', 2, 'must'], code: 'UNKNOWN' }, { under: ['items', 3] }],
      },
    },
    {
      id: 'ERRE-06',
      must: 'MUST',
      title: 'a single entity that failed keeps what others gave',
      document: '{ last { id stock } }',
      expected: { data: { last: { id: 'i3', stock: null } }, errors: [{ under: ['last'], code: 'GONE' }] },
    },
  ],
};

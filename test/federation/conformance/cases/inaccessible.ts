import { type ConformanceCase, keyed } from '../form.ts';

const things = [
  { __typename: 'Open', id: '1', secret: 's1', colour: 'RED', next: { __typename: 'Open', id: '2', secret: 's2', colour: 'GREY' } },
  { __typename: 'Open', id: '2', secret: 's2', colour: 'GREY', next: { __typename: 'Hidden', secret: 's3' } },
];

/** A key, a type and an enum value that clients must not see. */
export const conformanceCase: ConformanceCase = {
  name: 'inaccessible',
  subgraphs: {
    things: {
      sdl: `
        type Query { things: [Open!]!  box: Box }
        type Box { shown: Int  kept: Int @inaccessible }
        type Open @key(fields: "secret") { id: ID!  secret: ID! @inaccessible  colour: Colour  next: Either }
        type Hidden @inaccessible { secret: ID! }
        union Either = Open | Hidden
        enum Colour { RED GREY @inaccessible }
      `,
      resolvers: { Query: { things: () => things } },
    },
    extras: {
      sdl: `type Open @key(fields: "secret") { secret: ID!  extra: Int }`,
      resolvers: {
        Open: keyed(
          [
            { secret: 's1', extra: 1 },
            { secret: 's2', extra: 2 },
          ],
          'secret',
        ),
      },
    },
  },
  operations: [
    {
      id: 'INAC-01',
      must: 'MUST',
      title: 'a key that clients cannot see still joins',
      document: '{ things { extra id } }',
      expected: {
        data: {
          things: [
            { extra: 1, id: '1' },
            { extra: 2, id: '2' },
          ],
        },
      },
    },
    {
      id: 'INAC-02',
      must: 'MUST',
      title: 'a field of the client’s making has the hidden key’s name',
      document: '{ things { secret: id extra } }',
      expected: {
        data: {
          things: [
            { secret: '1', extra: 1 },
            { secret: '2', extra: 2 },
          ],
        },
      },
    },
    {
      id: 'INAC-03',
      must: 'MUST',
      title: 'a hidden enum value is no value of the enum: null with an error',
      document: '{ things { id colour } }',
      expected: {
        data: {
          things: [
            { id: '1', colour: 'RED' },
            { id: '2', colour: null },
          ],
        },
        errors: [{ path: ['things', 1, 'colour'] }],
      },
    },
    {
      id: 'INAC-04',
      must: 'MUST',
      title: 'an object of a hidden type is no member of the union: null with an error',
      document: '{ things { next { __typename ... on Open { id } } } }',
      expected: { data: { things: [{ next: { __typename: 'Open', id: '2' } }, { next: null }] }, errors: [{ path: ['things', 1, 'next'] }] },
    },
    {
      id: 'INAC-05',
      must: 'MUST',
      title: 'introspection shows nothing hidden',
      document: `{
        box: __type(name: "Box") { fields { name } }
        hidden: __type(name: "Hidden") { name }
        either: __type(name: "Either") { possibleTypes { name } }
        colour: __type(name: "Colour") { enumValues { name } }
      }`,
      expected: {
        data: {
          box: { fields: [{ name: 'shown' }] },
          hidden: null,
          either: { possibleTypes: [{ name: 'Open' }] },
          colour: { enumValues: [{ name: 'RED' }] },
        },
      },
    },
    {
      id: 'INAC-06',
      must: 'MUST',
      title: 'an object of a hidden type reveals nothing where its type name was not asked for either',
      document: '{ things { next { ... on Open { extra } } } }',
      expected: { data: { things: [{ next: { extra: 2 } }, { next: null }] }, errors: [{ path: ['things', 1, 'next'] }] },
    },
  ],
};

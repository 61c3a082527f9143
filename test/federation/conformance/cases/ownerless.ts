import { type ConformanceCase, keyed } from '../form.ts';

/** An entity that every service extends and none owns, in the first federation's way of writing too; the keys are compared as IDs. */
export const conformanceCase: ConformanceCase = {
  name: 'ownerless',
  subgraphs: {
    births: {
      sdl: `
        extend type Query { births: [Province!]! }
        extend type Province @key(fields: "id") { id: ID! @external  births: Int! }
      `,
      resolvers: {
        Query: {
          births: () => [
            { id: 48, births: 7 },
            { id: '01', births: 9 },
          ],
        },
        Province: keyed(
          [
            { id: '48', births: 7 },
            { id: '01', births: 9 },
          ],
          'id',
        ),
      },
    },
    deaths: {
      sdl: `
        type Query { deaths: [Province!]!  everything: Province }
        type Province @key(fields: "id") @extends { id: ID! @external  deaths: Int }
      `,
      resolvers: {
        Query: {
          deaths: () => [
            { id: '01', deaths: 3 },
            { id: '99', deaths: 1 },
          ],
          everything: () => null,
        },
        Province: keyed([{ id: '01', deaths: 3 }], 'id'),
      },
    },
  },
  operations: [
    {
      id: 'OWNL-01',
      must: 'MUST',
      title: 'from either service to the other; a number as key is the same as its text',
      document: '{ births { id births deaths } }',
      expected: {
        data: {
          births: [
            { id: '48', births: 7, deaths: null },
            { id: '01', births: 9, deaths: 3 },
          ],
        },
      },
    },
    {
      id: 'OWNL-02',
      must: 'MUST',
      title: 'an entity that one service alone knows: its non-null field there is the error, and the list has none to be null in its place',
      document: '{ everything { births } deaths { deaths births } }',
      expected: { data: null, errors: [{ path: ['deaths', 1, 'births'] }] },
    },
    {
      id: 'OWNL-03',
      must: 'MUST',
      title: 'both ways at once, with each other’s names',
      document: '{ births { deaths: births births: deaths } }',
      expected: {
        data: {
          births: [
            { deaths: 7, births: null },
            { deaths: 9, births: 3 },
          ],
        },
      },
    },
  ],
};

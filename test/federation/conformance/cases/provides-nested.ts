import { type ConformanceCase, keyed } from '../form.ts';

const cities = [
  { id: 'c1', name: 'Hue', region: { id: 'r1', title: 'Centre' } },
  { id: 'c2', name: 'Sapa', region: { id: 'r2', title: 'North' } },
];
const regions = [
  { id: 'r1', title: 'Centre', area: 95 },
  { id: 'r2', title: 'North', area: 116 },
];

/** `@provides` that reaches two entities deep. */
export const conformanceCase: ConformanceCase = {
  name: 'provides-nested',
  subgraphs: {
    places: {
      sdl: `
        type Query { cities: [City!]! }
        type City @key(fields: "id") { id: ID!  name: String! @shareable  region: Region! @shareable }
        type Region @key(fields: "id") { id: ID!  title: String! @shareable  area: Int! }
      `,
      resolvers: { Query: { cities: () => cities }, City: keyed(cities, 'id'), Region: keyed(regions, 'id') },
    },
    trips: {
      sdl: `
        type Query { trip: Trip @provides(fields: "to { name region { title } }")  trips: [Trip!]! }
        type Trip { days: Int!  to: City }
        type City @key(fields: "id") { id: ID!  name: String! @external  region: Region! @external }
        type Region @key(fields: "id") { id: ID!  title: String! @external }
      `,
      resolvers: {
        Query: {
          trip: () => ({ days: 3, to: { id: 'c1', name: 'Hue', region: { id: 'r1', title: 'Centre' } } }),
          trips: () => [
            { days: 2, to: { id: 'c2' } },
            { days: 3, to: { id: 'c1' } },
          ],
        },
      },
    },
  },
  operations: [
    {
      id: 'PRON-01',
      must: 'MUST',
      title: 'nested provided fields',
      document: '{ trip { days to { name region { title } } } }',
      expected: { data: { trip: { days: 3, to: { name: 'Hue', region: { title: 'Centre' } } } } },
    },
    {
      id: 'PRON-02',
      must: 'MUST',
      title: 'a nested field that is not provided comes from its owner',
      document: '{ trip { to { region { area title } } } }',
      expected: { data: { trip: { to: { region: { area: 95, title: 'Centre' } } } } },
    },
    {
      id: 'PRON-03',
      must: 'MUST',
      title: 'where nothing is provided all comes from the owner',
      document: '{ trips { to { region { title } name } } }',
      expected: { data: { trips: [{ to: { region: { title: 'North' }, name: 'Sapa' } }, { to: { region: { title: 'Centre' }, name: 'Hue' } }] } },
    },
    {
      id: 'PRON-04',
      must: 'MUST',
      title: 'provided fields under each other’s names',
      document: '{ trip { to { region: name name: region { id: title area } } } }',
      expected: { data: { trip: { to: { region: 'Hue', name: { id: 'Centre', area: 95 } } } } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const parcels = [
  { id: '1', weight: 2, width: 10, label: 77 },
  { id: '2', weight: 5, width: 20, label: 88 },
];

interface Parcel {
  readonly weight: number;
  readonly width: number | null;
}

/** A field computed from two fields of another service. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-simple',
  subgraphs: {
    parcels: {
      sdl: `
        type Query { parcels: [Parcel!]!  parcel(id: ID!): Parcel }
        type Parcel @key(fields: "id") { id: ID!  weight: Int!  width: Int!  label: Int! }
      `,
      resolvers: {
        Query: { parcels: () => parcels, parcel: (_: unknown, { id }: { id: string }) => parcels.find((parcel) => parcel.id === id) },
        Parcel: keyed(parcels, 'id'),
      },
    },
    shipping: {
      sdl: `
        type Query { shipped: [Parcel!]! }
        type Parcel @key(fields: "id") {
          id: ID!
          weight: Int! @external
          width: Int! @external
          cost: Int! @requires(fields: "weight width")
          heavy: Boolean! @requires(fields: "weight")
          carrier: String!
        }
      `,
      resolvers: {
        Query: { shipped: () => [{ id: '2' }] },
        Parcel: {
          cost: ({ weight, width }: Parcel) => weight * (width ?? 0),
          heavy: ({ weight }: Parcel) => weight > 3,
          carrier: ({ id }: { id: string }) => `carrier ${id}`,
        },
      },
    },
  },
  operations: [
    {
      id: 'REQ-01',
      must: 'MUST',
      title: 'required fields are fetched though not asked for, and not answered',
      document: '{ parcels { cost } }',
      expected: { data: { parcels: [{ cost: 20 }, { cost: 100 }] } },
    },
    {
      id: 'REQ-02',
      must: 'MUST',
      title: 'a required field may be asked for as well',
      document: '{ parcel(id: "1") { weight cost heavy } }',
      expected: { data: { parcel: { weight: 2, cost: 20, heavy: false } } },
    },
    {
      id: 'REQ-03',
      must: 'MUST',
      title: 'an alias equal to a required field’s name is not what is required',
      document: '{ parcels { weight: label cost } }',
      expected: {
        data: {
          parcels: [
            { weight: 77, cost: 20 },
            { weight: 88, cost: 100 },
          ],
        },
      },
    },
    {
      id: 'REQ-04',
      must: 'MUST',
      title: 'required fields that exchange their names by aliases',
      document: '{ parcels { weight: width width: weight heavy cost } }',
      expected: {
        data: {
          parcels: [
            { weight: 10, width: 2, heavy: false, cost: 20 },
            { weight: 20, width: 5, heavy: true, cost: 100 },
          ],
        },
      },
    },
    {
      id: 'REQ-05',
      must: 'MUST',
      title: 'from the service that computes, to the one that has the fields, and back',
      document: '{ shipped { carrier cost } }',
      expected: { data: { shipped: [{ carrier: 'carrier 2', cost: 100 }] } },
    },
    {
      id: 'REQ-06',
      must: 'MUST',
      title: 'on the way back an alias of the computing service does not become what is required',
      document: '{ shipped { weight: carrier cost id: heavy } }',
      expected: { data: { shipped: [{ weight: 'carrier 2', cost: 100, id: true }] } },
    },
    {
      id: 'REQ-07',
      must: 'MUST',
      title: 'the computed field twice under aliases, one named as what it requires',
      document: '{ parcel(id: "2") { weight: cost twice: cost } }',
      expected: { data: { parcel: { weight: 100, twice: 100 } } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const seats = [
  { venue: 'opera', row: 1, name: 'Red' },
  { venue: 'opera', row: 2, name: 'Blue' },
  { venue: 'arena', row: 1, name: 'Green' },
];
const prices = [
  { venue: 'opera', row: 1, price: 90 },
  { venue: 'opera', row: 2, price: 70 },
  { venue: 'arena', row: 1, price: 40 },
];

/** A key of two fields; each alone names several entities. */
export const conformanceCase: ConformanceCase = {
  name: 'key-compound',
  subgraphs: {
    seats: {
      sdl: `
        type Query { seats: [Seat!]! }
        type Seat @key(fields: "venue row") { venue: String!  row: Int!  name: String! }
      `,
      resolvers: { Query: { seats: () => seats } },
    },
    prices: {
      sdl: `type Seat @key(fields: "venue row") { venue: String!  row: Int!  price: Int }`,
      resolvers: { Seat: keyed(prices, 'venue', 'row') },
    },
  },
  operations: [
    {
      id: 'KEYC-01',
      must: 'MUST',
      title: 'both fields of the key together find the entity',
      document: '{ seats { name price } }',
      expected: {
        data: {
          seats: [
            { name: 'Red', price: 90 },
            { name: 'Blue', price: 70 },
            { name: 'Green', price: 40 },
          ],
        },
      },
    },
    {
      id: 'KEYC-02',
      must: 'MUST',
      title: 'one key field under an alias leaves the key whole',
      document: '{ seats { where: venue price } }',
      expected: {
        data: {
          seats: [
            { where: 'opera', price: 90 },
            { where: 'opera', price: 70 },
            { where: 'arena', price: 40 },
          ],
        },
      },
    },
    {
      id: 'KEYC-03',
      must: 'MUST',
      title: 'another field under the name of one of the key’s fields does not spoil the key',
      document: '{ seats { venue: name price } }',
      expected: {
        data: {
          seats: [
            { venue: 'Red', price: 90 },
            { venue: 'Blue', price: 70 },
            { venue: 'Green', price: 40 },
          ],
        },
      },
    },
    {
      id: 'KEYC-04',
      must: 'MUST',
      title: 'two key fields that exchange their names by aliases do not exchange their values in the key',
      document: '{ seats { venue: row row: venue price } }',
      expected: {
        data: {
          seats: [
            { venue: 1, row: 'opera', price: 90 },
            { venue: 2, row: 'opera', price: 70 },
            { venue: 1, row: 'arena', price: 40 },
          ],
        },
      },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const base = [{ id: '1' }];

/** Two services that require the same field with different arguments. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-two-arguments',
  subgraphs: {
    prices: {
      sdl: `
        type Query { things: [Thing!]! }
        type Thing @key(fields: "id") { id: ID!  price(factor: Int! = 1): Int!  parts: [Part!]! }
        type Part { mass(unit: String!): Int! }
      `,
      resolvers: {
        Query: { things: () => base },
        Thing: { ...keyed(base, 'id'), price: (_: unknown, { factor }: { factor: number }) => 100 * factor, parts: () => [{}] },
        Part: { mass: (_: unknown, { unit }: { unit: string }) => (unit === 'g' ? 2000 : 2) },
      },
    },
    taxes: {
      sdl: `type Thing @key(fields: "id") {
        id: ID!
        price(factor: Int! = 1): Int! @external
        tax: Int! @requires(fields: "price(factor: 2)")
      }`,
      resolvers: { Thing: { tax: ({ price }: { price: number }) => price + 1 } },
    },
    duties: {
      sdl: `
        type Thing @key(fields: "id") {
          id: ID!
          price(factor: Int! = 1): Int! @external
          parts: [Part!]! @external
          duty: Int! @requires(fields: "price(factor: 3)")
          freight: Int! @requires(fields: "parts { mass(unit: \\"g\\") }")
        }
        type Part { mass(unit: String!): Int! @external }
      `,
      resolvers: {
        Thing: {
          duty: ({ price }: { price: number }) => price + 2,
          freight: ({ parts }: { parts: { mass: number }[] }) => parts[0]?.mass,
        },
      },
    },
  },
  operations: [
    {
      id: 'REQT-01',
      must: 'MUST',
      title: 'each service has its own argument’s value',
      document: '{ things { tax duty } }',
      expected: { data: { things: [{ tax: 201, duty: 302 }] } },
    },
    {
      id: 'REQT-02',
      must: 'MUST',
      title: 'and the client a third',
      document: '{ things { price tax duty } }',
      expected: { data: { things: [{ price: 100, tax: 201, duty: 302 }] } },
    },
    {
      id: 'REQT-03',
      must: 'MUST',
      title: 'one at a time each is right',
      document: '{ a: things { tax } b: things { duty } c: things { price(factor: 4) } }',
      expected: { data: { a: [{ tax: 201 }], b: [{ duty: 302 }], c: [{ price: 400 }] } },
    },
    {
      id: 'REQT-04',
      must: 'MUST',
      title: 'an argument in a nested required selection, beside the client’s other one',
      document: '{ things { parts { mass(unit: "kg") } freight } }',
      expected: { data: { things: [{ parts: [{ mass: 2 }], freight: 2000 }] } },
    },
  ],
};

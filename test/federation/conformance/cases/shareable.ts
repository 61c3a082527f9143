import { type ConformanceCase, keyed } from '../form.ts';

/** A value type that two services give, each with a field that the other has not; and an entity whose name both know. */
export const conformanceCase: ConformanceCase = {
  name: 'shareable',
  subgraphs: {
    people: {
      sdl: `
        type Query { person: Person  position: Position @shareable }
        type Person @key(fields: "id") { id: ID!  name: String! @shareable  home: Position! }
        type Position @shareable { x: Int!  y: Int! }
      `,
      resolvers: { Query: { person: () => ({ id: '1', name: 'An', home: { x: 1, y: 2 } }), position: () => ({ x: 7, y: 8 }) } },
    },
    travel: {
      sdl: `
        type Query { traveller: Person  position: Position @shareable }
        type Person @key(fields: "id") { id: ID!  name: String! @shareable  seen: [Position!]! }
        type Position @shareable { x: Int!  y: Int! }
      `,
      resolvers: {
        Query: { traveller: () => ({ id: '1', name: 'An', seen: [{ x: 3, y: 4 }] }), position: () => ({ x: 7, y: 8 }) },
        Person: keyed(
          [
            {
              id: '1',
              name: 'An',
              seen: [
                { x: 3, y: 4 },
                { x: 5, y: 6 },
              ],
            },
          ],
          'id',
        ),
      },
    },
  },
  operations: [
    {
      id: 'SHA-01',
      must: 'MUST',
      title: 'a shared value type from both services',
      document: '{ person { home { y x } seen { x y } } }',
      expected: {
        data: {
          person: {
            home: { y: 2, x: 1 },
            seen: [
              { x: 3, y: 4 },
              { x: 5, y: 6 },
            ],
          },
        },
      },
    },
    {
      id: 'SHA-02',
      must: 'MUST',
      title: 'a shared field is answered wherever the entity comes from',
      document: '{ person { name } traveller { name } }',
      expected: { data: { person: { name: 'An' }, traveller: { name: 'An' } } },
    },
    {
      id: 'SHA-03',
      must: 'MUST',
      title: 'a shared root field beside fields of both services',
      document: '{ traveller { seen { x } } position { y } person { home { x } } }',
      expected: { data: { traveller: { seen: [{ x: 3 }] }, position: { y: 8 }, person: { home: { x: 1 } } } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const people = [
  { id: '1', name: 'An', friends: [{ id: '2', nick: 'B' }], address: { street: 'Le Loi', city: 'Hue' } },
  {
    id: '2',
    name: 'Binh',
    friends: [
      { id: '1', nick: 'A' },
      { id: '2', nick: 'me' },
    ],
    address: null,
  },
];

/** Fragments whose selections meet in one object, over two services. */
export const conformanceCase: ConformanceCase = {
  name: 'fragments',
  subgraphs: {
    people: {
      sdl: `
        type Query { people: [Person!]! }
        type Person @key(fields: "id") { id: ID!  name: String!  friends: [Friend!]!  address: Address }
        type Friend { nick: String!  person: Person! }
        type Address { street: String!  city: String! }
      `,
      resolvers: {
        Query: { people: () => people },
        Person: keyed(people, 'id'),
        Friend: { person: ({ id }: { id: string }) => people.find((person) => person.id === id) },
      },
    },
    ages: {
      sdl: `type Person @key(fields: "id") { id: ID!  age(in: Unit! = YEARS): Int! } enum Unit { YEARS MONTHS }`,
      resolvers: { Person: { age: ({ id }: { id: string }, { in: unit }: { in: string }) => Number(id) * (unit === 'YEARS' ? 1 : 12) } },
    },
  },
  operations: [
    {
      id: 'FRAG-01',
      must: 'MUST',
      title: 'a fragment in two places of different depth',
      document: '{ people { ...p friends { person { ...p } } } } fragment p on Person { age name }',
      expected: {
        data: {
          people: [
            { age: 1, name: 'An', friends: [{ person: { age: 2, name: 'Binh' } }] },
            { age: 2, name: 'Binh', friends: [{ person: { age: 1, name: 'An' } }, { person: { age: 2, name: 'Binh' } }] },
          ],
        },
      },
    },
    {
      id: 'FRAG-02',
      must: 'MUST',
      title: 'selections of the same field are merged, in the order of their first mention',
      document: `{ people { ...a name ...b } }
        fragment a on Person { address { city } age }
        fragment b on Person { id address { street city } }`,
      expected: {
        data: {
          people: [
            { address: { city: 'Hue', street: 'Le Loi' }, age: 1, name: 'An', id: '1' },
            { address: null, age: 2, name: 'Binh', id: '2' },
          ],
        },
      },
    },
    {
      id: 'FRAG-03',
      must: 'MUST',
      title: 'the same root field from several fragments on the root type is asked as one',
      document: 'query { ...x ... on Query { people { name } } } fragment x on Query { people { age } }',
      expected: {
        data: {
          people: [
            { age: 1, name: 'An' },
            { age: 2, name: 'Binh' },
          ],
        },
      },
    },
    {
      id: 'FRAG-04',
      must: 'MUST',
      title: 'fragments in fragments, with a field of the second service in the innermost',
      document: `{ people { friends { ...f } } }
        fragment f on Friend { ...g nick }
        fragment g on Friend { person { ...h } }
        fragment h on Person { ... { months: age(in: MONTHS) } }`,
      expected: {
        data: {
          people: [
            { friends: [{ person: { months: 24 }, nick: 'B' }] },
            {
              friends: [
                { person: { months: 12 }, nick: 'A' },
                { person: { months: 24 }, nick: 'me' },
              ],
            },
          ],
        },
      },
    },
    {
      id: 'FRAG-05',
      must: 'MUST',
      title: 'a variable used in a fragment only',
      document: 'query ($u: Unit!) { people { ...p } } fragment p on Person { id: age(in: $u) y: age }',
      variables: { u: 'MONTHS' },
      expected: {
        data: {
          people: [
            { id: 12, y: 1 },
            { id: 24, y: 2 },
          ],
        },
      },
    },
    {
      id: 'FRAG-06',
      must: 'MUST',
      title: 'a fragment’s field and the same field under a condition that does not hold',
      document: 'query ($v: Boolean!) { people { ...p @include(if: $v) age } } fragment p on Person { name age }',
      variables: { v: false },
      expected: { data: { people: [{ age: 1 }, { age: 2 }] } },
    },
  ],
};

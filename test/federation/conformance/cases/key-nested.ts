import { type ConformanceCase, keyed } from '../form.ts';

const members = [
  { id: 'm1', name: 'An', team: { id: 't1', title: 'North' } },
  { id: 'm1', name: 'Binh', team: { id: 't2', title: 'South' } },
];
const scores = [
  { id: 'm1', team: { id: 't1' }, score: 10 },
  { id: 'm1', team: { id: 't2' }, score: 20 },
];

/** A key with a field of a nested object; the outer field alone is the same for both entities. */
export const conformanceCase: ConformanceCase = {
  name: 'key-nested',
  subgraphs: {
    members: {
      sdl: `
        type Query { members: [Member!]! }
        type Member @key(fields: "id team { id }") { id: ID!  name: String!  team: Team! }
        type Team { id: ID! @shareable  title: String! }
      `,
      resolvers: { Query: { members: () => members } },
    },
    scores: {
      sdl: `
        type Member @key(fields: "id team { id }") { id: ID!  team: Team!  score: Int! }
        type Team { id: ID! @shareable }
      `,
      resolvers: {
        Member: {
          __resolveReference: ({ id, team }: { id: string; team: { id: string } }) =>
            keyed(
              scores.map((score) => ({ ...score, teamId: score.team.id })),
              'id',
              'teamId',
            ).__resolveReference({ id, teamId: team.id }),
        },
      },
    },
  },
  operations: [
    {
      id: 'KEYN-01',
      must: 'MUST',
      title: 'the nested field is part of the key',
      document: '{ members { name score } }',
      expected: {
        data: {
          members: [
            { name: 'An', score: 10 },
            { name: 'Binh', score: 20 },
          ],
        },
      },
    },
    {
      id: 'KEYN-02',
      must: 'MUST',
      title: 'a selection in the nested object of the key is merged with the key’s own, and only the client’s is answered',
      document: '{ members { team { title } score } }',
      expected: {
        data: {
          members: [
            { team: { title: 'North' }, score: 10 },
            { team: { title: 'South' }, score: 20 },
          ],
        },
      },
    },
    {
      id: 'KEYN-03',
      must: 'MUST',
      title: 'an alias equal to the nested key field’s name does not become the key',
      document: '{ members { team { id: title } score } }',
      expected: {
        data: {
          members: [
            { team: { id: 'North' }, score: 10 },
            { team: { id: 'South' }, score: 20 },
          ],
        },
      },
    },
    {
      id: 'KEYN-04',
      must: 'MUST',
      title: 'a scalar under the name of the key’s object does not become the key',
      document: '{ members { team: name score } }',
      expected: {
        data: {
          members: [
            { team: 'An', score: 10 },
            { team: 'Binh', score: 20 },
          ],
        },
      },
    },
    {
      id: 'KEYN-05',
      must: 'MUST',
      title: 'the key’s object under two aliases',
      document: '{ members { a: team { title } b: team { id } score } }',
      expected: {
        data: {
          members: [
            { a: { title: 'North' }, b: { id: 't1' }, score: 10 },
            { a: { title: 'South' }, b: { id: 't2' }, score: 20 },
          ],
        },
      },
    },
  ],
};

import { type ConformanceCase, failure, keyed } from '../form.ts';

const files = [{ id: '1' }, { id: '2' }];

/** Fields with arguments in both services, selected several times. */
export const conformanceCase: ConformanceCase = {
  name: 'arguments',
  subgraphs: {
    files: {
      sdl: `
        type Query { files(first: Int): [File!]! }
        type File @key(fields: "id") { id: ID!  name(upper: Boolean = false): String! }
      `,
      resolvers: {
        Query: { files: (_: unknown, { first }: { first?: number }) => files.slice(0, first) },
        File: { ...keyed(files, 'id'), name: ({ id }: { id: string }, { upper }: { upper: boolean }) => (upper ? `FILE ${id}` : `file ${id}`) },
      },
    },
    versions: {
      sdl: `
        type File @key(fields: "id") { id: ID!  versions(last: Int!): [Version!]! }
        type Version { number: Int!  file: File!  note(length: Int!): String }
      `,
      resolvers: {
        File: {
          versions: ({ id }: { id: string }, { last }: { last: number }) => Array.from({ length: last }, (_, index) => ({ number: index + 1, file: { id } })),
        },
        Version: { note: (_: unknown, { length }: { length: number }) => (length < 0 ? failure('NEGATIVE') : 'note'.slice(0, length)) },
      },
    },
  },
  operations: [
    {
      id: 'ARGS-01',
      must: 'MUST',
      title: 'the same list with two arguments keeps two lists of different length',
      document: '{ files { a: versions(last: 1) { number } b: versions(last: 2) { n: number } } }',
      expected: {
        data: {
          files: [
            { a: [{ number: 1 }], b: [{ n: 1 }, { n: 2 }] },
            { a: [{ number: 1 }], b: [{ n: 1 }, { n: 2 }] },
          ],
        },
      },
    },
    {
      id: 'ARGS-02',
      must: 'MUST',
      title: 'from both lists back to the first service with different arguments',
      document: '{ files(first: 1) { a: versions(last: 1) { file { name } } b: versions(last: 1) { file { name(upper: true) } } name } }',
      expected: { data: { files: [{ a: [{ file: { name: 'file 1' } }], b: [{ file: { name: 'FILE 1' } }], name: 'file 1' }] } },
    },
    {
      id: 'ARGS-03',
      must: 'MUST',
      title: 'root lists of different length under aliases, joined each on its own',
      document: '{ one: files(first: 1) { versions(last: 0) { number } } all: files { id versions(last: 1) { number } } }',
      expected: {
        data: {
          one: [{ versions: [] }],
          all: [
            { id: '1', versions: [{ number: 1 }] },
            { id: '2', versions: [{ number: 1 }] },
          ],
        },
      },
    },
    {
      id: 'ARGS-04',
      must: 'MUST',
      title: 'one of two calls of the same field fails: the error is at its alias',
      document: '{ files(first: 1) { versions(last: 1) { ok: note(length: 2) bad: note(length: -1) } } }',
      expected: { data: { files: [{ versions: [{ ok: 'no', bad: null }] }] }, errors: [{ path: ['files', 0, 'versions', 0, 'bad'], code: 'NEGATIVE' }] },
    },
    {
      id: 'ARGS-05',
      must: 'MUST',
      title: 'an alias is the plain name of a field with other arguments',
      document: '{ files(first: 1) { name: name(upper: true) id: name } }',
      expected: { data: { files: [{ name: 'FILE 1', id: 'file 1' }] } },
    },
    {
      id: 'ARGS-06',
      must: 'MUST',
      title: 'an empty list at the root asks nobody further',
      document: '{ files(first: 0) { versions(last: 1) { file { name } } } }',
      expected: { data: { files: [] } },
    },
  ],
};

import { type ConformanceCase, keyed } from '../form.ts';

const free = { __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null };

/** Scalars that are objects on the wire, and values at the edges of the built-in ones. */
export const conformanceCase: ConformanceCase = {
  name: 'scalars',
  subgraphs: {
    things: {
      sdl: `
        scalar Anything
        type Query { thing: Thing  things: [Thing!]!  anything: Anything }
        type Thing @key(fields: "code") { code: Anything!  raw: Anything  raws: [Anything] }
      `,
      resolvers: {
        Query: {
          thing: () => ({ code: { part: 1, id: 'c' }, raw: free, raws: [free, null, [], 'text'] }),
          things: () => [{ code: { part: 2, id: 'c' } }, { code: { part: 1, id: 'c' } }],
          anything: () => ({ thing: { id: '1' }, data: null, errors: [] }),
        },
      },
    },
    values: {
      sdl: `
        scalar Anything
        type Thing @key(fields: "code") {
          code: Anything!  int: Int  float: Float  whole: Float  text: String  yes: Boolean  id: ID  raw2: Anything
        }
      `,
      resolvers: {
        Thing: keyed(
          [
            { code: { part: 1, id: 'c' }, int: -2147483648, float: 1e-7, whole: 3, text: '', yes: false, id: 12, raw2: { raw: free } },
            { code: { part: 2, id: 'c' }, int: 0, float: 0.1, whole: 1e21, text: '\u0000 "', yes: true, id: 'x', raw2: 0 },
          ],
          'code',
        ),
      },
    },
  },
  operations: [
    {
      id: 'SCAL-01',
      must: 'MUST',
      title: 'a scalar that is an object comes through as it is, with what in it looks like an entity',
      document: '{ thing { raw raws } }',
      expected: {
        data: {
          thing: {
            raw: { __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null },
            raws: [{ __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null }, null, [], 'text'],
          },
        },
      },
    },
    {
      id: 'SCAL-02',
      must: 'MUST',
      title: 'a key that is such a scalar joins by its whole value',
      document: '{ things { id text } thing { id int code } }',
      expected: {
        data: {
          things: [
            { id: 'x', text: '\u0000 "' },
            { id: '12', text: '' },
          ],
          thing: { id: '12', int: -2147483648, code: { part: 1, id: 'c' } },
        },
      },
    },
    {
      id: 'SCAL-03',
      must: 'MUST',
      title: 'zero, false and the empty string are not null, small and large numbers keep their value',
      document: '{ things { int float whole text yes raw2 } }',
      expected: {
        data: {
          things: [
            { int: 0, float: 0.1, whole: 1e21, text: '\u0000 "', yes: true, raw2: 0 },
            {
              int: -2147483648,
              float: 1e-7,
              whole: 3,
              text: '',
              yes: false,
              raw2: { raw: { __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null } },
            },
          ],
        },
      },
    },
    {
      id: 'SCAL-04',
      must: 'MUST',
      title: 'two such scalars under each other’s names, from two services',
      document: '{ thing { raw: raw2 raw2: raw } anything }',
      expected: {
        data: {
          thing: {
            raw: { raw: { __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null } },
            raw2: { __typename: 'Thing', id: '9', a: [1, { id: 'x' }], n: null },
          },
          anything: { thing: { id: '1' }, data: null, errors: [] },
        },
      },
    },
  ],
};

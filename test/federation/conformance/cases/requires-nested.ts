import { type ConformanceCase, keyed } from '../form.ts';

const boxes = [
  {
    id: '1',
    size: { width: 2, height: 3, depth: { mm: 10 } },
    items: [
      { price: 5, count: 2 },
      { price: 1, count: 1 },
    ],
    tags: ['x', 'y'],
  },
  { id: '2', size: null, items: [], tags: null },
];

interface Box {
  readonly size: { readonly width: number; readonly depth: { readonly mm: number } } | null;
  readonly items: readonly { readonly price: number }[];
  readonly tags: readonly string[] | null;
}

/** What is required is nested, in a list, or a list of scalars. */
export const conformanceCase: ConformanceCase = {
  name: 'requires-nested',
  subgraphs: {
    boxes: {
      sdl: `
        type Query { boxes: [Box!]! }
        type Box @key(fields: "id") { id: ID!  size: Size  items: [Item!]!  tags: [String!] }
        type Size { width: Int!  height: Int!  depth: Depth! }
        type Depth { mm: Int! }
        type Item { price: Int!  count: Int! }
      `,
      resolvers: { Query: { boxes: () => boxes }, Box: keyed(boxes, 'id') },
    },
    costs: {
      sdl: `
        type Box @key(fields: "id") {
          id: ID!
          size: Size @external
          items: [Item!]! @external
          tags: [String!] @external
          volume: Int! @requires(fields: "size { width depth { mm } }")
          sum: Int! @requires(fields: "items { price }")
          tagged: String! @requires(fields: "tags")
        }
        type Size { width: Int! @external  depth: Depth! @external }
        type Depth { mm: Int! @external }
        type Item { price: Int! @external }
      `,
      resolvers: {
        Box: {
          volume: ({ size }: Box) => (size === null ? 0 : size.width * size.depth.mm),
          sum: ({ items }: Box) => items.reduce((sum, { price }) => sum + price, 0),
          tagged: ({ tags }: Box) => JSON.stringify(tags),
        },
      },
    },
  },
  operations: [
    {
      id: 'REQO-01',
      must: 'MUST',
      title: 'a nested required selection, of which one is null',
      document: '{ boxes { volume } }',
      expected: { data: { boxes: [{ volume: 20 }, { volume: 0 }] } },
    },
    {
      id: 'REQO-02',
      must: 'MUST',
      title: 'a required list of objects, and one of scalars',
      document: '{ boxes { sum tagged } }',
      expected: {
        data: {
          boxes: [
            { sum: 6, tagged: '["x","y"]' },
            { sum: 0, tagged: 'null' },
          ],
        },
      },
    },
    {
      id: 'REQO-03',
      must: 'MUST',
      title: 'the client’s own selection in what is required is answered without what is required',
      document: '{ boxes { size { height } items { count } volume sum } }',
      expected: {
        data: {
          boxes: [
            { size: { height: 3 }, items: [{ count: 2 }, { count: 1 }], volume: 20, sum: 6 },
            { size: null, items: [], volume: 0, sum: 0 },
          ],
        },
      },
    },
    {
      id: 'REQO-04',
      must: 'MUST',
      title: 'aliases inside the required objects are not what is required',
      document: '{ boxes { size { width: height } items { price: count } volume sum } }',
      expected: {
        data: {
          boxes: [
            { size: { width: 3 }, items: [{ price: 2 }, { price: 1 }], volume: 20, sum: 6 },
            { size: null, items: [], volume: 0, sum: 0 },
          ],
        },
      },
    },
    {
      id: 'REQO-05',
      must: 'MUST',
      title: 'the required list’s name is another field’s, and the list has another name',
      document: '{ boxes { items: tags tags: items { count } sum tagged } }',
      expected: {
        data: {
          boxes: [
            { items: ['x', 'y'], tags: [{ count: 2 }, { count: 1 }], sum: 6, tagged: '["x","y"]' },
            { items: null, tags: [], sum: 0, tagged: 'null' },
          ],
        },
      },
    },
  ],
};

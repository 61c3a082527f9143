import type { FakeSubgraphParts } from './fake-subgraph.ts';

/** Three subgraphs that each make the same cells and count something of their own in them; `agencies` knows the places' names besides. */
export interface SharedGraph {
  readonly parts: readonly FakeSubgraphParts[];
  /** The cells that a subgraph makes, in this order, by the number that stands in for all their coordinates; the same in all to begin with. */
  readonly cells: Record<'agencies' | 'calls' | 'victims', readonly number[]>;
  reset(): void;
}

const CELLS = [1, 2, 3, 4];
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

const SHARED = /* GraphQL */ `
  ${LINK}
  type Span @shareable {
    from: Int!
    to: Int!
  }
  extend type Query {
    cells(count: Int, above: Int! = 0): [Cell!] @shareable
  }
  extend type Cell @key(fields: "id") {
    id: ID!
    span: Span! @shareable
    place: Place @shareable
  }
`;
const PLACE_BY_ID = 'type Place @key(fields: "id", resolvable: false) { id: ID! }';

/** Every cell n is in place `Pn`, spans n to n + 1, and has n * 10 apples and n * 100 pears. */
export function sharedGraph(): SharedGraph {
  const cells: SharedGraph['cells'] = { agencies: CELLS, calls: CELLS, victims: CELLS };
  const cell = (id: string | number) => {
    const n = Number(id);
    return { id: String(n), span: { from: n, to: n + 1 }, place: { id: `P${n}` } };
  };
  const query = (name: keyof SharedGraph['cells']) => ({
    cells: (_: unknown, { count = null, above }: { count?: number | null; above: number }) =>
      cells[name]
        .filter((n) => n > above)
        .slice(0, count ?? undefined)
        .map(cell),
  });
  return {
    cells,
    reset: () => void Object.assign(cells, { agencies: CELLS, calls: CELLS, victims: CELLS }),
    parts: [
      {
        name: 'agencies',
        typeDefs: `${SHARED} type Query { open: Int } type Cell { note: String } type Place @key(fields: "id") { id: ID! name: String }`,
        resolvers: {
          Query: { ...query('agencies'), open: () => 7 },
          Cell: { __resolveReference: ({ id }: { id: string }) => cell(id), note: ({ id }: { id: string }) => `note ${id}` },
          Place: { __resolveReference: (place: object) => place, name: ({ id }: { id: string }) => `Place ${id}` },
        },
      },
      {
        name: 'calls',
        typeDefs: `${SHARED} ${PLACE_BY_ID} type Query { baskets: Int } type Cell { apples: Apples } type Apples { total: Int! }`,
        resolvers: {
          Query: { ...query('calls'), baskets: () => 5 },
          Cell: { __resolveReference: ({ id }: { id: string }) => cell(id), apples: ({ id }: { id: string }) => ({ total: Number(id) * 10 }) },
        },
      },
      {
        name: 'victims',
        typeDefs: `${SHARED} ${PLACE_BY_ID} type Cell { pears: Int }`,
        resolvers: {
          Query: query('victims'),
          Cell: { __resolveReference: ({ id }: { id: string }) => cell(id), pears: ({ id }: { id: string }) => Number(id) * 100 },
        },
      },
    ],
  };
}

import type { FakeSubgraphParts } from './fake-subgraph.ts';

/**
 * A graph with the joints of the real one and little else: cells that three subgraphs contribute to and one works out indicators from,
 * references to entities of another subgraph, dates, and mutations.
 */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])';

const AGENCIES = /* GraphQL */ `
  ${LINK}
  scalar Date
  scalar Geography
  type Query {
    statistics(period: PeriodInput!, cells: Int! = 1, geography: Geography! = "AS_RECORDED"): [StatisticsCell!]!
    provinces: [Province!]
  }
  input PeriodInput {
    from: Date!
    to: Date!
  }
  type StatisticsCell @key(fields: "id") {
    id: ID!
    from: Date
    province: Province
    calls: CallStatistics @external
    referrals: ReferralStatistics @external
    victims: VictimStatistics @external
    indicators: Indicators @requires(fields: "calls { total } referrals { cases } victims { persons }")
  }
  type CallStatistics {
    total: Int! @external
  }
  type ReferralStatistics {
    cases: Int! @external
  }
  type VictimStatistics {
    persons: Int! @external
  }
  type Indicators {
    referralShare: Float
    victimsPerCase: Float
  }
  type Province @key(fields: "id") {
    id: ID!
    name: String
    successor: Province
  }
`;

const CALLS = /* GraphQL */ `
  ${LINK}
  scalar DateTime
  type Query {
    recentCalls(count: Int!): [Call!]
  }
  type Mutation {
    forgetCalls: Boolean
    recordCall: Call
  }
  type Call @key(fields: "id") {
    id: ID!
    province: Province
  }
  type Province @key(fields: "id", resolvable: false) {
    id: ID!
  }
  type StatisticsCell @key(fields: "id") {
    id: ID!
    calls: CallStatistics
  }
  type CallStatistics {
    total: Int!
    asOf: DateTime
    byCategory: [CallsByCategory!]!
  }
  type CallsByCategory {
    category: String!
    total: Int!
  }
`;

const REFERRALS = /* GraphQL */ `
  ${LINK}
  type Query {
    openCases(since: ID): Int
  }
  type StatisticsCell @key(fields: "id") {
    id: ID!
    referrals: ReferralStatistics
  }
  type ReferralStatistics {
    cases: Int!
    handovers: Int!
  }
`;

const VICTIMS = /* GraphQL */ `
  ${LINK}
  type Query {
    shelters: Int
  }
  type StatisticsCell @key(fields: "id") {
    id: ID!
    victims: VictimStatistics
  }
  type VictimStatistics {
    persons: Int!
  }
`;

type Cell = { id: string; calls?: { total: number } | null; referrals?: { cases: number } | null; victims?: { persons: number } | null };
type Key = { id: string };

const ratio = (numerator: number | undefined, denominator: number | undefined) =>
  numerator === undefined || denominator === undefined ? null : numerator / denominator;

/** Every cell has 100 calls, 20 cases, 30 handovers and 10 persons; there are 34 provinces. */
export const SMALL_GRAPH: readonly FakeSubgraphParts[] = [
  {
    name: 'agencies',
    typeDefs: AGENCIES,
    resolvers: {
      Query: {
        statistics: (_: unknown, { cells, period }: { cells: number; period: { from: string } }) =>
          Array.from({ length: cells }, (_none, index) => ({ id: `cell-${index}`, from: period.from, province: { id: `P${index % 34}` } })),
        provinces: () => Array.from({ length: 34 }, (_none, index) => ({ id: `P${index}` })),
      },
      StatisticsCell: {
        __resolveReference: (cell: Cell) => cell,
        indicators: ({ calls, referrals, victims }: Cell) => ({
          referralShare: ratio(referrals?.cases, calls?.total),
          victimsPerCase: ratio(victims?.persons, referrals?.cases),
        }),
      },
      Province: {
        __resolveReference: (key: Key) => key,
        name: ({ id }: Key) => `Tỉnh ${id}`,
        successor: ({ id }: Key) => (id === 'P0' ? null : { id: 'P0' }),
      },
    },
  },
  {
    name: 'calls',
    typeDefs: CALLS,
    resolvers: {
      Query: {
        recentCalls: (_: unknown, { count }: { count: number }) =>
          Array.from({ length: count }, (_none, index) => ({ id: `call-${index}`, province: { id: `P${index % 3}` } })),
      },
      Mutation: { forgetCalls: () => true, recordCall: () => ({ id: 'call-new', province: { id: 'P7' } }) },
      StatisticsCell: {
        __resolveReference: ({ id }: Key) => ({
          id,
          calls: { total: 100, asOf: '2021-10-01T00:00:00.000Z', byCategory: [{ category: 'INFORMATION', total: 100 }] },
        }),
      },
    },
  },
  {
    name: 'referrals',
    typeDefs: REFERRALS,
    resolvers: {
      Query: { openCases: () => 3 },
      StatisticsCell: { __resolveReference: ({ id }: Key) => ({ id, referrals: { cases: 20, handovers: 30 } }) },
    },
  },
  {
    name: 'victims',
    typeDefs: VICTIMS,
    resolvers: { Query: { shelters: () => 2 }, StatisticsCell: { __resolveReference: ({ id }: Key) => ({ id, victims: { persons: 10 } }) } },
  },
];

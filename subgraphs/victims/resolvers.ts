import { DateTimeScalar } from '#schema/scalars.ts';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { provenanceFields, resolveCell, statisticsFields } from '#shared/figures.ts';
import { type Row, reference } from '#shared/records.ts';
import type { RequestContext, Resolvers } from '#shared/subgraph.ts';
import type { Loaders } from './loaders.ts';
import { ageBand } from './rules.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the victims subgraph answers. */
export const resolvers: Resolvers = {
  DateTime: DateTimeScalar,
  Query: {
    victim: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.victims.load(id),
    support: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.supports.load(id),
  },
  StatisticsCell: {
    __resolveReference: (cell: { id: string }) => ({ ...cell, coordinates: resolveCell(cell) }),
    victims: ({ coordinates }: { coordinates: StatisticsCell }) => coordinates,
  },
  VictimStatistics: { ...provenanceFields, ...statisticsFields(statistics) },
  Victim: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.victims.load(id),
    case: (victim: Row) => reference('ReferralCase', victim['caseId']),
    ageBand: (victim: Row) => ageBand(victim['ageAtTrafficking'] as number | null),
    originProvince: (victim: Row) => reference('Province', victim['originProvince']),
    agency: (victim: Row) => reference('Agency', victim['agency']),
    supports: ({ id }: Row, _: unknown, { loaders }: Context) => loaders.supportsOfVictim.load(String(id)),
  },
  SupportService: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.supports.load(id),
    victim: ({ victimId }: Row, _: unknown, { loaders }: Context) => loaders.victims.load(String(victimId)),
    agency: (support: Row) => reference('Agency', support['agency']),
  },
};

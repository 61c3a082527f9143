import { DateTimeScalar } from '#schema/scalars.ts';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { provenanceFields, resolveCell, statisticsFields } from '#shared/figures.ts';
import { type Row, reference } from '#shared/records.ts';
import type { RequestContext, Resolvers } from '#shared/subgraph.ts';
import type { Loaders } from './loaders.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the referrals subgraph answers. */
export const resolvers: Resolvers = {
  DateTime: DateTimeScalar,
  Query: {
    referralCase: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.cases.load(id),
    handover: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.handovers.load(id),
  },
  StatisticsCell: {
    __resolveReference: (cell: { id: string }) => ({ ...cell, coordinates: resolveCell(cell) }),
    referrals: ({ coordinates }: { coordinates: StatisticsCell }) => coordinates,
  },
  ReferralStatistics: { ...provenanceFields, ...statisticsFields(statistics) },
  ReferralCase: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.cases.load(id),
    call: (referralCase: Row) => reference('Call', referralCase['callId']),
    province: (referralCase: Row) => reference('Province', referralCase['province']),
    agency: (referralCase: Row) => reference('Agency', referralCase['agency']),
    handovers: ({ id }: Row, _: unknown, { loaders }: Context) => loaders.handoversOfCase.load(String(id)),
  },
  Handover: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.handovers.load(id),
    case: ({ caseId }: Row, _: unknown, { loaders }: Context) => loaders.cases.load(String(caseId)),
    fromAgency: (handover: Row) => reference('Agency', handover['fromAgency']),
    toAgency: (handover: Row) => reference('Agency', handover['toAgency']),
    redirectedFrom: ({ redirectedFromId }: Row, _: unknown, { loaders }: Context) =>
      redirectedFromId ? loaders.handovers.load(String(redirectedFromId)) : null,
  },
};

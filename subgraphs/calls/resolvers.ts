import { DateTimeScalar } from '#schema/scalars.ts';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { provenanceFields, resolveCell, statisticsFields } from '#shared/figures.ts';
import { type Row, reference } from '#shared/records.ts';
import type { RequestContext, Resolvers } from '#shared/subgraph.ts';
import type { Loaders } from './loaders.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the calls subgraph answers. */
export const resolvers: Resolvers = {
  DateTime: DateTimeScalar,
  Query: {
    call: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.calls.load(id),
  },
  StatisticsCell: {
    __resolveReference: (cell: { id: string }) => ({ ...cell, coordinates: resolveCell(cell) }),
    calls: ({ coordinates }: { coordinates: StatisticsCell }) => coordinates,
  },
  CallStatistics: { ...provenanceFields, ...statisticsFields(statistics) },
  Call: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.calls.load(id),
    province: (call: Row) => reference('Province', call['province']),
    agency: (call: Row) => reference('Agency', call['agency']),
  },
};

import { DateScalar, DateTimeScalar, GeographyScalar } from '#schema/scalars.ts';
import { accessesField, accessFields } from '#shared/access-log/reading.ts';
import { mutationFields } from '#shared/acts/mutations.ts';
import { provenanceFields, statisticsFields } from '#shared/figures.ts';
import { childField, listField } from '#shared/lists/connection.ts';
import { eventFields, eventsField } from '#shared/lists/events.ts';
import { mustExist, type Row, reference } from '#shared/records.ts';
import { type Cell, cellFields, statisticsQuery } from '#shared/statistics-root.ts';
import type { RequestContext, Resolvers } from '#shared/subgraph.ts';
import { acts } from './acts.ts';
import { CALL_LIST, type Loaders } from './loaders.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the calls subgraph answers. */
export const resolvers: Resolvers = {
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Geography: GeographyScalar,
  Query: {
    ...statisticsQuery,
    callAccesses: (_: unknown, call: { id: string }, context: Context) => accessesField(call, {}, context),
    call: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.calls.load(id),
    calls: listField(CALL_LIST),
  },
  Mutation: mutationFields(acts),
  StatisticsCell: {
    ...cellFields,
    calls: ({ coordinates }: Cell) => coordinates,
  },
  CallStatistics: { ...provenanceFields, ...statisticsFields(statistics) },
  Call: {
    __resolveReference: mustExist('Call', ({ loaders }: Context) => loaders.calls),
    province: (call: Row) => reference('Province', call['province']),
    agency: (call: Row) => reference('Agency', call['agency']),
    events: eventsField('call', CALL_LIST),
  },
  RecordEvent: eventFields,
  Access: accessFields,
  Province: { calls: childField(CALL_LIST, 'province') },
  Agency: { calls: childField(CALL_LIST, 'agency') },
};

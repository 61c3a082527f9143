import { isCasePass } from '#schema/case-pass.ts';
import { DateScalar, DateTimeScalar, GeographyScalar } from '#schema/scalars.ts';
import { accessesField, accessFields } from '#shared/access-log/reading.ts';
import { mutationFields } from '#shared/acts/mutations.ts';
import { provenanceFields, statisticsFields } from '#shared/figures.ts';
import { childField, listField } from '#shared/lists/connection.ts';
import { eventFields, eventsField } from '#shared/lists/events.ts';
import { addPass } from '#shared/reach.ts';
import { mustExist, type Row, reference } from '#shared/records.ts';
import { type Cell, cellFields, statisticsQuery } from '#shared/statistics-root.ts';
import type { RequestContext, Resolvers } from '#shared/subgraph.ts';
import { acts } from './acts.ts';
import { type Loaders, SUPPORT_LIST, VICTIM_LIST } from './loaders.ts';
import { ageBand } from './rules.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What belongs to keys that cross from another service, and what belongs to cells. */
const { casePersons, sharedCases, ...figures } = statistics;

const listVictims = childField(VICTIM_LIST, 'case');

/** What the victims subgraph answers. */
export const resolvers: Resolvers = {
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Geography: GeographyScalar,
  Query: {
    ...statisticsQuery,
    victim: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.victims.load(id),
    support: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.supports.load(id),
    victims: listField(VICTIM_LIST),
    supports: listField(SUPPORT_LIST),
  },
  Mutation: mutationFields(acts),
  StatisticsCell: {
    ...cellFields,
    victims: ({ coordinates }: Cell) => coordinates,
  },
  VictimStatistics: { ...provenanceFields, ...statisticsFields(figures) },
  CasePersons: { __resolveReference: casePersons },
  SharedCases: { __resolveReference: sharedCases },
  Victim: {
    __resolveReference: mustExist('Victim', ({ loaders }: Context) => loaders.victims),
    case: (victim: Row) => reference('ReferralCase', victim['caseId']),
    ageBand: (victim: Row) => ageBand(victim['ageAtTrafficking'] as number | null),
    originProvince: (victim: Row) => reference('Province', victim['originProvince']),
    agency: (victim: Row) => reference('Agency', victim['agency']),
    supports: childField(SUPPORT_LIST, 'victim'),
    events: eventsField('victim', VICTIM_LIST),
    accesses: accessesField,
  },
  SupportService: {
    __resolveReference: mustExist('SupportService', ({ loaders }: Context) => loaders.supports),
    victim: ({ victimId }: Row, _: unknown, { loaders }: Context) => loaders.victims.load(String(victimId)),
    agency: (support: Row) => reference('Agency', support['agency']),
    events: eventsField('support', SUPPORT_LIST),
    accesses: accessesField,
  },
  RecordEvent: eventFields,
  Access: accessFields,
  ReferralCase: { victims: victimsOfCase },
  Province: { victims: childField(VICTIM_LIST, 'province') },
  Agency: { victims: childField(VICTIM_LIST, 'agency'), supports: childField(SUPPORT_LIST, 'agency') },
};

/**
 * The persons of a case, for whoever the coordinating desk gave a pass for it: the gateway brings the pass with the case. Without one, or with one
 * that is no good, those are seen that are seen anyhow.
 */
function victimsOfCase(referralCase: { readonly id: string; readonly pass?: string | null }, args: object, context: Context): unknown {
  const { caller, passKey, reach } = context;
  const { id, pass } = referralCase;
  if (pass && caller.agency !== null && isCasePass(passKey, caller.agency, id, pass)) addPass(reach, id);
  return listVictims(referralCase, args, context);
}

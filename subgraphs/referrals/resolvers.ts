import { makeCasePass } from '#schema/case-pass.ts';
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
import { CASE_LIST, HANDOVER_LIST, type Loaders } from './loaders.ts';
import { dueAt } from './rules.ts';
import * as statistics from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What belongs to keys that cross from another service, and what belongs to cells. */
const { callReferral, identifiedCases, minorCases, ...figures } = statistics;

/** What the referrals subgraph answers. */
export const resolvers: Resolvers = {
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Geography: GeographyScalar,
  Query: {
    ...statisticsQuery,
    referralCase: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.cases.load(id),
    handover: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.handovers.load(id),
    referralCases: listField(CASE_LIST),
    handovers: listField(HANDOVER_LIST),
  },
  Mutation: mutationFields(acts),
  StatisticsCell: {
    ...cellFields,
    referrals: ({ coordinates }: Cell) => coordinates,
  },
  ReferralStatistics: { ...provenanceFields, ...statisticsFields(figures) },
  CallReferral: { __resolveReference: callReferral },
  IdentifiedCases: { __resolveReference: identifiedCases },
  MinorCases: { __resolveReference: minorCases },
  ReferralCase: {
    __resolveReference: mustExist('ReferralCase', ({ loaders }: Context) => loaders.cases),
    call: (referralCase: Row) => reference('Call', referralCase['callId']),
    province: (referralCase: Row) => reference('Province', referralCase['province']),
    agency: (referralCase: Row) => reference('Agency', referralCase['agency']),
    handovers: childField(HANDOVER_LIST, 'case'),
    pass: casePass,
    events: eventsField('case', CASE_LIST),
    accesses: accessesField,
  },
  Handover: {
    __resolveReference: mustExist('Handover', ({ loaders }: Context) => loaders.handovers),
    case: ({ caseId }: Row, _: unknown, { loaders }: Context) => loaders.cases.load(String(caseId)),
    fromAgency: (handover: Row) => reference('Agency', handover['fromAgency']),
    toAgency: (handover: Row) => reference('Agency', handover['toAgency']),
    redirectedFrom: ({ redirectedFromId }: Row, _: unknown, { loaders }: Context) =>
      redirectedFromId ? loaders.handovers.load(String(redirectedFromId)) : null,
    redirectedTo: ({ id }: Row, _: unknown, { loaders }: Context) => loaders.inPlaceOf.load(String(id)),
    dueAt: (handover: Row, _: unknown, { settings }: Context) => dueOf(handover, settings),
    overdue: (handover: Row, _: unknown, { settings }: Context) => Number(dueOf(handover, settings) ?? Number.POSITIVE_INFINITY) < Date.now(),
    events: eventsField('handover', HANDOVER_LIST),
    accesses: accessesField,
  },
  HandoverEvent: eventFields,
  RecordEvent: eventFields,
  Access: accessFields,
  Call: { case: ({ id }: Row, _: unknown, { loaders }: Context) => loaders.caseOfCall.load(String(id)) },
  Province: { cases: childField(CASE_LIST, 'province') },
  Agency: {
    cases: childField(CASE_LIST, 'agency'),
    handoversSent: childField(HANDOVER_LIST, 'fromAgency'),
    handoversReceived: childField(HANDOVER_LIST, 'toAgency'),
  },
};

function dueOf(handover: Row, settings: Context['settings']): Date | null {
  return dueAt({ state: handover['state'], sentAt: handover['sentAt'] }, Number(settings['VERIFICATION_DAYS']));
}

/** For the caller's agency; empty where there is none, or where the case, once answered to an act, has gone out of its sight. */
async function casePass({ id }: Row, _: unknown, { caller, loaders, passKey }: Context): Promise<string> {
  if (caller.agency === null || (await loaders.cases.load(String(id))) === null) return '';
  return makeCasePass(passKey, caller.agency, String(id));
}

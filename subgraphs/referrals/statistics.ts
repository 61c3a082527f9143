import { encodeCellId, type StatisticsCell } from '#schema/statistics-cell.ts';
import { codes } from '#schema/code-lists.ts';
import {
  byCode,
  type Counts,
  countOver,
  type FigureUnit,
  loadCounts,
  loadTogether,
  loadTotal,
  loadUnassigned,
  loadUnlocated,
  mostFirst,
  ratio,
  resolveCell,
  share,
  sum,
} from '#shared/figures.ts';
import { reference } from '#shared/records.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { loadConsentRule, readCallerTypes, readMinors, readOverdue, readSharedCases } from './loaders.ts';
import { consentOf, quantile } from './rules.ts';

/** What figures about cases count. */
export function caseUnit() {
  return 'CASES';
}

/** What figures about handovers count. */
export function handoverUnit() {
  return 'HANDOVERS';
}

/** Referral cases opened. */
export function cases(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'case', 'total');
}

/** Referral cases whose province is not known. */
export function casesUnlocated(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnlocated(context, cell, 'case', 'total');
}

/** Referral cases whose agency is not known. */
export function casesUnassigned(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnassigned(context, cell, 'case', 'total');
}

/** Referral cases by stage. */
export async function casesByStage(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'case', 'stage'), cases(cell, context)]);
  return byCode(counts, 'CaseStage', 'stage', 'cases', whole, 'CASES');
}

/** Referral cases that came from a call, on the day of the call. */
export function casesFromCalls(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'caseFromCall', 'total');
}

/** What crosses to the service that knows the persons: the cell, and its cases as the denominator. */
export async function persons(cell: StatisticsCell, context: RequestContext) {
  return { cell: encodeCellId(cell), cases: await cases(cell, context) };
}

/** Referral cases by the number of agencies they were sent to. */
export async function casesByAgencies(cell: StatisticsCell, context: RequestContext) {
  return byNumber(await loadCounts(context, cell, 'caseDetail', 'agencies'), 'agencies');
}

/** Referral cases by the number of handovers sent. */
export async function casesByHandovers(cell: StatisticsCell, context: RequestContext) {
  return byNumber(await loadCounts(context, cell, 'caseDetail', 'handovers'), 'handovers');
}

/** Handovers sent of the cases opened, per case. */
export async function handoversPerCase(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'caseDetail', 'handovers');
  const sent = [...counts].reduce((total, [number, n]) => total + Number(number) * n, 0);
  return ratio(sent, 'HANDOVERS', sum(counts), 'CASES');
}

/** Pairs of agencies that had the same cases. */
export async function agencyPairs(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'caseDetail', 'agencyPair'), cases(cell, context)]);
  return mostFirst(counts).map(([pair, n]) => {
    const [first, second] = pair.split('|');
    return { first: reference('Agency', first), second: reference('Agency', second), cases: n, share: share(n, whole, 'CASES') };
  });
}

/** The cases sent to several agencies, sealed for the service that knows their persons. */
export async function sharedCases(cell: StatisticsCell, context: RequestContext) {
  const [shared, whole] = await Promise.all([loadTogether(context, 'shared cases', cell, (cells) => readSharedCases(context, cells)), cases(cell, context)]);
  return { ...shared, share: share(shared.cases, whole, 'CASES') };
}

/** Time from the call to the first handover, of cases opened. */
export async function callToFirstHandover(cell: StatisticsCell, context: RequestContext) {
  return durations(await loadCounts(context, cell, 'caseDetail', 'callToFirstHandover'), 'CASES');
}

/** Handovers sent. */
export function handovers(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'handover', 'total');
}

/** Handovers sent whose case's province is not known. */
export function handoversUnlocated(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnlocated(context, cell, 'handover', 'total');
}

/** Handovers by state, drafts included, which are no part of those sent. */
export async function handoversByState(cell: StatisticsCell, context: RequestContext) {
  const [states, whole] = await Promise.all([handoverStates(cell, context), handovers(cell, context)]);
  return codes('HandoverState').map((state) => {
    const n = states.get(state) ?? 0;
    return { state, handovers: n, share: state === 'DRAFT' ? null : share(n, whole, 'HANDOVERS') };
  });
}

/** Handovers sent, by receiving agency; the most first. */
export async function handoversByReceivingAgency(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'handoverDetail', 'receivingAgency');
  const whole = sum(counts);
  return mostFirst(counts).map(([id, n]) => ({ agency: reference('Agency', id), handovers: n, share: share(n, whole, 'HANDOVERS') }));
}

/** Rejected handovers by reason. */
export async function handoversByRejectionReason(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'handover', 'rejectionReason'), rejected(cell, context)]);
  return byCode(counts, 'RejectionReason', 'rejectionReason', 'handovers', whole, 'HANDOVERS');
}

/** Handovers accepted, by the state now. */
export async function accepted(cell: StatisticsCell, context: RequestContext): Promise<number> {
  const states = await handoverStates(cell, context);
  return ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'].reduce((total, state) => total + (states.get(state) ?? 0), 0);
}

/** Handovers rejected, by the state now. */
export async function rejected(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await handoverStates(cell, context)).get('REJECTED') ?? 0;
}

/** Handovers accepted, of those accepted or rejected by the state now. */
export async function acceptanceRate(cell: StatisticsCell, context: RequestContext) {
  const [yes, no] = await Promise.all([accepted(cell, context), rejected(cell, context)]);
  return share(yes, yes + no, 'HANDOVERS');
}

/** Handovers rejected, of those accepted or rejected by the state now. */
export async function rejectionRate(cell: StatisticsCell, context: RequestContext) {
  const [yes, no] = await Promise.all([accepted(cell, context), rejected(cell, context)]);
  return share(no, yes + no, 'HANDOVERS');
}

/** Time from sending to acknowledgement. */
export async function sentToAcknowledged(cell: StatisticsCell, context: RequestContext) {
  return durations(await loadCounts(context, cell, 'handoverDetail', 'sentToAcknowledged'), 'HANDOVERS');
}

/** Time from acknowledgement to acceptance. */
export async function acknowledgedToAccepted(cell: StatisticsCell, context: RequestContext) {
  return durations(await loadCounts(context, cell, 'handoverDetail', 'acknowledgedToAccepted'), 'HANDOVERS');
}

/** Time from sending to acceptance. */
export async function sentToAccepted(cell: StatisticsCell, context: RequestContext) {
  return durations(await loadCounts(context, cell, 'handoverDetail', 'sentToAccepted'), 'HANDOVERS');
}

/** Handovers sent that wait longer for an answer than the deadline allows: worked out now, from those that wait. */
export function overdue(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTogether(context, 'overdue', cell, (cells) => readOverdue(context, cells));
}

/** Handovers against the deadline for verification: those that wait, and those that were accepted or rejected, whatever their state now. */
export async function verification(cell: StatisticsCell, context: RequestContext) {
  const deadlineDays = Number(context.settings['VERIFICATION_DAYS']);
  const decided = await loadCounts(context, cell, 'handoverDetail', 'daysToDecided');
  // Days begun: what took exactly as long as the deadline is not late.
  const late = countOver(decided, deadlineDays);
  return {
    unit: 'HANDOVERS',
    deadlineUnit: 'DAYS',
    deadlineDays,
    overdue: () => overdue(cell, context),
    decided: sum(decided),
    decidedLate: late,
    lateShare: share(late, sum(decided), 'HANDOVERS'),
  };
}

/** Handovers sent without the consent that they need, by the rule that stands in the database. */
export async function missingConsent(cell: StatisticsCell, context: RequestContext) {
  const [counts, rule] = await Promise.all([loadCounts(context, cell, 'handoverDetail', 'agencyAndBasis'), loadConsentRule(context)]);
  const { needed, missing } = consentOf(counts, rule);
  return { unit: 'HANDOVERS', needed, missing, share: share(missing, needed, 'HANDOVERS') };
}

/** What this service adds to the calls of a cell: how many became cases. */
export async function callReferral(key: { readonly cell: string; readonly calls: number }, context: RequestContext) {
  const n = await casesFromCalls(resolveCell({ id: key.cell }), context);
  return { ...key, casesFromCalls: n, share: ratio(n, 'CASES', key.calls, 'CALLS') };
}

/** What this service adds to cases of victims that were sealed for it: who called. */
export async function identifiedCases({ token }: { readonly token: string }, context: RequestContext) {
  const found = await loadTogether(context, 'identified cases', token, (tokens) => readCallerTypes(context, tokens));
  const whole = found.reduce((total, { origin, cases: n }) => total + (origin === 'CALL' ? n : 0), 0);
  const of = (callerType: string | null) => {
    const { cases: n, persons: people } = found.find((row) => row.origin === 'CALL' && row.callerType === callerType) ?? NOTHING;
    return { callerType, cases: n, persons: people, share: share(n, whole, 'CASES') };
  };
  const notRecorded = of(null);
  return {
    token,
    byCallerType: [...codes('CallerType').map(of), ...(notRecorded.cases > 0 ? [notRecorded] : [])],
    withoutCall: found.find(({ origin }) => origin === 'NO_CALL') ?? NOTHING,
    unknown: found.find(({ origin }) => origin === 'UNKNOWN') ?? NOTHING,
  };
}

/** What this service adds to cases of minors that were sealed for it: to whom they were sent, and how fast. */
export async function minorCases({ token }: { readonly token: string }, context: RequestContext) {
  const { persons: all, referred, agencies } = await loadTogether(context, 'minors', token, (tokens) => readMinors(context, tokens));
  return {
    token,
    referred,
    referredShare: share(referred, all, 'PERSONS'),
    byAgency: agencies.map(({ agency, persons: n, openedToSent, sentToAccepted: accepting }) => ({
      agency: reference('Agency', agency),
      persons: n,
      share: share(n, referred, 'PERSONS'),
      openedToSent: { ...openedToSent, unit: 'MINUTES', observationUnit: 'PERSONS' },
      sentToAccepted: { ...accepting, unit: 'MINUTES', observationUnit: 'PERSONS' },
    })),
  };
}

const NOTHING = { cases: 0, persons: 0 };

function handoverStates(cell: StatisticsCell, context: RequestContext) {
  return loadCounts(context, cell, 'handover', 'state');
}

/** Cases by a number, the lowest first. */
function byNumber(counts: Counts, field: string) {
  const whole = sum(counts);
  return [...counts]
    .map(([number, n]): [number, number] => [Number(number), n])
    .filter(([, n]) => n > 0)
    .sort(([a], [b]) => a - b)
    .map(([number, n]) => ({ [field]: number, cases: n, share: share(n, whole, 'CASES') }));
}

function durations(counts: Counts, observationUnit: FigureUnit) {
  const histogram = new Map([...counts].map(([minutes, n]) => [Number(minutes), n]));
  return { unit: 'MINUTES', observationUnit, observations: sum(counts), medianMinutes: quantile(histogram, 0.5), p90Minutes: quantile(histogram, 0.9) };
}

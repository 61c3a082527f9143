import DataLoader from 'dataloader';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { byCode, loadCounts, loadTotal, loadUnassigned, loadUnlocated, sum } from '#shared/figures.ts';
import { reference } from '#shared/records.ts';
import { dayOf } from '#shared/rollup.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { quantile, VERIFICATION_DAYS } from './rules.ts';

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
  return byCode(await loadCounts(context, cell, 'case', 'stage'), 'CaseStage', 'stage', 'cases');
}

/** Handovers sent. */
export function handovers(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'handover', 'total');
}

/** Handovers sent whose case's province is not known. */
export function handoversUnlocated(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnlocated(context, cell, 'handover', 'total');
}

/** Handovers by state, drafts included. */
export async function handoversByState(cell: StatisticsCell, context: RequestContext) {
  return byCode(await handoverStates(cell, context), 'HandoverState', 'state', 'handovers');
}

/** Handovers sent, by receiving agency; the most first. */
export async function handoversByReceivingAgency(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'handoverDetail', 'receivingAgency');
  return [...counts]
    .filter(([, n]) => n > 0)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([id, n]) => ({ agency: reference('Agency', id), handovers: n }));
}

/** Rejected handovers by reason. */
export async function handoversByRejectionReason(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'handover', 'rejectionReason'), 'RejectionReason', 'rejectionReason', 'handovers');
}

/** Handovers accepted. */
export async function accepted(cell: StatisticsCell, context: RequestContext): Promise<number> {
  const states = await handoverStates(cell, context);
  return ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'].reduce((total, state) => total + (states.get(state) ?? 0), 0);
}

/** Handovers rejected. */
export async function rejected(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await handoverStates(cell, context)).get('REJECTED') ?? 0;
}

/** Time from sending to acknowledgement. */
export function sentToAcknowledged(cell: StatisticsCell, context: RequestContext) {
  return durations(cell, context, 'sentToAcknowledged');
}

/** Time from acknowledgement to acceptance. */
export function acknowledgedToAccepted(cell: StatisticsCell, context: RequestContext) {
  return durations(cell, context, 'acknowledgedToAccepted');
}

/** Time from sending to acceptance. */
export function sentToAccepted(cell: StatisticsCell, context: RequestContext) {
  return durations(cell, context, 'sentToAccepted');
}

/** Handovers sent that wait longer for an answer than the deadline allows: worked out now, from those that wait. */
export function overdue(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return context.loader<StatisticsCell, number>('overdue', () => new DataLoader((cells) => readOverdue(context, cells), { cache: false })).load(cell);
}

function handoverStates(cell: StatisticsCell, context: RequestContext) {
  return loadCounts(context, cell, 'handover', 'state');
}

async function durations(cell: StatisticsCell, context: RequestContext, breakdown: string) {
  const counts = await loadCounts(context, cell, 'handoverDetail', breakdown);
  const histogram = new Map([...counts].map(([minutes, n]) => [Number(minutes), n]));
  return { observations: sum(counts), medianMinutes: quantile(histogram, 0.5), p90Minutes: quantile(histogram, 0.9) };
}

/** Those that wait are looked through once, however many cells there are. */
const READ_OVERDUE = `
  WITH waiting AS MATERIALIZED (
    SELECT ${dayOf('h.sent_at')} AS day, coalesce(h.province, '') AS province, h.to_agency AS agency, count(*) AS n
    FROM handover h WHERE h.state IN ('SENT', 'ACKNOWLEDGED') AND h.sent_at < now() - make_interval(days => $6) GROUP BY 1, 2, 3
  )
  SELECT c.cell, sum(w.n)::float8 AS n
  FROM unnest($1::int[], $2::date[], $3::date[], $4::text[], $5::text[]) AS c (cell, from_day, to_day, province, agency)
  JOIN waiting w ON w.day BETWEEN c.from_day AND c.to_day
    AND (c.province IS NULL OR w.province = c.province) AND (c.agency IS NULL OR w.agency = c.agency)
  GROUP BY 1`;

async function readOverdue(context: RequestContext, cells: readonly StatisticsCell[]): Promise<number[]> {
  const rows = cells.flatMap((cell, index) => (cell.province?.members ?? [null]).map((province) => ({ cell, index, province })));
  const counted = await context.sql.query<{ cell: number; n: number }>(READ_OVERDUE, [
    rows.map(({ index }) => index),
    rows.map(({ cell }) => cell.from),
    rows.map(({ cell }) => cell.to),
    rows.map(({ province }) => province),
    rows.map(({ cell }) => cell.agency),
    VERIFICATION_DAYS,
  ]);
  const totals = cells.map(() => 0);
  for (const { cell, n } of counted) totals[cell] = n;
  return totals;
}

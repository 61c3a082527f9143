import DataLoader from 'dataloader';
import type { Sql } from '#shared/database.ts';
import { equals, type Filter, isOneOf, onDays, refersTo, whether } from '#shared/lists/filters.ts';
import type { ListSpec } from '#shared/lists/reading.ts';
import { isRecordId } from '#shared/record-id.ts';
import type { Reach } from '#shared/reach.ts';
import { columnOf, parameterOf, type Row, rowsById, selectList } from '#shared/records.ts';
import { hasScope, seen, type Visibility, type Visible } from '#shared/visibility.ts';
import { sealKeys } from '#schema/sealed-keys.ts';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { cellParameters, loadTogether, perCell, SEALED, sealedParameters } from '#shared/figures.ts';
import { dayOf } from '#shared/rollup.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { SEEN_BY_RECEIVER } from './rules.ts';

/** The fields of a case, as its columns hold them. */
export const CASE_FIELDS = [
  'id',
  'source',
  'externalId',
  'callId',
  'openedAt',
  'stage',
  'closedAt',
  'province',
  'agency',
  'callReceivedAt',
  'callerType',
  'version',
];
/** The fields of a handover, as its columns hold them. */
export const HANDOVER_FIELDS = [
  'id',
  'source',
  'externalId',
  'caseId',
  'fromAgency',
  'toAgency',
  'state',
  'legalBasis',
  'createdAt',
  'sentAt',
  'acknowledgedAt',
  'acceptedAt',
  'startedAt',
  'completedAt',
  'rejectedAt',
  'revokedAt',
  'rejectionReason',
  'redirectedFromId',
  'version',
];

const overdue: Filter = (wanted: boolean, parts) => {
  const days = parts.parameter(parts.context.settings['VERIFICATION_DAYS']);
  // In the words of the index that holds those that wait.
  return whether(`t.state IN ('SENT', 'ACKNOWLEDGED') AND t.sent_at < now() - make_interval(days => ${days})`)(wanted, parts);
};

const RECEIVED = (row: string, agency: string) =>
  `${row}.to_agency = ${agency} AND ${row}.state IN (${SEEN_BY_RECEIVER.map((state) => `'${state}'`).join(', ')})`;

/** An agency sees the cases that it opened, and those handed over to it. */
const seesCase: Visible = (reach, parameter) =>
  confined(reach, (agency) => {
    const own = parameter(agency);
    return `t.agency = ${own} OR EXISTS (SELECT FROM handover h WHERE h.case_id = t.id AND ${RECEIVED('h', own)})`;
  });

/** An agency sees the handovers that it makes, those that it receives, and all of the cases that it opened. */
const seesHandover: Visible = (reach, parameter) =>
  confined(reach, (agency) => {
    const own = parameter(agency);
    return `t.from_agency = ${own} OR ${RECEIVED('t', own)} OR EXISTS (SELECT FROM referral_case c WHERE c.id = t.case_id AND c.agency = ${own})`;
  });

/** Coordinators see all. Others see what `own` says, or all where that is granted. */
function confined(reach: Reach, own: (agency: string) => string): Visibility {
  if (hasScope(reach, 'cases:all')) return 'all';
  if (!hasScope(reach, 'cases:read')) return 'none';
  if (reach.all) return 'all';
  return reach.agency === null ? 'none' : { sql: own(reach.agency) };
}

/** Cases, by when they were opened. */
export const CASE_LIST: ListSpec = {
  name: 'cases',
  table: 'referral_case',
  fields: CASE_FIELDS,
  foreign: ['callId'],
  visible: seesCase,
  moment: 'openedAt',
  filters: {
    period: onDays('opened_at'),
    stage: equals('stage'),
    open: whether("t.stage <> 'CLOSED'"),
    province: equals('province'),
    agency: equals('agency'),
    callerType: equals('caller_type'),
    fromCall: whether('t.call_id IS NOT NULL'),
  },
  parents: { province: { column: 'province', type: 'text' }, agency: { column: 'agency', type: 'text' } },
  counted: { fact: 'case', total: 'total', province: 'province', agency: 'agency', period: 'period', breakdowns: { stage: 'stage' } },
  loader: 'cases',
};

/** Handovers, by when they were written. */
export const HANDOVER_LIST: ListSpec = {
  name: 'handovers',
  table: 'handover',
  fields: HANDOVER_FIELDS,
  visible: seesHandover,
  moment: 'createdAt',
  filters: {
    period: onDays('created_at'),
    states: isOneOf('state'),
    fromAgency: equals('from_agency'),
    toAgency: equals('to_agency'),
    province: equals('province'),
    legalBasis: equals('legal_basis'),
    rejectionReason: equals('rejection_reason'),
    overdue,
    case: refersTo('case_id'),
  },
  parents: {
    case: { column: 'case_id', type: 'uuid' },
    fromAgency: { column: 'from_agency', type: 'text' },
    toAgency: { column: 'to_agency', type: 'text' },
  },
  // Not the period: a handover counts on the day on which it was sent. Every one has a state, and drafts are in no other breakdown.
  counted: { fact: 'handover', total: 'state', province: 'province', agency: 'toAgency', breakdowns: { states: 'state' } },
  loader: 'handovers',
};

/** The batched reads of one request. */
export function createLoaders(sql: Sql, reach: Reach) {
  return {
    cases: rowsById(sql, CASE_LIST, reach),
    handovers: rowsById(sql, HANDOVER_LIST, reach),
    /** The case opened first from a call, by the call's id. */
    caseOfCall: firstRow(sql, CASE_LIST, 'callId', reach),
    /** The handover written first in place of another, by the other's id. */
    inPlaceOf: firstRow(sql, HANDOVER_LIST, 'redirectedFromId', reach),
  };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;

/** The first row of a list, in order of time, whose field `reference` refers to a record: one statement for all that a request asks for at once. */
function firstRow(sql: Sql, list: ListSpec, reference: string, reach: Reach): DataLoader<string, Row | null> {
  const { table, fields, moment, visible } = list;
  const column = columnOf(reference);
  return new DataLoader(async (ids) => {
    const parameters: unknown[] = [parameterOf(list, reference, ids.filter(isRecordId))];
    const where = [`${column} = ANY ($1::uuid[])`, ...seen(visible, reach, (value) => `$${parameters.push(value)}`)];
    const statement = `SELECT DISTINCT ON (${column}) ${selectList(fields)} FROM ${table} t WHERE ${where.join(' AND ')}
      ORDER BY ${column}, t.${columnOf(moment)}, t.id`;
    const rows = new Map((await sql.query<Row>(statement, parameters)).map((row) => [String(row[reference]), row]));
    return ids.map((id) => rows.get(id.toLowerCase()) ?? null);
  });
}

/** Those that wait are looked through once, however many cells there are. */
const OVERDUE = `${perCell(
  `SELECT ${dayOf('h.sent_at')} AS day, coalesce(h.province, '') AS province, h.to_agency AS agency FROM handover h
   WHERE h.state IN ('SENT', 'ACKNOWLEDGED') AND h.sent_at < now() - make_interval(days => $6)`,
  'count(*)::float8 AS n',
)} GROUP BY 1`;

/** Handovers sent in each cell that wait for an answer longer than the deadline allows. */
export async function readOverdue(context: RequestContext, cells: readonly StatisticsCell[]): Promise<number[]> {
  const rows = await context.figures.query<{ cell: number; n: number }>(OVERDUE, [...cellParameters(cells), Number(context.settings['VERIFICATION_DAYS'])]);
  const found = new Map(rows.map(({ cell, n }) => [cell, n]));
  return cells.map((_, index) => found.get(index) ?? 0);
}

const SHARED_CASES = `${perCell(
  `SELECT ${dayOf('c.opened_at')} AS day, coalesce(c.province, '') AS province, coalesce(c.agency, '') AS agency, c.id
   FROM referral_case c, bounds b WHERE cardinality(c.sent_agencies) > 1 AND c.opened_at >= b.since AND c.opened_at < b.before`,
  "count(*)::float8 AS cases, string_agg(uuid_send(r.id) || int4send(1), ''::bytea ORDER BY r.id) AS content",
)} GROUP BY 1`;

/** The cases opened in each cell that were sent to several agencies, sealed. */
export async function readSharedCases(context: RequestContext, cells: readonly StatisticsCell[]) {
  const rows = await context.figures.query<{ cell: number; cases: number; content: Uint8Array }>(SHARED_CASES, cellParameters(cells));
  const found = new Map(rows.map(({ cell, ...row }) => [cell, row]));
  return cells.map((_, index) => {
    const { cases, content } = found.get(index) ?? { cases: 0, content: new Uint8Array() };
    return { cases, token: sealKeys(context.sealingKey, 'shared cases', content) };
  });
}

const CALLER_TYPES = `
  WITH given AS MATERIALIZED (${SEALED})
  SELECT g.set, CASE WHEN c.id IS NULL THEN 'UNKNOWN' WHEN c.call_id IS NULL THEN 'NO_CALL' ELSE 'CALL' END AS origin,
    CASE WHEN c.call_id IS NOT NULL THEN c.caller_type END AS "callerType", count(*)::float8 AS cases, sum(g.n)::float8 AS persons
  FROM given g LEFT JOIN referral_case c ON c.id = g.id GROUP BY 1, 2, 3`;

/** Where the cases came from that each token stands for, and how many persons count with them. */
interface CasesByOrigin {
  readonly set: number;
  readonly origin: 'CALL' | 'NO_CALL' | 'UNKNOWN';
  readonly callerType: string | null;
  readonly cases: number;
  readonly persons: number;
}

/** Whose calls the cases came from that each token stands for. @throws BAD_SEALED_KEY */
export async function readCallerTypes(context: RequestContext, tokens: readonly string[]): Promise<CasesByOrigin[][]> {
  const rows = await context.figures.query<CasesByOrigin>(CALLER_TYPES, sealedParameters(context, 'identified cases', tokens, 'own'));
  const found = Map.groupBy(rows, ({ set }) => set);
  return tokens.map((_, index) => found.get(index) ?? []);
}

/** Minutes completed, a row for each person; those that cannot be (an end before the beginning) are none. */
const durationOf = (from: string, to: string, name: string) => {
  const minutes = `CASE WHEN ${to} >= ${from} THEN floor(extract(epoch FROM ${to} - ${from}) / 60)::float8 END`;
  return `count(${minutes})::float8 AS "${name}Observations", percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY ${minutes}) AS "${name}Quantiles"`;
};

/** Of several handovers to an agency the earliest counts. The row without an agency has all persons, and those sent anywhere. */
const MINORS = `
  WITH given AS MATERIALIZED (${SEALED}), sent AS MATERIALIZED (
    SELECT DISTINCT ON (g.set, h.case_id, h.to_agency) g.set, h.case_id, h.to_agency AS agency, g.n, c.opened_at, h.sent_at, h.accepted_at
    FROM given g JOIN referral_case c ON c.id = g.id JOIN handover h ON h.case_id = c.id AND h.state <> 'DRAFT'
    ORDER BY g.set, h.case_id, h.to_agency, h.sent_at, h.id
  )
  SELECT g.set, NULL AS agency, sum(g.n)::float8 AS persons, coalesce(sum(g.n) FILTER (WHERE c.handovers_sent > 0), 0)::float8 AS referred,
    NULL AS "openedToSentObservations", NULL AS "openedToSentQuantiles", NULL AS "sentToAcceptedObservations", NULL AS "sentToAcceptedQuantiles"
  FROM given g LEFT JOIN referral_case c ON c.id = g.id GROUP BY 1
  UNION ALL
  SELECT s.set, s.agency, count(*)::float8, NULL, ${durationOf('s.opened_at', 's.sent_at', 'openedToSent')}, ${durationOf('s.sent_at', 's.accepted_at', 'sentToAccepted')}
  FROM sent s CROSS JOIN LATERAL unnest(array_fill(0, ARRAY[s.n])) person GROUP BY 1, 2 ORDER BY persons DESC, agency`;

interface MinorsRow {
  readonly set: number;
  /** `null`: all together. */
  readonly agency: string | null;
  readonly persons: number;
  readonly referred: number | null;
  readonly openedToSentObservations: number | null;
  readonly openedToSentQuantiles: readonly (number | null)[] | null;
  readonly sentToAcceptedObservations: number | null;
  readonly sentToAcceptedQuantiles: readonly (number | null)[] | null;
}

/** To which agencies the cases were sent that each token stands for, counted in persons. @throws BAD_SEALED_KEY */
export async function readMinors(context: RequestContext, tokens: readonly string[]) {
  const rows = await context.figures.query<MinorsRow>(MINORS, sealedParameters(context, 'cases of minors', tokens, 'own'));
  const found = Map.groupBy(rows, ({ set }) => set);
  const duration = (observations: number | null, quantiles: MinorsRow['openedToSentQuantiles']) => {
    const [medianMinutes = null, p90Minutes = null] = quantiles ?? [];
    return { observations: observations ?? 0, medianMinutes, p90Minutes };
  };
  return tokens.map((_, index) => {
    const own = found.get(index) ?? [];
    const { persons = 0, referred = 0 } = own.find(({ agency }) => agency === null) ?? {};
    const agencies = own
      .filter(({ agency }) => agency !== null)
      .map((row) => ({
        agency: row.agency,
        persons: row.persons,
        openedToSent: duration(row.openedToSentObservations, row.openedToSentQuantiles),
        sentToAccepted: duration(row.sentToAcceptedObservations, row.sentToAcceptedQuantiles),
      }));
    return { persons, referred: referred ?? 0, agencies };
  });
}

/** The legal bases that a handover to an agency may have, by the agency's id; agencies of no type, or of one that the rule does not know, are absent. */
export function loadConsentRule(context: RequestContext): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  return loadTogether(context, 'consent rule', 'all', async (keys) => {
    const rows = await context.figures.query<{ agency: string; bases: string[] }>(
      `SELECT a.id AS agency, array_agg(c.legal_basis) AS bases FROM reference a JOIN consent_rule c ON c.agency_type = a.type WHERE a.kind = 'agency' GROUP BY 1`,
    );
    const rule = new Map(rows.map(({ agency, bases }) => [agency, new Set(bases)]));
    return keys.map(() => rule);
  });
}

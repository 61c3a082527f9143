import type { Sql } from '#shared/database.ts';
import { equals, type Filter, holds, onDays, refersTo, refersToForeign, whether } from '#shared/lists/filters.ts';
import { foreign } from '#shared/foreign-ids/foreign-ids.ts';
import type { ListSpec } from '#shared/lists/reading.ts';
import type { Reach } from '#shared/reach.ts';
import { rowsById } from '#shared/records.ts';
import { hasScope, type Visibility, type Visible } from '#shared/visibility.ts';
import { agesOf } from './rules.ts';
import { entriesOf, type SealedKeyUse, sealKeys } from '#schema/sealed-keys.ts';
import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { cellParameters, perCell, SEALED, sealedParameters } from '#shared/figures.ts';
import { dayOf } from '#shared/rollup.ts';
import type { RequestContext } from '#shared/subgraph.ts';

/** The fields of a person, as the columns hold them. */
export const VICTIM_FIELDS = [
  'id',
  'source',
  'externalId',
  'caseId',
  'registeredAt',
  'identifiedAt',
  'legalStatus',
  'sex',
  'ethnicity',
  'ageAtTrafficking',
  'acts',
  'means',
  'purposes',
  'originProvince',
  'destinationCountry',
  'agency',
  'version',
];
/** The fields of a support service, as its columns hold them. */
export const SUPPORT_FIELDS = ['id', 'source', 'externalId', 'victimId', 'type', 'startedAt', 'endedAt', 'inShelter', 'agency', 'version'];

const inAgeBand: Filter = (band: string, { parameter }) => {
  const ages = agesOf(band);
  return ages === null ? 't.age_at_trafficking IS NULL' : `t.age_at_trafficking BETWEEN ${parameter(ages.from)} AND ${parameter(ages.to)}`;
};

/** Persons that the agency registered, and those of cases whose pass was shown: SQL over the row `row`. `agency` and `cases` stand for the two. */
const seesPerson = (row: string, agency: string, cases: string) => `${row}.agency = ${agency} OR ${row}.case_id = ANY (${cases}::uuid[])`;

const seesVictim: Visible = (reach, parameter) => confined(reach, (agency) => seesPerson('t', parameter(agency), parameter(foreign(reach.passes))));

/** Support that the agency gives, and that of the persons it sees. */
const seesSupport: Visible = (reach, parameter) =>
  confined(reach, (agency) => {
    const own = parameter(agency);
    return `t.agency = ${own} OR EXISTS (SELECT FROM victim v WHERE v.id = t.victim_id AND (${seesPerson('v', own, parameter(foreign(reach.passes)))}))`;
  });

/** Coordinators see the persons of all cases; which of their fields, the schema says. Others see what `own` says, or all where that is granted. */
function confined(reach: Reach, own: (agency: string) => string): Visibility {
  if (hasScope(reach, 'cases:all')) return 'all';
  if (!hasScope(reach, 'victims:read')) return 'none';
  if (reach.all) return 'all';
  return reach.agency === null ? 'none' : { sql: own(reach.agency) };
}

/** Persons, by when they were registered. */
export const VICTIM_LIST: ListSpec = {
  name: 'victims',
  table: 'victim',
  fields: VICTIM_FIELDS,
  foreign: ['caseId'],
  visible: seesVictim,
  moment: 'registeredAt',
  filters: {
    period: onDays('registered_at'),
    legalStatus: equals('legal_status'),
    sex: equals('sex'),
    ageBand: inAgeBand,
    purpose: holds('purposes'),
    province: equals('origin_province'),
    agency: equals('agency'),
    destinationCountry: equals('destination_country'),
    case: refersToForeign('case_id'),
  },
  parents: {
    case: { column: 'case_id', type: 'uuid' },
    province: { column: 'origin_province', type: 'text' },
    agency: { column: 'agency', type: 'text' },
  },
  counted: {
    fact: 'victim',
    total: 'total',
    province: 'province',
    agency: 'agency',
    period: 'period',
    breakdowns: { legalStatus: 'legalStatus', purpose: 'purpose' },
  },
  loader: 'victims',
};

/** Support services, by when they began. */
export const SUPPORT_LIST: ListSpec = {
  name: 'supports',
  table: 'support_service',
  fields: SUPPORT_FIELDS,
  visible: seesSupport,
  moment: 'startedAt',
  filters: {
    period: onDays('started_at'),
    type: equals('type'),
    inShelter: whether('t.in_shelter'),
    open: whether('t.ended_at IS NULL'),
    agency: equals('agency'),
    victim: refersTo('victim_id'),
  },
  parents: { victim: { column: 'victim_id', type: 'uuid' }, agency: { column: 'agency', type: 'text' } },
  counted: { fact: 'support', total: 'total', agency: 'agency', period: 'period', breakdowns: { type: 'type' } },
  loader: 'supports',
};

/** The batched reads of one request. */
export function createLoaders(sql: Sql, reach: Reach) {
  return {
    victims: rowsById(sql, VICTIM_LIST, reach),
    supports: rowsById(sql, SUPPORT_LIST, reach),
  };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;

const DAYS_OPEN = 'floor(extract(epoch FROM now() - s.started_at) / 86400)';
const OPEN_STAYS = `${perCell(
  `SELECT ${dayOf('s.started_at')} AS day, coalesce(s.province, '') AS province, coalesce(s.agency, '') AS agency, ${DAYS_OPEN} AS days
   FROM support_service s, bounds b WHERE s.in_shelter AND s.ended_at IS NULL AND s.started_at >= b.since AND s.started_at < b.before`,
  `count(*)::float8 AS open, (count(*) FILTER (WHERE r.days BETWEEN $6::int - $7::int AND $6::int))::float8 AS near,
   (count(*) FILTER (WHERE r.days > $6::int))::float8 AS beyond`,
)} GROUP BY 1`;

/** How long the stays in a shelter that began in each cell and go on have gone on. */
export async function readOpenStays(context: RequestContext, cells: readonly StatisticsCell[], limitDays: number, nearDays: number) {
  const rows = await context.figures.query<{ cell: number; open: number; near: number; beyond: number }>(OPEN_STAYS, [
    ...cellParameters(cells),
    limitDays,
    nearDays,
  ]);
  const found = new Map(rows.map(({ cell, open, near, beyond }) => [cell, { open, near, beyond }]));
  return cells.map((_, index) => found.get(index) ?? { open: 0, near: 0, beyond: 0 });
}

/** The persons of a cell by their case; those without one have none (`NULL`). */
const casesOf = (condition: string) => `
  SELECT cell, coalesce(sum(n) FILTER (WHERE case_id IS NOT NULL), 0)::float8 AS persons, count(case_id)::float8 AS cases,
    coalesce(sum(n) FILTER (WHERE case_id IS NULL), 0)::float8 AS "withoutCase",
    string_agg(uuid_send(case_id), ''::bytea ORDER BY case_id) FILTER (WHERE case_id IS NOT NULL) AS "caseId",
    string_agg(int4send(n), ''::bytea ORDER BY case_id) FILTER (WHERE case_id IS NOT NULL) AS ns
  FROM (${perCell(
    `SELECT ${dayOf('v.registered_at')} AS day, coalesce(v.origin_province, '') AS province, coalesce(v.agency, '') AS agency, v.case_id
     FROM victim v, bounds b WHERE ${condition} AND v.registered_at >= b.since AND v.registered_at < b.before`,
    'r.case_id, count(*)::int AS n',
  )} GROUP BY 1, 2) grouped GROUP BY 1`;

interface CasesOfCell {
  readonly cell: number;
  readonly persons: number;
  readonly cases: number;
  readonly withoutCase: number;
  /** The bytes of the cases' ids, and of how many persons each has; null where there is none. */
  readonly caseId: Uint8Array | null;
  readonly ns: Uint8Array | null;
}

/** The cases of the persons in each cell that fulfil `condition` (SQL over the person `v`), each once with its number of persons, sealed for `use`. */
export async function readCases(context: RequestContext, cells: readonly StatisticsCell[], condition: string, use: SealedKeyUse) {
  const rows = await context.figures.query<CasesOfCell>(casesOf(condition), cellParameters(cells));
  const found = new Map(rows.map(({ cell, ...row }) => [cell, row]));
  return cells.map((_, index) => {
    const { caseId, ns, ...counts } = found.get(index) ?? { persons: 0, cases: 0, withoutCase: 0, caseId: null, ns: null };
    // In the order of the ids that are sealed in it: that of the ids as they are kept would tell something of them.
    const content = caseId === null || ns === null ? new Uint8Array() : entriesOf(caseId, ns);
    return { ...counts, token: sealKeys(context.sealingKey, use, content) };
  });
}

/** A person's case is their own, so that no person is counted twice however many agencies their case has. */
const PERSONS_OF_CASES = `
  WITH given AS MATERIALIZED (${SEALED})
  SELECT g.set, count(*)::float8 AS persons, (count(*) FILTER (WHERE v.legal_status = 'VICTIM'))::float8 AS identified
  FROM given g JOIN victim v ON v.case_id = g.id GROUP BY 1`;

/** How many persons the cases have that each token stands for. @throws BAD_SEALED_KEY */
export async function readPersons(context: RequestContext, tokens: readonly string[]) {
  const rows = await context.figures.query<{ set: number; persons: number; identified: number }>(
    PERSONS_OF_CASES,
    sealedParameters(context, 'shared cases', tokens, 'foreign'),
  );
  const found = new Map(rows.map(({ set, ...counts }) => [set, counts]));
  return tokens.map((token, index) => ({ token, ...(found.get(index) ?? { persons: 0, identified: 0 }) }));
}

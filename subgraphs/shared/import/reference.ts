/**
 * The ids of provinces and agencies that a subgraph knows. Every subgraph keeps its own list, so that records can be checked without asking
 * another; `npm run import -- provinces` and `agencies` write them all.
 */
import type { Sql } from '../database.ts';
import { code, day, dimensionId, provinceCode, schemeId, text } from './columns.ts';
import type { Column, ImportSpec, ParseContext, RowCheck } from './spec.ts';

/** Statement that makes the list. For migrations: change it only together with a new migration. */
export const REFERENCE_TABLE = `CREATE TABLE reference (
  kind text NOT NULL, id text NOT NULL, valid_from date, valid_to date, PRIMARY KEY (kind, id)
)`;

/**
 * Statement that adds what cells are made from: the province that a province went into (`successor`, an id), and what kind of body an agency
 * is (`type`). Empty in rows from before; importing provinces and agencies again fills it in.
 */
export const REFERENCE_COLUMNS_ADDED = 'ALTER TABLE reference ADD COLUMN successor text, ADD COLUMN type text';

/** Stands for the successor of provinces that were listed before the list had any: it is not known, which is not the same as none. */
export const NOT_KNOWN = '?';

/** Statement that says so of those there are. */
export const SUCCESSORS_NOT_KNOWN = `UPDATE reference SET successor = '${NOT_KNOWN}' WHERE kind = 'province'`;

const PROVINCE_COLUMNS = {
  scheme: schemeId('scheme', { required: true }),
  code: provinceCode('code', { required: true }),
  nameVi: text('name_vi', { required: true, maxLength: 200 }),
  nameEn: text('name_en', { required: true, maxLength: 200 }),
  fullNameVi: text('full_name_vi', { maxLength: 200 }),
  fullNameEn: text('full_name_en', { maxLength: 200 }),
  regionVi: text('region_vi', { maxLength: 200 }),
  regionEn: text('region_en', { maxLength: 200 }),
  validFrom: day('valid_from'),
  validTo: day('valid_to'),
  successorScheme: schemeId('successor_scheme'),
  successorCode: provinceCode('successor_code'),
} as const satisfies Readonly<Record<string, Column>>;

const AGENCY_COLUMNS = {
  id: dimensionId('agency_id', { required: true }),
  type: code('type', 'AgencyType', { required: true }),
  nameVi: text('name_vi', { required: true, maxLength: 200 }),
  nameEn: text('name_en', { required: true, maxLength: 200 }),
  parentVi: text('parent_vi', { maxLength: 200 }),
  parentEn: text('parent_en', { maxLength: 200 }),
  validFrom: day('valid_from', { fallback: '-infinity' }),
  validTo: day('valid_to'),
} as const satisfies Readonly<Record<string, Column>>;

type FileOfReferences = Pick<ImportSpec, 'columns' | 'keyColumns' | 'checks' | 'stagedChecks'>;

const VALIDITY: RowCheck = { column: 'validTo', check: endsAfterItBegins };

/** A CSV of provinces, such as `subgraphs/demo/data/provinces.csv`; the same for whoever reads it, so that all refuse the same rows. */
export const PROVINCE_FILE: FileOfReferences = {
  columns: PROVINCE_COLUMNS,
  keyColumns: ['scheme', 'code'],
  checks: [VALIDITY, { column: 'successorCode', check: successorInFull }],
  stagedChecks: [
    {
      column: 'successorCode',
      expected: 'a province of successorScheme that is loaded or in the file',
      rows: (staging) => `SELECT s.line, s.successor_code AS value FROM ${staging} s
        WHERE s.successor_code IS NOT NULL AND NOT EXISTS (SELECT FROM reference p WHERE p.kind = 'province' AND p.id = s.successor_scheme || ':' || s.successor_code)
          AND NOT EXISTS (SELECT FROM ${staging} o WHERE o.scheme = s.successor_scheme AND o.code = s.successor_code)`,
    },
  ],
};

/** A CSV of agencies: one row for each version of an agency. */
export const AGENCY_FILE: FileOfReferences = { columns: AGENCY_COLUMNS, keyColumns: ['id', 'validFrom'], checks: [VALIDITY] };

const PROVINCE_ROWS = {
  kind: "'province'",
  id: "s.scheme || ':' || s.code",
  valid_from: 's.valid_from',
  valid_to: 's.valid_to',
  successor: "s.successor_scheme || ':' || s.successor_code",
};
/** The type is that of the latest version that has begun; so all rows of an agency say the same, and DISTINCT makes one of them. */
const AGENCY_ROWS = {
  kind: "'agency'",
  id: 's.agency_id',
  type: 'first_value(s.type) OVER (PARTITION BY s.agency_id ORDER BY s.valid_from <= current_date DESC, s.valid_from DESC)',
};

const REPLICA = { table: 'reference', key: ['kind', 'id'] } as const;

/** Provinces, for a subgraph that only needs to know which there are, when, and what became of them. */
export const provincesReplica: ImportSpec = { ...REPLICA, ...PROVINCE_FILE, rows: PROVINCE_ROWS };

/** Agencies, for a subgraph that only needs to know which there are; they are known for good, whatever their versions say. */
export const agenciesReplica: ImportSpec = { ...REPLICA, ...AGENCY_FILE, rows: AGENCY_ROWS };

/** Statement that puts the staged provinces on the list of the subgraph that owns them, as they are in its `table` now. */
export const listProvinces = (table: string, staging: string): string =>
  list(`${table} s WHERE EXISTS (SELECT FROM ${staging} f WHERE (f.scheme, f.code) = (s.scheme, s.code))`, PROVINCE_ROWS);

/** Statement that puts the staged agencies on the list of the subgraph that owns them, as they are in its `table` now. */
export const listAgencies = (table: string, staging: string): string =>
  list(`${table} s WHERE EXISTS (SELECT FROM ${staging} f WHERE f.agency_id = s.agency_id)`, AGENCY_ROWS);

/** What is on the list, by kind and id. */
export async function readReferences(sql: Sql): Promise<ParseContext['references']> {
  const rows = await sql.query<{ kind: string; id: string; validFrom: string | null; validTo: string | null }>(
    'SELECT kind, id, valid_from::text AS "validFrom", valid_to::text AS "validTo" FROM reference',
  );
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  return new Map([...byKind].map(([kind, own]) => [kind, new Map(own.map(({ id, validFrom, validTo }) => [id, { validFrom, validTo }]))]));
}

function list(source: string, rows: Readonly<Record<string, string>>): string {
  const names = Object.keys(rows);
  const updates = names.filter((name) => name !== 'kind' && name !== 'id').map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO reference (${names.join(', ')}) SELECT DISTINCT ${Object.values(rows).join(', ')} FROM ${source}
    ON CONFLICT (kind, id) DO UPDATE SET ${updates.join(', ')}`;
}

type Values = Readonly<Record<string, string | null>>;

/** What is valid cannot end before it begins. @returns what was expected, or `undefined` when all is well. */
export function endsAfterItBegins({ valid_from: from, valid_to: to }: Values): string | undefined {
  return !from || !to || from === '-infinity' || to >= from ? undefined : `a day not before validFrom (${from})`;
}

/** A province's successor is named by scheme and code together, and is another province. @returns what was expected, or `undefined` when all is well. */
export function successorInFull({ scheme: ownScheme, code: ownCode, successor_scheme: scheme, successor_code: code }: Values): string | undefined {
  if (Boolean(scheme) !== Boolean(code)) return 'successorScheme and successorCode together, or neither';
  return scheme && scheme === ownScheme && code === ownCode ? 'another province than the one that it follows' : undefined;
}

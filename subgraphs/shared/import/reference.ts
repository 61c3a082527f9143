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

const PROVINCE_ROWS = { kind: "'province'", id: "s.scheme || ':' || s.code", valid_from: 's.valid_from', valid_to: 's.valid_to' };
const AGENCY_ROWS = { kind: "'agency'", id: 's.agency_id', valid_from: 'NULL::date', valid_to: 'NULL::date' };

const REPLICA = { table: 'reference', key: ['kind', 'id'] } as const;

/** Provinces, for a subgraph that only needs to know which there are and when. */
export const provincesReplica: ImportSpec = { ...REPLICA, ...PROVINCE_FILE, rows: PROVINCE_ROWS };

/** Agencies, for a subgraph that only needs to know which there are; they are known for good, whatever their versions say. */
export const agenciesReplica: ImportSpec = { ...REPLICA, ...AGENCY_FILE, rows: AGENCY_ROWS };

/** Statement that puts the staged provinces on the list of the subgraph that owns them. */
export const listProvinces = (staging: string): string => list(staging, PROVINCE_ROWS);

/** Statement that puts the staged agencies on the list of the subgraph that owns them. */
export const listAgencies = (staging: string): string => list(staging, AGENCY_ROWS);

/** What is on the list, by kind and id. */
export async function readReferences(sql: Sql): Promise<ParseContext['references']> {
  const rows = await sql.query<{ kind: string; id: string; validFrom: string | null; validTo: string | null }>(
    'SELECT kind, id, valid_from::text AS "validFrom", valid_to::text AS "validTo" FROM reference',
  );
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  return new Map([...byKind].map(([kind, own]) => [kind, new Map(own.map(({ id, validFrom, validTo }) => [id, { validFrom, validTo }]))]));
}

function list(staging: string, rows: Readonly<Record<string, string>>): string {
  return `INSERT INTO reference (${Object.keys(rows).join(', ')}) SELECT DISTINCT ${Object.values(rows).join(', ')} FROM ${staging} s
    ON CONFLICT (kind, id) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to`;
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

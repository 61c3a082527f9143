/**
 * The ids of provinces and agencies that a subgraph knows. Every subgraph keeps its own list, so that records can be checked without asking
 * another; `npm run import -- provinces` and `agencies` write them all.
 */
import type { Sql } from '../database.ts';
import { code, day, dimensionId, text } from './columns.ts';
import type { Column, ImportSpec, ParseContext } from './spec.ts';

/** Statement that makes the list. For migrations: change it only together with a new migration. */
export const REFERENCE_TABLE = `CREATE TABLE reference (
  kind text NOT NULL, id text NOT NULL, valid_from date, valid_to date, PRIMARY KEY (kind, id)
)`;

/** Columns of a CSV of provinces; see `subgraphs/demo/data/provinces.csv`. */
export const PROVINCE_COLUMNS = {
  scheme: dimensionId('scheme', { required: true }),
  code: dimensionId('code', { required: true }),
  nameVi: text('name_vi', { required: true, maxLength: 200 }),
  nameEn: text('name_en', { required: true, maxLength: 200 }),
  fullNameVi: text('full_name_vi', { maxLength: 200 }),
  fullNameEn: text('full_name_en', { maxLength: 200 }),
  regionVi: text('region_vi', { maxLength: 200 }),
  regionEn: text('region_en', { maxLength: 200 }),
  validFrom: day('valid_from'),
  validTo: day('valid_to'),
  successorScheme: dimensionId('successor_scheme'),
  successorCode: dimensionId('successor_code'),
} as const satisfies Readonly<Record<string, Column>>;

/** Columns of a CSV of agencies: one row for each version of an agency. */
export const AGENCY_COLUMNS = {
  id: dimensionId('agency_id', { required: true }),
  type: code('type', 'AgencyType', { required: true }),
  nameVi: text('name_vi', { required: true, maxLength: 200 }),
  nameEn: text('name_en', { required: true, maxLength: 200 }),
  parentVi: text('parent_vi', { maxLength: 200 }),
  parentEn: text('parent_en', { maxLength: 200 }),
  validFrom: day('valid_from', { fallback: '-infinity' }),
  validTo: day('valid_to'),
} as const satisfies Readonly<Record<string, Column>>;

const PROVINCE_ROWS = { kind: "'province'", id: "s.scheme || ':' || s.code", valid_from: 's.valid_from', valid_to: 's.valid_to' };
const AGENCY_ROWS = { kind: "'agency'", id: 's.agency_id', valid_from: 'NULL::date', valid_to: 'NULL::date' };

const REPLICA = { table: 'reference', key: ['kind', 'id'] } as const;

/** Provinces, for a subgraph that only needs to know which there are and when. */
export const provincesReplica: ImportSpec = { ...REPLICA, columns: PROVINCE_COLUMNS, keyColumns: ['scheme', 'code'], rows: PROVINCE_ROWS };

/** Agencies, for a subgraph that only needs to know which there are; they are known for good, whatever their versions say. */
export const agenciesReplica: ImportSpec = { ...REPLICA, columns: AGENCY_COLUMNS, keyColumns: ['id', 'validFrom'], rows: AGENCY_ROWS };

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

import DataLoader from 'dataloader';
import { isDimensionId } from '#schema/statistics-cell.ts';
import type { Sql } from '#shared/database.ts';
import { type Row, selectList } from '#shared/records.ts';

const DAY = (column: string, field: string) => `CASE WHEN isfinite(${column}) THEN ${column}::text END AS "${field}"`;
const VALIDITY = `${DAY('valid_from', 'validFrom')}, ${DAY('valid_to', 'validTo')}`;
const NAMES = selectList(['nameVi', 'nameEn']);
const PROVINCES = `SELECT ${selectList(['id', 'scheme', 'code', 'fullNameVi', 'fullNameEn', 'regionVi', 'regionEn', 'successor'])}, ${NAMES}, ${VALIDITY} FROM province`;
const VERSIONS = `SELECT agency_id AS "agencyId", coalesce((SELECT a.version FROM agency a WHERE a.id = agency_id), 1) AS version, type, ${NAMES}, ${selectList(['parentVi', 'parentEn'])}, ${VALIDITY} FROM agency_version`;
const PLANS = `SELECT id, members, version, ${NAMES}, ${VALIDITY} FROM coordination_plan`;

/** The fields of a version of an agency. */
export const VERSION_FIELDS = ['validFrom', 'validTo', 'type', 'nameVi', 'nameEn', 'parentVi', 'parentEn'];

/** The fields of a plan. */
export const PLAN_FIELDS = ['id', 'nameVi', 'nameEn', 'validFrom', 'validTo', 'members', 'version'];

/** An agency as it is in the database now. */
export async function readAgency(sql: Sql, id: string): Promise<Agency | null> {
  const versions = await sql.query<Row>(`${VERSIONS} WHERE agency_id = $1 ORDER BY agency_version.valid_from`, [id]);
  return agencies(versions)[0] ?? null;
}

/** The batched reads of one request. */
export function createLoaders(sql: Sql) {
  return {
    /** All provinces, by id. */
    allProvinces: single(() => sql.query<Row>(`${PROVINCES} ORDER BY id`)),
    /** All agencies with their versions, by id. */
    allAgencies: single(async () => agencies(await sql.query<Row>(`${VERSIONS} ORDER BY agency_id, agency_version.valid_from`))),
    /** All plans, the latest first. */
    allPlans: single(() => sql.query<Row>(`${PLANS} ORDER BY coordination_plan.valid_from DESC, id`)),
    provinces: byKey((ids) => sql.query<Row>(`${PROVINCES} WHERE id = ANY($1)`, [ids])),
    predecessors: new DataLoader(async (ids: readonly string[]) => {
      const rows = await sql.query<Row>(`${PROVINCES} WHERE successor = ANY($1) ORDER BY id`, [ids]);
      const bySuccessor = Map.groupBy(rows, (row) => String(row['successor']));
      return ids.map((id) => bySuccessor.get(id) ?? []);
    }),
    agencies: byKey(async (ids) =>
      agencies(await sql.query<Row>(`${VERSIONS} WHERE agency_id = ANY($1) ORDER BY agency_id, agency_version.valid_from`, [ids])),
    ),
    plans: byKey((ids) => sql.query<Row>(`${PLANS} WHERE id = ANY($1)`, [ids])),
  };
}

/** See {@link createLoaders}. */
export type Loaders = ReturnType<typeof createLoaders>;

/** An agency as its versions, the oldest first. */
export interface Agency {
  readonly id: string;
  readonly versions: readonly Row[];
}

function agencies(versions: readonly Row[]): Agency[] {
  return [...Map.groupBy(versions, (version) => String(version['agencyId']))].map(([id, own]) => ({ id, versions: own }));
}

function byKey<T extends { readonly id?: unknown }>(read: (ids: readonly string[]) => Promise<readonly T[]>): DataLoader<string, T | null> {
  return new DataLoader(async (ids) => {
    // What cannot be an id is none that is there, and PostgreSQL would refuse some of it (a NUL) together with all the others.
    const found = new Map((await read(ids.filter(isDimensionId))).map((row) => [String(row.id), row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

function single<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= read();
    return result;
  };
}

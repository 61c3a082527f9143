import { isDimensionId } from '#schema/statistics-cell.ts';
import type { Sql } from '../database.ts';
import { vietnamDay } from '../import/moments.ts';
import { type UserError, userError } from './act.ts';

/** The agency must be one that this service knows. */
export async function checkAgency(sql: Sql, path: string | readonly string[], id: string): Promise<UserError[]> {
  // What cannot be an id PostgreSQL may refuse to look for (a NUL).
  const [found] = isDimensionId(id) ? await sql.query(`SELECT FROM reference WHERE kind = 'agency' AND id = $1`, [id]) : [];
  if (found !== undefined) return [];
  return [userError('NOT_FOUND', path, 'Dịch vụ này không biết cơ quan này.', 'Expected the id of an agency that this service knows, such as c02.')];
}

/** The province must be one that this service knows, and that there was on the day (in Vietnam) of `moment`; may be missing. */
export async function checkProvince(sql: Sql, path: string, id: string | null | undefined, moment: Date): Promise<UserError[]> {
  if (id === null || id === undefined) return [];
  const statement = `SELECT valid_from::text AS from, valid_to::text AS to FROM reference WHERE kind = 'province' AND id = $1`;
  const [found] = isDimensionId(id) ? await sql.query<{ from: string | null; to: string | null }>(statement, [id]) : [];
  if (found === undefined) {
    return [userError('NOT_FOUND', path, 'Dịch vụ này không biết tỉnh này.', 'Expected the id of a province that this service knows, such as VN34:24.')];
  }
  const day = vietnamDay(moment.toISOString());
  if ((found.from === null || found.from <= day) && (found.to === null || found.to >= day)) return [];
  const validity = `${found.from ?? '…'} – ${found.to ?? '…'}`;
  return [
    userError('INVALID', path, `Tỉnh này không có vào ngày ${day} (${validity}).`, `Expected a province that there was on ${day}; this one: ${validity}.`),
  ];
}

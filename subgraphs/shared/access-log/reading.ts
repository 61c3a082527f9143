import DataLoader from 'dataloader';
import type { Sql } from '../database.ts';
import { reference, type Row } from '../records.ts';
import type { RequestContext, Resolver } from '../subgraph.ts';

/** The most accesses that are given of one record. */
const MOST_ACCESSES = 500;

const READ_ACCESSES = `
  SELECT x.* FROM unnest($1::text[]) AS p (id) CROSS JOIN LATERAL (
    SELECT p.id AS record, at, subject, agency, purpose, operation_name AS "operationName", upper(kind) AS kind
    FROM access_log WHERE records @> ARRAY[p.id] ORDER BY seq DESC LIMIT ${MOST_ACCESSES}) x`;

/** The field `accesses` of a record: who read it or acted on it, the latest first. One statement for all that a request asks for at once. */
export const accessesField: Resolver = ({ id }: { readonly id: unknown }, _arguments, context: RequestContext) =>
  context
    .loader<string, readonly Row[]>('accesses', () => {
      return new DataLoader((ids) => readAccesses(context.sql, ids));
    })
    .load(String(id));

/** Who accessed each of the records, the latest first. */
export async function readAccesses(sql: Sql, ids: readonly string[]): Promise<(readonly Row[])[]> {
  const byRecord = Map.groupBy(await sql.query<Row>(READ_ACCESSES, [ids]), (row) => String(row['record']));
  return ids.map((id) => byRecord.get(id) ?? []);
}

/** The fields of an access that are not simply its columns. */
export const accessFields: Record<string, Resolver> = {
  agency: (access: Row) => reference('Agency', access['agency']),
};

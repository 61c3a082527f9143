import DataLoader from 'dataloader';
import type { Sql } from './database.ts';
import { isRecordId } from './record-id.ts';

/** A row of a table by the names that its fields have in the graph. */
export type Row = Readonly<Record<string, unknown>>;

/** Fields as columns: `receivedAt` is column received_at. */
export function selectList(fields: readonly string[]): string {
  return fields.map((field) => `${columnOf(field)} AS "${field}"`).join(', ');
}

/** The column that a field of the graph is kept in. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Rows by their UUID, `null` where there is none (or the key is no UUID): one statement for all that a request asks for at once. */
export function rowsById(sql: Sql, table: string, fields: readonly string[]): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rows = await sql.query<Row>(`SELECT ${selectList(fields)} FROM ${table} WHERE id = ANY($1::uuid[])`, [ids.filter(isRecordId)]);
    const byId = new Map(rows.map((row) => [String(row['id']), row]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}

/** Rows that belong to another row, at most `limit` each in the order given: one statement for all that a request asks for at once. */
export function rowsByParent(sql: Sql, table: string, fields: readonly string[], parent: string, order: string, limit: number): DataLoader<string, Row[]> {
  return new DataLoader(async (parents) => {
    const statement = `SELECT x.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
      SELECT ${selectList(fields)}, k.id AS "parentId" FROM ${table} WHERE ${columnOf(parent)} = k.id ORDER BY ${order} LIMIT ${limit}) x`;
    const rows = await sql.query<Row>(statement, [parents]);
    const byParent = Map.groupBy(rows, (row) => String(row['parentId']));
    return parents.map((id) => byParent.get(id) ?? []);
  });
}

/** The object by which another subgraph's entity is referred to; `null` where nothing is recorded. */
export function reference(typename: string, id: unknown): { __typename: string; id: string } | null {
  return id === null || id === undefined ? null : { __typename: typename, id: String(id) };
}

import DataLoader from 'dataloader';
import { clientError } from '#schema/errors.ts';
import type { Sql } from './database.ts';
import { foreign } from './foreign-ids/foreign-ids.ts';
import { isRecordId } from './record-id.ts';
import type { Reach } from './reach.ts';
import type { RequestContext } from './subgraph.ts';
import { seen, type Visible } from './visibility.ts';

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

/** The field of the graph that a column keeps: the inverse of {@link columnOf}. */
export function fieldOf(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Records of one kind, and which of them a request may see. */
export interface VisibleRecords {
  readonly table: string;
  readonly fields: readonly string[];
  /** Those of them that hold ids of other ministries' records. */
  readonly foreign?: readonly string[];
  readonly visible: Visible;
}

/** The parameter that a value of a field is given to a statement as: marked where it is the id of another ministry's record. */
export function parameterOf({ foreign: fields = [] }: Pick<VisibleRecords, 'foreign'>, field: string, value: unknown): unknown {
  return fields.includes(field) ? foreign(value as string | readonly string[] | null) : value;
}

/**
 * Rows by their UUID, `null` where there is none that the request may see (or the key is no UUID): one statement for all that a request asks for
 * at once.
 */
export function rowsById(sql: Sql, { table, fields, visible }: VisibleRecords, reach: Reach): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const parameters: unknown[] = [ids.filter(isRecordId)];
    const where = ['t.id = ANY($1::uuid[])', ...seen(visible, reach, (value) => `$${parameters.push(value)}`)];
    const rows = await sql.query<Row>(`SELECT ${selectList(fields)} FROM "${table}" t WHERE ${where.join(' AND ')}`, parameters);
    const byId = new Map(rows.map((row) => [String(row['id']), row]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}

/** The object by which another subgraph's entity is referred to; `null` where nothing is recorded. */
export function reference(typename: string, id: unknown): { __typename: string; id: string } | null {
  return id === null || id === undefined ? null : { __typename: typename, id: String(id) };
}

/**
 * How another subgraph's reference to a record of type `typename` becomes the record: `__resolveReference`. A reference to a record that is not
 * there is told of, once for each record, and its place is null; a null alone would be taken for "nothing is recorded".
 * @throws RECORD_NOT_FOUND
 */
export function mustExist<Context extends RequestContext, Record>(typename: string, loader: (context: Context) => DataLoader<string, Record | null>) {
  return async ({ id }: { readonly id: string }, context: Context): Promise<Record> => {
    const record = await loader(context).load(id);
    if (record !== null) return record;
    throw clientError(
      'RECORD_NOT_FOUND',
      `Không có ${typename} nào mang mã ${JSON.stringify(id)}. · There is no ${typename} with the id ${JSON.stringify(id)}.`,
      {
        record: typename,
        id,
      },
    );
  };
}

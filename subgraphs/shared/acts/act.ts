/**
 * What an act is: one mutation, one record, one event. The rules of an act are pure functions of a subgraph's rules.ts; here is the form in
 * which a subgraph's acts.ts puts them together, and perform.ts carries it out.
 */
import type { RecordKind } from '#schema/record-kinds.ts';
import type { UserErrorCode } from '#schema/code-lists.ts';
import type { Caller } from '#schema/identity.ts';
import type { Sql } from '../database.ts';
import type { FieldChange } from './changes.ts';
import type { Reach } from '../reach.ts';
import { columnOf, parameterOf, type Row, selectList, type VisibleRecords } from '../records.ts';
import { seen } from '../visibility.ts';

/** What every act is told: under which key it is done, and, where a record is changed, from which version. Who acts is who asks. */
export interface ActInput {
  readonly clientMutationId: string;
  readonly ifVersion?: number | null;
}

/** What a user can mend; `message` says what was expected, in Vietnamese and English; `path` leads to the argument. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[];
}

/** What rules may need besides the record and the input. */
export interface Acting {
  /** The act's transaction. */
  readonly sql: Sql;
  /** The database's clock: that of the replicas may differ. */
  readonly now: Date;
  /** The agency that acts: the caller's. */
  readonly agency: string;
  /** What the caller may see. */
  readonly reach: Reach;
  /** Makes the id of a record that this act makes: the same whenever the act is tried again. */
  readonly newId: (kind: RecordKind) => string;
}

/** What is to be written, and what the event says of it. */
export interface Deed {
  /** Writes the record. @returns it as it is now. */
  readonly write: (sql: Sql) => Promise<Row>;
  /** When it happened. */
  readonly at: Date;
  /** The state that the record has entered, where it has states. */
  readonly state?: string;
  /** What changed, where it does not stand in the record itself. */
  readonly changes?: readonly FieldChange[];
  /** Why, in words or as a code; stands among the changes. */
  readonly reason?: string | null | undefined;
}

/** The records that an act is about. Of `fields`, which are read and compared, `id` and `version` are two. */
export interface Records extends VisibleRecords {
  /** What events call them. */
  readonly kind: string;
  /** The SELECT list that reads them, where it is not simply their columns. */
  readonly select?: string;
}

/** The SELECT list of records. */
export function selectOf({ fields, select }: Pick<Records, 'fields' | 'select'>): string {
  return select ?? selectList(fields);
}

/** Who acts, before anything is read. */
export interface Admission {
  readonly caller: Caller;
  readonly reach: Reach;
  /** Verifies passes; 32 bytes, the same in every subgraph. */
  readonly passKey: Buffer;
}

/** One act. */
// biome-ignore lint/suspicious/noExplicitAny: acts of one subgraph, each with its own input, stand in one object.
export interface Act<Input extends ActInput = any> {
  readonly on: Records;
  /** Whether what is said can be at all; needs nothing but the input. */
  readonly check: (input: Input) => readonly UserError[];
  /** Whether null in the input says something else than nothing, as where it takes a value away. */
  readonly nullSays?: boolean;
  /** Arguments that show a right to act and are no part of what is done: an act may be sent again with newer ones. */
  readonly proofs?: readonly string[];
  /** Verifies them; what is shown rightly is added to the reach. A refusal is not kept: it may be otherwise in a moment. */
  readonly admit?: (input: Input, admission: Admission) => readonly UserError[];
  /** The record that is changed; none is when the act makes one. */
  readonly id?: (input: Input) => string;
  /** Locks what must be locked before the record, so that no two acts lock each other out. */
  readonly lockFirst?: (sql: Sql, id: string) => Promise<unknown>;
  /** Whether the agency may act on the record. Comes before the version, so that who may not act learns nothing of the record. */
  readonly permit?: (record: Row, input: Input, acting: Acting) => readonly UserError[] | Promise<readonly UserError[]>;
  /** What is to be done, by the rules, or why it is not. `record` is null when the act makes one, or none was there. */
  readonly decide: (record: Row | null, input: Input, acting: Acting) => Promise<Deed | readonly UserError[]> | Deed | readonly UserError[];
}

/** A row as rules read it: fields named `…At` are moments. The drivers give them as text. */
export function toRecord(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name.endsWith('At') && typeof value === 'string' ? new Date(value) : value]));
}

/** A {@link UserError}; `path` is given from the input on. */
export function userError(code: UserErrorCode, path: string | readonly string[], vi: string, en: string): UserError {
  return { code, message: `${vi} · ${en}`, path: ['input', ...[path].flat()] };
}

/**
 * The record of this id, locked until the act ends; `null` where there is none that the caller may see. `lock`: how.
 */
export async function lockRecord(
  records: Pick<Records, 'table' | 'fields' | 'select' | 'visible'>,
  id: unknown,
  { sql, reach }: Pick<Acting, 'sql' | 'reach'>,
  lock: 'UPDATE' | 'NO KEY UPDATE' = 'UPDATE',
): Promise<Row | null> {
  const parameters: unknown[] = [id];
  const where = ['t.id = $1', ...seen(records.visible, reach, (value) => `$${parameters.push(value)}`)];
  const [row] = await sql.query<Row>(`SELECT ${selectOf(records)} FROM "${records.table}" t WHERE ${where.join(' AND ')} FOR ${lock} OF t`, parameters);
  return row === undefined ? null : toRecord(row);
}

/** Writes a new record. `values` by the names of the graph's fields. */
export function inserting(records: Records, values: Row): Deed['write'] {
  const names = Object.keys(values);
  const statement = `INSERT INTO "${records.table}" (${names.map(columnOf).join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING ${selectOf(records)}`;
  const parameters = Object.entries(values).map(([name, value]) => parameterOf(records, name, value));
  return async (sql) => one(await sql.query<Row>(statement, parameters));
}

/** Changes a record, and makes it the next version. `changes` by the names of the graph's fields. */
export function updating(records: Records, id: unknown, changes: Row): Deed['write'] {
  const set = Object.keys(changes).map((name, i) => `${columnOf(name)} = $${i + 2}`);
  const statement = `UPDATE "${records.table}" SET ${[...set, 'version = version + 1'].join(', ')} WHERE id = $1 RETURNING ${selectOf(records)}`;
  const parameters = [id, ...Object.entries(changes).map(([name, value]) => parameterOf(records, name, value))];
  return async (sql) => one(await sql.query<Row>(statement, parameters));
}

function one(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('expected the record that was written');
  return toRecord(row);
}

/**
 * What is done at start before a service keeps other ministries' ids: makes sure that the key is the one that they were sealed with, seals those that
 * were written before there was a key, and seals anew what an earlier key has sealed.
 */
import type { Logger } from 'pino';
import type { Database, Sql } from '../database.ts';
import { roleNames } from '../database/roles.ts';
import { bytesOf, type IdCipher, idCipher, idsOf } from './cipher.ts';
import { type ForeignColumn, mapFields } from './foreign-ids.ts';
import type { ReferenceKeys } from './keys.ts';

/** The key is not the one that the ids in the database were sealed with; the message says what to do. */
export class WrongReferenceKey extends Error {}

/** What an id was becomes what it shall be; for the bytes of any number of ids. */
type Translation = (ids: Uint8Array) => Buffer;

/** Sealed, it tells the keys apart: the id of no record. */
const CHECKED = Buffer.alloc(16);
/** Ids, and events or answers, that are translated at a time. */
const IDS_AT_ONCE = 10_000;
const ROWS_AT_ONCE = 1_000;

/**
 * Makes the database one whose foreign ids are sealed with the current key, in one transaction; to be run {@link Database.exclusively}, after
 * the migrations. The access log stays as it is: nothing in it is ever changed.
 * @throws WrongReferenceKey when they are sealed with another key; nothing is changed then.
 */
export async function adoptReferenceKey(database: Database, name: string, keys: ReferenceKeys, log?: Logger): Promise<void> {
  const { columns, fields } = database.foreignIds;
  const cipher = idCipher(keys.current);
  const check = checkOf(cipher);
  const changed = await database.session((session) =>
    session.transaction(async (sql) => {
      const [kept] = await sql.query<{ check: string }>('SELECT check_value AS check FROM reference_key');
      if (kept?.check === check) return false;
      const translate = kept === undefined ? cipher.seal : rotation(kept.check, name, cipher, keys);
      log?.info({ phase: 'sealing references', anew: kept !== undefined }, "sealing other ministries' ids");
      for (const column of columns) await translateColumn(sql, column, translate, log);
      await translateEvents(sql, fields, translate, log);
      await translateActs(sql, fields, translate, log);
      await sql.query('INSERT INTO reference_key (check_value) VALUES ($1) ON CONFLICT (single) DO UPDATE SET check_value = excluded.check_value', [check]);
      return true;
    }),
  );
  if (changed) await database.clearUp();
}

/**
 * Statements that make the table by which the service `subgraph` knows its key again. Only the owner sees it. For migrations: change them only together
 * with a new migration.
 */
export function referenceKeyTable(subgraph: string): string[] {
  return [
    `CREATE TABLE reference_key (single boolean PRIMARY KEY DEFAULT true CHECK (single), check_value uuid NOT NULL)`,
    'ALTER TABLE reference_key ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE reference_key FORCE ROW LEVEL SECURITY',
    `CREATE POLICY owner ON reference_key TO ${roleNames(subgraph).owner} USING (true) WITH CHECK (true)`,
  ];
}

function rotation(check: string, name: string, cipher: IdCipher, { previous }: ReferenceKeys): Translation {
  const variable = `${name.toUpperCase()}_REFERENCE_KEY`;
  const before = previous && idCipher(previous);
  if (before === undefined || checkOf(before) !== check) {
    const what = before === undefined ? variable : `${variable} or ${variable}_PREVIOUS`;
    throw new WrongReferenceKey(
      `expected in ${what} the key that the ids of other ministries' records in this database are sealed with, got another: set it, or, ` +
        `to change the key, set the new one as ${variable} and the one until now as ${variable}_PREVIOUS; nothing was changed`,
    );
  }
  return (ids) => cipher.seal(before.open(ids));
}

function checkOf(cipher: IdCipher): string {
  return idsOf(cipher.seal(CHECKED))[0] as string;
}

/** Each id once, by way of a table of what becomes of it: one statement then changes all rows. */
async function translateColumn(sql: Sql, { table, column }: ForeignColumn, translate: Translation, log?: Logger): Promise<void> {
  await sql.query('CREATE TEMPORARY TABLE translated_id (was uuid PRIMARY KEY, becomes uuid NOT NULL) ON COMMIT DROP');
  const next = `SELECT DISTINCT ${column} AS id FROM "${table}" WHERE ${column} > $1 OR ($1::uuid IS NULL AND ${column} IS NOT NULL) ORDER BY 1 LIMIT ${IDS_AT_ONCE}`;
  let done = 0;
  for (let last: string | null = null; ; ) {
    const ids: string[] = (await sql.query<{ id: string }>(next, [last])).map(({ id }) => id);
    if (ids.length === 0) break;
    const becomes = idsOf(translate(bytesOf(ids)));
    await sql.query('INSERT INTO translated_id SELECT * FROM unnest($1::uuid[], $2::uuid[])', [ids, becomes].map(asList));
    last = ids.at(-1) ?? null;
    done += ids.length;
    log?.info({ phase: 'sealing references', table, done }, 'sealing');
  }
  await sql.query('ANALYZE translated_id');
  await withoutTriggers(sql, table, `UPDATE "${table}" t SET ${column} = i.becomes FROM translated_id i WHERE t.${column} = i.was`);
  await sql.query('DROP TABLE translated_id');
}

/** What happened stays as it was told; only how it names other ministries' records changes. */
async function translateEvents(sql: Sql, fields: ReadonlySet<string>, translate: Translation, log?: Logger): Promise<void> {
  const named = [...fields].map((field) => `changes @> '[{"field": "${field}"}]'`).join(' OR ');
  const next = `SELECT id::text AS id, changes AS value FROM record_event WHERE id > $1 AND (${named}) ORDER BY record_event.id LIMIT ${ROWS_AT_ONCE}`;
  const update = 'UPDATE record_event e SET changes = n.value::jsonb FROM unnest($1::bigint[], $2::text[]) n (id, value) WHERE e.id = n.id';
  let done = 0;
  for (let last = '0'; ; ) {
    const rows = await sql.query<{ id: string; value: unknown }>(next, [last]);
    if (rows.length === 0) return;
    await withoutTriggers(sql, 'record_event', update, [rows.map(({ id }) => id), rows.map(({ value }) => translated(value, fields, translate))]);
    last = rows.at(-1)?.id ?? last;
    done += rows.length;
    log?.info({ phase: 'sealing references', table: 'record_event', done }, 'sealing');
  }
}

/** What was asked for, of which there is a digest, and the answers that acts gave, which give the record as it was. */
async function translateActs(sql: Sql, fields: ReadonlySet<string>, translate: Translation, log?: Logger): Promise<void> {
  const next = `SELECT agency, key, input_hash AS digest, answer AS value FROM act WHERE (agency, key) > ($1, $2) ORDER BY agency, key LIMIT ${ROWS_AT_ONCE}`;
  const update = `UPDATE act a SET input_hash = n.digest, answer = n.value::jsonb
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) n (agency, key, digest, value) WHERE a.agency = n.agency AND a.key = n.key`;
  let done = 0;
  for (let last = ['', '']; ; ) {
    const rows = await sql.query<{ agency: string; key: string; digest: string; value: unknown }>(next, last);
    if (rows.length === 0) return;
    await sql.query(update, [
      rows.map(({ agency }) => agency),
      rows.map(({ key }) => key),
      rows.map(({ digest }) => translate(Buffer.from(digest, 'hex')).toString('hex')),
      rows.map(({ value }) => (value === null ? null : translated(value, fields, translate))),
    ]);
    const { agency = '', key = '' } = rows.at(-1) ?? {};
    last = [agency, key];
    done += rows.length;
    log?.info({ phase: 'sealing references', table: 'act', done }, 'sealing');
  }
}

function translated(value: unknown, fields: ReadonlySet<string>, translate: Translation): string {
  return JSON.stringify(mapFields(value, fields, (id) => idsOf(translate(bytesOf([id])))[0] as string));
}

/** No figure changes, no event is told: the records are what they were. */
async function withoutTriggers(sql: Sql, table: string, statement: string, parameters: readonly unknown[] = []): Promise<void> {
  await sql.query(`ALTER TABLE "${table}" DISABLE TRIGGER USER`);
  await sql.query(statement, parameters);
  await sql.query(`ALTER TABLE "${table}" ENABLE TRIGGER USER`);
}

function asList(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}

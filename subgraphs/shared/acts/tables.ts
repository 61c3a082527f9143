/**
 * The tables that acts leave their traces in. For migrations: change a statement only together with a new migration.
 */

/** Statements that make the tables of events and of the acts done. */
export const ACT_TABLES: readonly string[] = [
  // record_id is text: agencies and plans have names for ids.
  `CREATE TABLE record_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL, record_id text NOT NULL, act text NOT NULL, state text, at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), agency text, actor text, changes jsonb NOT NULL DEFAULT '[]'
  )`,
  'CREATE INDEX record_event_record ON record_event (kind, record_id, id)',
  `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only: events are never changed or deleted', TG_TABLE_NAME; END $$`,
  'CREATE TRIGGER record_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
  // What was answered to a key, so that whoever asks again is told the same. Keys are an agency's own: two agencies may use the same one.
  `CREATE TABLE act (
    agency text NOT NULL, key text NOT NULL, name text NOT NULL, input_hash text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(), answer jsonb, PRIMARY KEY (agency, key)
  )`,
];

/**
 * Statements that write the kind's digit into the ids of records that were made before ids had one; `columns` are those that hold ids of
 * records of that kind. Triggers do not see it: no figure changes.
 */
export function kindDigits(digit: string, columns: readonly (readonly [table: string, column: string])[]): string[] {
  return columns.flatMap(([table, column]) => [
    `ALTER TABLE "${table}" DISABLE TRIGGER USER`,
    `UPDATE "${table}" SET ${column} = overlay(${column}::text placing '${digit}' from 16 for 1)::uuid WHERE ${column} IS NOT NULL`,
    `ALTER TABLE "${table}" ENABLE TRIGGER USER`,
  ]);
}

/** Statement that gives the records of a table the version by which acts on them are told apart. */
export function versionColumn(table: string): string {
  return `ALTER TABLE "${table}" ADD COLUMN version integer NOT NULL DEFAULT 1`;
}

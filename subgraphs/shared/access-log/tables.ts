/**
 * The tables of the access log. For migrations: change a statement only together with a new migration.
 *
 * Triggers keep the service itself and its owner's mistakes from changing the log; against whoever may drop a trigger there are the tree, its
 * signed checkpoints and what other services have seen of them.
 */

const APPEND_ONLY = ['access_log', 'access_checkpoint', 'witnessed_checkpoint'];

/** Statements that make the tables; after those of acts, whose refuse_change() they use. */
export const ACCESS_LOG_TABLES: readonly string[] = [
  // seq counts from 0, as the leaves of the tree do. `entry` is what the leaf is the hash of; the columns are there to search by.
  `CREATE TABLE access_log (
    seq bigint PRIMARY KEY, at timestamptz NOT NULL, subject text, agency text, purpose text, operation_hash text NOT NULL, operation_name text,
    request_id text NOT NULL, kind text NOT NULL, records text[] NOT NULL, entry text NOT NULL, leaf bytea NOT NULL
  )`,
  'CREATE INDEX access_log_records ON access_log USING gin (records)',
  // One row, whose lock puts the appends of all replicas in one order. frontier: see merkle.ts.
  'CREATE TABLE access_tree (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), size bigint NOT NULL, frontier bytea NOT NULL)',
  "INSERT INTO access_tree (size, frontier) VALUES (0, '')",
  'CREATE TABLE access_checkpoint (size bigint PRIMARY KEY, root bytea NOT NULL, note text NOT NULL, at timestamptz NOT NULL)',
  // Two roots of one size are kept both: they prove that the log was forked.
  `CREATE TABLE witnessed_checkpoint (
    log text NOT NULL, size bigint NOT NULL, root bytea NOT NULL, note text NOT NULL, seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size, root)
  )`,
  ...APPEND_ONLY.map(
    (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
  'CREATE TRIGGER access_tree_stays BEFORE DELETE OR TRUNCATE ON access_tree FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
];

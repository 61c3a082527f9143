/**
 * Day rollups, kept by the database itself in the transaction that writes the records, so that no way of writing (an act, an import, a
 * correction by hand) can leave a figure behind.
 *
 * Each statement notes what it changes in `rollup_pending`; when the transaction commits, all of it is added to `rollup` at once and in the
 * order of the key. Adding it statement by statement was rejected: two transactions of several statements would lock each other out over
 * the rows that all share (the year, all provinces), and one that writes for minutes would hold up every other for as long.
 *
 * One row of `rollup` holds the counts of one fact for a stretch of time (grain D, M or Y, its first day), a province (or `*`, all
 * together) and an agency: `{"<breakdown>": {"<value>": n}}`. Months, years and all provinces together are stored as well, so that a
 * figure is the sum of a few rows whatever the length of the period and the number of records. Unknown provinces and agencies are ''.
 *
 * Used by migrations, which must stay what they were: change a statement below only together with a new migration that replaces it.
 */
export { type Inherited, inherited, passedOn, type Summarised, summarised } from './kept-columns.ts';

/** Statements that make the tables and function by which a subgraph knows when its records were last written, and whether they are demo records. */
export const CHANGE_TABLES: readonly string[] = [
  // Whether the database was filled with demo records, and to the end: filling is begun again when it was cut off.
  'CREATE TABLE demo_seed (started_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz)',
  // Appended to and never updated, since one row for all would queue every writer.
  'CREATE TABLE record_change (at timestamptz NOT NULL DEFAULT clock_timestamp())',
  'CREATE INDEX record_change_at ON record_change (at)',
  `CREATE FUNCTION record_change_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN INSERT INTO record_change DEFAULT VALUES; RETURN NULL; END IF;
      IF EXISTS (SELECT FROM changed_rows) THEN INSERT INTO record_change DEFAULT VALUES; END IF;
      RETURN NULL;
    END $$`,
];

/** Statements that note every writing of `table`. */
export function changeTriggers(table: string): string[] {
  const transition = {
    INSERT: 'REFERENCING NEW TABLE AS changed_rows',
    UPDATE: 'REFERENCING NEW TABLE AS changed_rows',
    DELETE: 'REFERENCING OLD TABLE AS changed_rows',
    TRUNCATE: '',
  };
  return Object.entries(transition).map(
    ([event, rows]) =>
      `CREATE TRIGGER change_${event.toLowerCase()} AFTER ${event} ON "${table}" ${rows} FOR EACH STATEMENT EXECUTE FUNCTION record_change_note()`,
  );
}

/**
 * More memory for the statements that sort and group. Compiling them (jit) takes a tenth of a second, and PostgreSQL would do it for every
 * single record, since it cannot know how few rows a statement wrote.
 */
const SETTINGS = "SET work_mem = '64MB' SET jit = off";

/** Statements that make the tables and functions of the rollups. */
export const ROLLUP_TABLES: readonly string[] = [
  ...CHANGE_TABLES,
  `CREATE TABLE rollup (
    fact text NOT NULL, grain char(1) NOT NULL CHECK (grain IN ('D', 'M', 'Y')), start_on date NOT NULL,
    province text NOT NULL, agency text NOT NULL, counts jsonb NOT NULL,
    PRIMARY KEY (fact, grain, start_on, province, agency)
  ) WITH (fillfactor = 80)`,
  // A transaction finds its own by the index: what others left for the vacuum to clear would be most of the table.
  `CREATE UNLOGGED TABLE rollup_pending (
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    fact text NOT NULL, grain char(1) NOT NULL, start_on date NOT NULL, province text NOT NULL, agency text NOT NULL, counts jsonb NOT NULL
  )`,
  'CREATE INDEX rollup_pending_transaction ON rollup_pending (transaction)',
  'CREATE UNLOGGED TABLE rollup_due (transaction xid8 PRIMARY KEY DEFAULT pg_current_xact_id())',
  `CREATE FUNCTION rollup_add(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(breakdown, counts), '{}') FROM (
      SELECT breakdown, jsonb_object_agg(value, n) AS counts FROM (
        SELECT x.key AS breakdown, y.key AS value, sum(y.value::bigint) AS n
        FROM (SELECT * FROM jsonb_each(a) UNION ALL SELECT * FROM jsonb_each(b)) x CROSS JOIN LATERAL jsonb_each_text(x.value) y
        GROUP BY 1, 2 HAVING sum(y.value::bigint) <> 0
      ) summed GROUP BY breakdown
    ) nested
  $$`,
  // Strict, so that a single value costs nothing.
  `CREATE FUNCTION rollup_add_strict(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT rollup_add(a, b)'`,
  'CREATE AGGREGATE rollup_sum(jsonb) (sfunc = rollup_add_strict, stype = jsonb)',
  `CREATE FUNCTION rollup_settle() RETURNS trigger LANGUAGE plpgsql ${SETTINGS} SET enable_seqscan = off AS $$
    BEGIN
      DELETE FROM rollup_due WHERE transaction = pg_current_xact_id();
      WITH pending AS (DELETE FROM rollup_pending WHERE transaction = pg_current_xact_id() RETURNING *)
      INSERT INTO rollup AS r (fact, grain, start_on, province, agency, counts)
      SELECT fact, grain, start_on, province, agency, rollup_sum(counts) FROM pending GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
      ON CONFLICT (fact, grain, start_on, province, agency) DO UPDATE SET counts = rollup_add(r.counts, excluded.counts);
      RETURN NULL;
    END $$`,
  `CREATE CONSTRAINT TRIGGER rollup_settle AFTER INSERT ON rollup_due DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollup_settle()`,
];

/** Where a row counts, as SQL over the row `r`: `province` and `agency` are text, '' where not known. */
export interface Coordinates {
  readonly fact: string;
  readonly day: string;
  readonly province: string;
  readonly agency: string;
}

/**
 * Breakdowns with few values, known beforehand: for each value, the SQL condition over the row `r` under which it counts. One pass over the
 * rows counts them all, which makes imports of millions several times faster than {@link openBreakdowns}.
 */
export type ClosedBreakdowns = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The values that a column has one of. */
export function oneOf(column: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value, `${column} = '${value}'`]));
}

/** The values that a list may hold any of. */
export function anyOf(column: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value, `'${value}' = ANY (${column})`]));
}

/** Statements that make `table` count into the rollups, by breakdowns whose values are known beforehand. */
export function closedBreakdowns(table: string, at: Coordinates, breakdowns: ClosedBreakdowns): string[] {
  return countingTriggers(closedFact(table, at, breakdowns));
}

/** What {@link closedBreakdowns} counts, for {@link recounted}. */
export function closedFact(table: string, at: Coordinates, breakdowns: ClosedBreakdowns): Fact {
  const conditions = Object.values(breakdowns).flatMap((values) => Object.values(values));
  const each = (form: (column: string) => string, separator = ', ') => conditions.map((_, i) => form(`c${i}`)).join(separator);
  // JSON as text, with the counts that are not 0: casting it takes half the time of jsonb_build_object and jsonb_strip_nulls.
  let index = 0;
  const counts = Object.entries(breakdowns).map(([breakdown, values]) => {
    const pairs = Object.keys(values).map((value) => {
      const column = `c${index++}`;
      return `CASE WHEN ${column} <> 0 THEN '${JSON.stringify(value)}:' || ${column} END`;
    });
    return `'${JSON.stringify(breakdown)}:{' || concat_ws(',', ${pairs.join(', ')}) || '}'`;
  });
  const coarser = (grain: string, from: string) =>
    `SELECT date_trunc('${grain}', start_on)::date AS start_on, province, agency, ${each((c) => `sum(${c})::int AS ${c}`)} FROM ${from} GROUP BY 1, 2, 3`;
  const changes = (rows: readonly CountedRows[]) => {
    // Only an update both adds and takes away; counting is quicker than summing.
    const counted = (condition: string) =>
      rows.length === 1 ? `${rows[0]?.sign}(count(*) FILTER (WHERE ${condition}))::int` : `coalesce(sum(sign) FILTER (WHERE ${condition}), 0)::int`;
    const source = rows.length === 1 ? `${rows[0]?.name}` : `(${rows.map(({ name, sign }) => `SELECT *, ${sign}1 AS sign FROM ${name}`).join(' UNION ALL ')})`;
    return `
      WITH day AS MATERIALIZED (
        SELECT ${at.day} AS start_on, ${at.province} AS province, ${at.agency} AS agency,
          ${conditions.map((condition, i) => `${counted(condition)} AS c${i}`).join(', ')}
        FROM ${source} r GROUP BY 1, 2, 3
      ), month AS MATERIALIZED (${coarser('month', 'day')}), year AS MATERIALIZED (${coarser('year', 'month')}), located AS (
        SELECT 'D' AS grain, * FROM day UNION ALL SELECT 'M', * FROM month UNION ALL SELECT 'Y', * FROM year
      ), cell AS (
        SELECT * FROM located UNION ALL SELECT grain, start_on, '*', agency, ${each((c) => `sum(${c})::int`)} FROM located GROUP BY 1, 2, 4
      )
      SELECT '${at.fact}', grain, start_on, province, agency, ('{' || concat_ws(',', ${counts.join(', ')}) || '}')::jsonb
      FROM cell WHERE ${each((c) => `${c} <> 0`, ' OR ')}`;
  };
  return { table, fact: at.fact, changes };
}

/**
 * Statements that make `table` count into the rollups, by breakdowns whose values are not known beforehand. `values` is a SELECT of
 * (breakdown, value), both text, over the row `r`.
 */
export function openBreakdowns(table: string, at: Coordinates, values: string): string[] {
  return countingTriggers(openFact(table, at, values));
}

/** What {@link openBreakdowns} counts, for {@link recounted}. */
export function openFact(table: string, at: Coordinates, values: string): Fact {
  const changes = (rows: readonly CountedRows[]) => {
    const exploded = rows.map(
      ({ name, sign }) =>
        `SELECT ${at.day}, ${at.province}, ${at.agency}, v.breakdown, v.value, ${sign}1 FROM ${name} r CROSS JOIN LATERAL (${values}) AS v (breakdown, value)`,
    );
    const coarser = (grain: string, from: string) =>
      `SELECT date_trunc('${grain}', start_on)::date AS start_on, province, agency, breakdown, value, sum(n) AS n FROM ${from} GROUP BY 1, 2, 3, 4, 5`;
    return `
      WITH day AS MATERIALIZED (
        SELECT start_on, province, agency, breakdown, value, sum(n) AS n FROM (${exploded.join(' UNION ALL ')}) AS e (start_on, province, agency, breakdown, value, n)
        WHERE value IS NOT NULL GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0
      ), month AS MATERIALIZED (${coarser('month', 'day')}), year AS MATERIALIZED (${coarser('year', 'month')}), located AS (
        SELECT 'D' AS grain, * FROM day UNION ALL SELECT 'M', * FROM month UNION ALL SELECT 'Y', * FROM year
      ), cell AS (
        SELECT * FROM located UNION ALL SELECT grain, start_on, '*', agency, breakdown, value, sum(n) FROM located GROUP BY 1, 2, 4, 5, 6
      ), nested AS (
        SELECT grain, start_on, province, agency, breakdown, jsonb_object_agg(value, n) AS counts FROM cell WHERE n <> 0 GROUP BY 1, 2, 3, 4, 5
      )
      SELECT '${at.fact}', grain, start_on, province, agency, jsonb_object_agg(breakdown, counts) FROM nested GROUP BY 1, 2, 3, 4, 5`;
  };
  return { table, fact: at.fact, changes };
}

/**
 * Statements by which the rollups of a fact are what `fact` says from now on: what counted it before, if anything, goes, and the records that
 * are there are counted. For migrations; whoever writes meanwhile waits for their end.
 */
export function recounted(fact: Fact): string[] {
  const gone = EVENTS.flatMap((event) => [
    `DROP TRIGGER IF EXISTS ${triggerName(fact, event)} ON "${fact.table}"`,
    `DROP FUNCTION IF EXISTS ${triggerName(fact, event)}()`,
  ]);
  return [
    ...gone,
    forget(fact),
    ...countingTriggers(fact),
    `INSERT INTO rollup_pending (fact, grain, start_on, province, agency, counts) ${fact.changes([{ name: `"${fact.table}"`, sign: '' }])}`,
    DUE,
  ];
}

/** What is counted, and how. */
export interface Fact {
  readonly table: string;
  readonly fact: string;
  /** A SELECT of rows for `rollup_pending`. */
  readonly changes: (rows: readonly CountedRows[]) => string;
}

/** Rows that count (`+`) or no longer do (`-`), by the name of their table, mostly a transition table. */
interface CountedRows {
  readonly name: string;
  readonly sign: '' | '-';
}

const EVENTS = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;
const DUE = 'INSERT INTO rollup_due DEFAULT VALUES ON CONFLICT DO NOTHING';

function triggerName({ fact }: Fact, event: (typeof EVENTS)[number]): string {
  return `rollup_${fact}_${event}`.toLowerCase();
}

function forget({ fact }: Fact): string {
  return `WITH pending AS (DELETE FROM rollup_pending WHERE fact = '${fact}') DELETE FROM rollup WHERE fact = '${fact}'`;
}

/** A trigger for each way of writing. */
function countingTriggers(fact: Fact): string[] {
  const added: CountedRows = { name: 'new_rows', sign: '' };
  const removed: CountedRows = { name: 'old_rows', sign: '-' };
  const trigger = (event: (typeof EVENTS)[number], transition: string, work: string) => {
    const name = triggerName(fact, event);
    return [
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql ${SETTINGS} AS $$ BEGIN ${work}; RETURN NULL; END $$`,
      `CREATE TRIGGER ${name} AFTER ${event} ON "${fact.table}" ${transition} FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    ];
  };
  const note = (rows: readonly CountedRows[]) => `
    INSERT INTO rollup_pending (fact, grain, start_on, province, agency, counts) ${fact.changes(rows)};
    IF FOUND THEN ${DUE}; END IF`;
  return [
    ...trigger('INSERT', 'REFERENCING NEW TABLE AS new_rows', note([added])),
    ...trigger('UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows', note([added, removed])),
    ...trigger('DELETE', 'REFERENCING OLD TABLE AS old_rows', note([removed])),
    ...trigger('TRUNCATE', '', forget(fact)),
  ];
}

/** SQL for the day in Vietnam of the moment `expression`. */
export function dayOf(expression: string): string {
  return `(${expression} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
}

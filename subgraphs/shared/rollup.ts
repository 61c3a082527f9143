/**
 * Day rollups, kept by the database itself in the transaction that writes the records, so that no way of writing (an act, an import, a
 * correction by hand) can leave a figure behind.
 *
 * One row of `rollup` holds the counts of one fact for a stretch of time (grain D, M or Y, its first day), a province (or `*`, all
 * together) and an agency: `{"<breakdown>": {"<value>": n}}`. Months, years and all provinces together are stored as well, so that a
 * figure is the sum of a few rows whatever the length of the period and the number of records. Unknown provinces and agencies are ''.
 *
 * Used by migrations, which must stay what they were: change a statement below only together with a new migration that replaces it.
 */

/** Statements that make the table and function by which a subgraph knows when its records were last written. */
export const CHANGE_TABLES: readonly string[] = [
  // Appended to and never updated, since one row for all would queue every writer.
  'CREATE TABLE record_change (at timestamptz NOT NULL DEFAULT clock_timestamp())',
  'CREATE INDEX record_change_at ON record_change (at)',
  `CREATE FUNCTION record_change_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM changed_rows) THEN INSERT INTO record_change DEFAULT VALUES; END IF;
      RETURN NULL;
    END $$`,
];

/** Statements that note every writing of `table`. */
export function changeTriggers(table: string): string[] {
  return (['INSERT', 'UPDATE', 'DELETE'] as const).map(
    (event) => `CREATE TRIGGER change_${event.toLowerCase()} AFTER ${event} ON "${table}"
      REFERENCING ${event === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION record_change_note()`,
  );
}

/** Statements that make the tables and functions of the rollups. */
export const ROLLUP_TABLES: readonly string[] = [
  ...CHANGE_TABLES,
  `CREATE TABLE rollup (
    fact text NOT NULL, grain char(1) NOT NULL CHECK (grain IN ('D', 'M', 'Y')), start_on date NOT NULL,
    province text NOT NULL, agency text NOT NULL, counts jsonb NOT NULL,
    PRIMARY KEY (fact, grain, start_on, province, agency)
  ) WITH (fillfactor = 80)`,
  `CREATE FUNCTION rollup_add(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(breakdown, counts), '{}') FROM (
      SELECT breakdown, jsonb_object_agg(value, n) AS counts FROM (
        SELECT x.key AS breakdown, y.key AS value, sum(y.value::bigint) AS n
        FROM (SELECT * FROM jsonb_each(a) UNION ALL SELECT * FROM jsonb_each(b)) x CROSS JOIN LATERAL jsonb_each_text(x.value) y
        GROUP BY 1, 2 HAVING sum(y.value::bigint) <> 0
      ) summed GROUP BY breakdown
    ) nested
  $$`,
  // The trigger's one argument is a SELECT of (fact, day, province, agency, breakdown, value) FROM {rows}. Coarser rows are summed from
  // finer ones, and written in the order of the key, so that concurrent writers cannot lock each other out.
  `CREATE FUNCTION rollup_apply() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      signed text := CASE TG_OP
        WHEN 'INSERT' THEN format('SELECT *, 1 FROM (%s) f', replace(TG_ARGV[0], '{rows}', 'new_rows'))
        WHEN 'DELETE' THEN format('SELECT *, -1 FROM (%s) f', replace(TG_ARGV[0], '{rows}', 'old_rows'))
        ELSE format('SELECT *, 1 FROM (%s) f UNION ALL SELECT *, -1 FROM (%s) g',
          replace(TG_ARGV[0], '{rows}', 'new_rows'), replace(TG_ARGV[0], '{rows}', 'old_rows')) END;
    BEGIN
      EXECUTE format($q$
        WITH fact (fact, start_on, province, agency, breakdown, value, n) AS MATERIALIZED (
          SELECT fact, day, province, agency, breakdown, value, sum(n)
          FROM (%s) AS signed (fact, day, province, agency, breakdown, value, n)
          GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0
        ), month AS MATERIALIZED (
          SELECT fact, date_trunc('month', start_on)::date AS start_on, province, agency, breakdown, value, sum(n) AS n FROM fact GROUP BY 1, 2, 3, 4, 5, 6
        ), year AS MATERIALIZED (
          SELECT fact, date_trunc('year', start_on)::date AS start_on, province, agency, breakdown, value, sum(n) AS n FROM month GROUP BY 1, 2, 3, 4, 5, 6
        ), located AS (
          SELECT 'D' AS grain, * FROM fact UNION ALL SELECT 'M', * FROM month UNION ALL SELECT 'Y', * FROM year
        ), cell AS (
          SELECT * FROM located
          UNION ALL SELECT grain, fact, start_on, '*', agency, breakdown, value, sum(n) FROM located GROUP BY 1, 2, 3, 5, 6, 7
        ), nested AS (
          SELECT fact, grain, start_on, province, agency, breakdown, jsonb_object_agg(value, n) AS counts
          FROM cell WHERE n <> 0 GROUP BY 1, 2, 3, 4, 5, 6
        )
        INSERT INTO rollup AS r (fact, grain, start_on, province, agency, counts)
        SELECT fact, grain, start_on, province, agency, jsonb_object_agg(breakdown, counts) FROM nested
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (fact, grain, start_on, province, agency) DO UPDATE SET counts = rollup_add(r.counts, excluded.counts)
      $q$, signed);
      RETURN NULL;
    END $$`,
];

/**
 * Statements that make `table` count into the rollups. `facts` is a SELECT of (fact, day, province, agency, breakdown, value), all text
 * but the day, from `{rows}`, which stands for the rows written.
 */
export function rollupTriggers(table: string, facts: string): string[] {
  const argument = `'${facts.replaceAll("'", "''").replace(/\s+/g, ' ').trim()}'`;
  const trigger = (event: string, transition: string) =>
    `CREATE TRIGGER rollup_${event.toLowerCase()} AFTER ${event} ON "${table}" REFERENCING ${transition} FOR EACH STATEMENT EXECUTE FUNCTION rollup_apply(${argument})`;
  return [
    trigger('INSERT', 'NEW TABLE AS new_rows'),
    trigger('UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
    trigger('DELETE', 'OLD TABLE AS old_rows'),
    ...changeTriggers(table),
  ];
}

/** SQL for the day in Vietnam of the moment `expression`. */
export function dayOf(expression: string): string {
  return `(${expression} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
}

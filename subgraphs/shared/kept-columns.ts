/**
 * Columns that the database keeps equal to what stands in another table, whoever writes and however: figures are divided by them or count
 * them, and rollups know only the row itself. For migrations, like the statements of rollup.ts.
 */

/** A column that records of `table` have from the record that their column `reference` refers to. */
export interface Inherited {
  readonly table: string;
  readonly column: string;
  readonly reference: string;
  readonly from: { readonly table: string; readonly column: string };
}

/**
 * Statements that keep an inherited column equal to where it comes from, whichever of the two is written. The record referred to is locked
 * where it is read: otherwise it could be changed by another transaction that does not see the new record yet.
 */
export function inherited(kept: Inherited): string[] {
  const { table, column, reference, from } = kept;
  return [
    `CREATE FUNCTION ${table}_${column}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        SELECT ${from.column} INTO NEW.${column} FROM ${from.table} WHERE id = NEW.${reference} FOR NO KEY UPDATE;
        RETURN NEW;
      END $$`,
    `CREATE TRIGGER ${table}_${column} BEFORE INSERT OR UPDATE OF ${reference}, ${column} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_${column}()`,
    passedOn(kept),
    `CREATE TRIGGER ${from.table}_${column} AFTER UPDATE ON ${from.table}
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ${from.table}_${column}()`,
  ];
}

/** Statement that makes, or replaces, the function of {@link inherited} that passes a change on to the records that have the column from there. */
export function passedOn({ table, column, reference, from }: Inherited): string {
  const changed = `FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.${from.column} IS DISTINCT FROM o.${from.column}`;
  // By EXCEPT, as a join that may end with the first row found compares every row with every other. The update is planned anew each time:
  // the plan for a million records would be a bad one for a single record, and the other way round.
  return `CREATE OR REPLACE FUNCTION ${from.table}_${column}() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
      BEGIN
        IF EXISTS (SELECT id, ${from.column} FROM new_rows EXCEPT SELECT id, ${from.column} FROM old_rows) THEN
          EXECUTE 'UPDATE ${table} t SET ${column} = n.${from.column} ${changed} AND t.${reference} = n.id';
        END IF;
        RETURN NULL;
      END $$`;
}

/** Columns of `into` that are worked out from the records of `table` that refer to it. */
export interface Summarised {
  readonly table: string;
  /** The column of `table` that refers to `into`. */
  readonly reference: string;
  /** SQL condition over the record `r`: only those that fulfil it matter. */
  readonly where: string;
  /** What the summary reads of a record: SQL over `r`. It is made anew only when one of these, `where` or the reference changes. */
  readonly reads: readonly string[];
  readonly into: string;
  /** By column of `into`: the SQL aggregate over the records `r`, and what the column holds where there are none. */
  readonly columns: Readonly<Record<string, { readonly from: string; readonly none: string }>>;
}

/**
 * Statements that keep a summary of the records that refer to a record in that record itself. It is written only where it changes, by
 * one statement, however many records a statement writes. The records summarised into are locked before their summary is made: of two
 * transactions that write records of the same one, the second waits, and then sees what the first wrote.
 */
export function summarised({ table, reference, where, reads, into, columns }: Summarised): string[] {
  const name = `${table}_into_${into}`;
  const names = Object.keys(columns);
  const matters = (rows: string) => `SELECT r.id, r.${reference}, ${reads.join(', ')} FROM ${rows} r WHERE ${where}`;
  const changed = `(${matters('new_rows')} EXCEPT ${matters('old_rows')}) UNION ALL (${matters('old_rows')} EXCEPT ${matters('new_rows')})`;
  const aggregates = names.map((column) => `coalesce(${columns[column]?.from}, ${columns[column]?.none}) AS ${column}`);
  const equal = `(${names.map((column) => `t.${column}`).join(', ')}) IS DISTINCT FROM (${names.map((column) => `s.${column}`).join(', ')})`;
  const assign = (from: (column: string) => string) => names.map((column) => `${column} = ${from(column)}`).join(', ');
  const trigger = (event: string, transition: string, work: string) => [
    `CREATE FUNCTION ${name}_${event.toLowerCase()}() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$ BEGIN ${work}; RETURN NULL; END $$`,
    `CREATE TRIGGER ${name}_${event.toLowerCase()} AFTER ${event} ON ${table} ${transition} FOR EACH STATEMENT EXECUTE FUNCTION ${name}_${event.toLowerCase()}()`,
  ];
  const of = (rows: string) => `PERFORM ${name}(ARRAY(SELECT DISTINCT w.${reference} FROM (${rows}) w))`;
  const summary = `SELECT k.id, ${aggregates.join(', ')} FROM unnest($1) AS k (id) LEFT JOIN ${table} r ON r.${reference} = k.id AND ${where} GROUP BY 1`;
  return [
    // Planned anew each time, as above.
    `CREATE FUNCTION ${name}(changed uuid[]) RETURNS void LANGUAGE plpgsql SET jit = off AS $f$
      BEGIN
        IF changed = '{}' THEN RETURN; END IF;
        EXECUTE 'SELECT FROM ${into} WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE' USING changed;
        EXECUTE $s$UPDATE ${into} t SET ${assign((column) => `s.${column}`)} FROM (${summary}) s WHERE t.id = s.id AND ${equal}$s$ USING changed;
      END $f$`,
    ...trigger('INSERT', 'REFERENCING NEW TABLE AS new_rows', of(matters('new_rows'))),
    ...trigger('UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows', of(changed)),
    ...trigger('DELETE', 'REFERENCING OLD TABLE AS old_rows', of(matters('old_rows'))),
    ...trigger('TRUNCATE', '', `UPDATE ${into} SET ${assign((column) => columns[column]?.none ?? '')}`),
    // The records that are there: nobody wrote them just now, which is what triggers would say.
    `ALTER TABLE ${into} DISABLE TRIGGER USER`,
    `SELECT ${name}(ARRAY(SELECT DISTINCT ${reference} FROM ${table}))`,
    `ALTER TABLE ${into} ENABLE TRIGGER USER`,
  ];
}

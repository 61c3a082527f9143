/**
 * The SQL of an import. Rows of the file are first staged in a temporary table, where all of them can be checked together, and then
 * written in one transaction: an import that dies half-way leaves nothing behind.
 */
import { fieldOf } from '../records.ts';
import type { ImportSpec, StagedCheck } from './spec.ts';

/** The column of the staged rows that keeps what the file said where `to` holds the id that was made of it. */
export function rawColumn(to: string): string {
  return `raw_${to}`;
}

/** The columns of the table with the staged rows, in the order in which they are copied. */
export function stagedColumns(spec: ImportSpec): { readonly name: string; readonly type: string }[] {
  const columns = Object.values(spec.columns);
  return [
    { name: 'line', type: 'integer' },
    ...(spec.recordKind === undefined ? [] : [{ name: 'id', type: 'uuid' }]),
    ...columns.map(({ to, type }) => ({ name: to, type })),
    ...columns.filter(({ references }) => references).map(({ to }) => ({ name: rawColumn(to), type: 'text' })),
  ];
}

/** Statement that makes the table for the staged rows. */
export function createStaging(spec: ImportSpec, staging: string): string {
  const columns = stagedColumns(spec).map(({ name, type }) => `${name} ${type}`);
  return `CREATE TEMPORARY TABLE ${staging} (${columns.join(', ')})`;
}

/** Everything that is checked over all rows at once. Duplicates come last: of two rows the first is kept, and it must not be one that goes for another reason. */
export function stagedChecks(spec: ImportSpec): StagedCheck[] {
  return [...references(spec), ...(spec.stagedChecks ?? []), duplicates(spec)];
}

/**
 * Takes rows at fault out of the staged ones, a bounded number at a time, so that a file that is wrong throughout does not fill the memory.
 * Answers their line, value and hint.
 */
export function takeFaults(check: StagedCheck, staging: string): string {
  return `DELETE FROM ${staging} t USING (SELECT * FROM (${check.rows(staging)}) every LIMIT 5000) f WHERE t.line = f.line RETURNING f.*`;
}

/**
 * Statement that writes the staged rows: new ones are inserted, changed ones updated, equal ones left alone. In the order of the key, so that
 * two imports cannot lock each other out, and since an index grows far quicker in its own order. Answers how many were inserted and updated.
 * @param given the CSV columns that the file has: others are left as they are in rows that exist.
 * @param first whether the table is empty: then no row is looked for, which takes a quarter of the time.
 */
export function writeStaged(spec: ImportSpec, staging: string, given: ReadonlySet<string>, first: boolean): string {
  const source = spec.rows ?? plainRows(spec);
  const targets = Object.keys(source);
  const changing = changingColumns(spec, given);
  const own = changing.map((name) => `t.${name}`).join(', ');
  const written = changing.map((name) => `excluded.${name}`).join(', ');
  // Whoever has read the record before must not overwrite what the import says.
  const nextVersion = spec.recordKind === undefined && !spec.versioned ? [] : ['version = t.version + 1'];
  const action =
    changing.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${[...changing.map((name) => `${name} = excluded.${name}`), ...nextVersion].join(', ')} WHERE (${own}) IS DISTINCT FROM (${written})`;
  const rows = `SELECT ${spec.rows ? 'DISTINCT' : ''} ${targets.map((name) => `${source[name]} AS ${name}`).join(', ')} FROM ${staging} s`;
  return `WITH written AS (
      INSERT INTO "${spec.table}" AS t (${targets.join(', ')}) SELECT * FROM (${rows}) r ORDER BY ${order(spec)}
      ${first ? '' : `ON CONFLICT (${spec.key.join(', ')}) DO ${action}`} RETURNING xmax = 0 AS inserted
    )
    SELECT count(*) FILTER (WHERE inserted)::float8 AS inserted, count(*) FILTER (WHERE NOT inserted)::float8 AS updated FROM written`;
}

/** The columns of the table that the file says something of, in rows that exist. */
function changingColumns(spec: ImportSpec, given: ReadonlySet<string>): string[] {
  const source = spec.rows ?? plainRows(spec);
  return Object.keys(source).filter((name) => !spec.key.includes(name) && name !== 'id' && isGiven(spec, source[name] ?? '', given));
}

/** Whether the file has any of the columns that a value is made of. */
function isGiven({ columns }: ImportSpec, value: string, given: ReadonlySet<string>): boolean {
  const used = Object.entries(columns).filter(([, { to }]) => new RegExp(`\\bs\\.${to}\\b`).test(value));
  return used.length === 0 || used.some(([name]) => given.has(name));
}

/**
 * Statements that leave an event of every record that the staged rows are about to change, saying what was and what is: an import may undo
 * what an act has done since, and that must not go unseen. None where the file can change no record.
 */
export function noteCorrections(spec: ImportSpec, staging: string, given: ReadonlySet<string>): string[] {
  const columns = changingColumns(spec, given);
  if (spec.recordKind === undefined || columns.length === 0) return [];
  const values = columns.map((column, place) => `(${place}, '${fieldOf(column)}', '${column}')`).join(', ');
  const all = (row: string) => columns.map((column) => `${row}.${column}`).join(', ');
  const state = columns.includes('state') ? 'CASE WHEN t.state IS DISTINCT FROM s.state THEN s.state END' : 'NULL';
  return [
    `INSERT INTO record_event (kind, record_id, act, state, at, changes)
    SELECT '${spec.recordKind}', t.id::text, 'import', ${state}, clock_timestamp(), c.changes
    FROM ${staging} s JOIN "${spec.table}" t ON ${spec.key.map((column) => `t.${column} = s.${column}`).join(' AND ')}
    CROSS JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('field', f.field, 'from', to_jsonb(t) -> f.name, 'to', to_jsonb(s) -> f.name) ORDER BY f.place) AS changes
      FROM (VALUES ${values}) AS f (place, field, name) WHERE (to_jsonb(t) -> f.name) IS DISTINCT FROM (to_jsonb(s) -> f.name)
    ) c
    WHERE (${all('t')}) IS DISTINCT FROM (${all('s')})`,
  ];
}

/** The columns of the table as they were staged. */
function plainRows(spec: ImportSpec): Record<string, string> {
  const names = [...(spec.recordKind === undefined ? [] : ['id']), ...Object.values(spec.columns).map(({ to }) => to)];
  return Object.fromEntries(names.map((name) => [name, `s.${name}`]));
}

/** The primary key where the table has ids: theirs is the index that random order costs most. */
function order(spec: ImportSpec): string {
  return spec.recordKind === undefined
    ? Object.keys(spec.rows ?? {})
        .filter((name) => spec.key.includes(name))
        .join(', ') || '1'
    : 'id';
}

function duplicates(spec: ImportSpec): StagedCheck {
  const columns = spec.keyColumns.map((name) => ({ name, to: spec.columns[name]?.to ?? name }));
  const last = columns.at(-1);
  if (last === undefined) throw new Error('an import must have key columns');
  const key = spec.recordKind === undefined ? columns.map(({ to }) => to).join(', ') : 'id';
  // Grouping alone is quick; which lines they are is worked out only for the keys that are there twice.
  return {
    column: last.name,
    expected: `each ${columns.map(({ name }) => name).join(' and ')} once in a file`,
    rows: (staging) => `SELECT s.line, s.${last.to}::text AS value, 'it is also on line ' || d.first AS hint
      FROM (SELECT ${key}, min(line) AS first FROM ${staging} GROUP BY ${key} HAVING count(*) > 1) d
      JOIN ${staging} s USING (${key}) WHERE s.line > d.first`,
  };
}

function references(spec: ImportSpec): StagedCheck[] {
  return Object.entries(spec.columns).flatMap(([name, { to, expected, references: target }]): StagedCheck[] => {
    if (target === undefined) return [];
    const inFile = (staging: string) => (target.table === spec.table ? `AND NOT EXISTS (SELECT FROM ${staging} o WHERE o.id = s.${to})` : '');
    return [
      {
        column: name,
        expected,
        rows: (staging) => `SELECT s.line, s.${rawColumn(to)} AS value FROM ${staging} s
          WHERE s.${to} IS NOT NULL AND NOT EXISTS (SELECT FROM "${target.table}" t WHERE t.id = s.${to}) ${inFile(staging)}`,
      },
    ];
  });
}

/** Arbitrary ways of writing records: rows, statements and transactions, for tests of what the database keeps beside the records. */
import fc from 'fast-check';
import { type CodeListName, codes } from '#schema/code-lists.ts';
import type { Session, Sql } from '#shared/database.ts';

/** A row by columns; `external_id` is a number in text, by which statements choose rows. */
type Values = Record<string, unknown>;

/** A table and the rows that may stand in it. The first of several refers to none of the others. */
export interface Table {
  readonly name: string;
  /** Columns whose values do not depend on one another. */
  readonly columns: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** The column by which it refers to the first table. */
  readonly parent?: string;
}

/** Rows that a statement is about: those whose number leaves `rest`. */
interface Which {
  readonly modulus: number;
  readonly rest: number;
}

/** One statement. */
export type Single =
  | { readonly do: 'write'; readonly table: string; readonly rows: readonly Values[] }
  | { readonly do: 'change'; readonly table: string; readonly which: Which; readonly set: Values }
  | { readonly do: 'remove'; readonly table: string; readonly which: Which };

/** One statement, or several in one transaction. */
export type Writing = Single | { readonly do: 'together'; readonly writings: readonly Single[]; readonly end: 'commit' | 'rollback' | 'rollback half' };

/** How many records a table may come to have. */
const NUMBERS = 24;

/** Moments on both sides of Vietnam's midnight at the ends of days, months and years, and others. */
export const moment: fc.Arbitrary<string> = fc.oneof(
  fc
    .constantFrom('2020-12-31', '2021-01-31', '2021-02-28', '2021-03-31', '2021-12-31', '2024-02-28', '2024-02-29')
    .chain((day) => fc.constantFrom('16:59:59.999', '17:00:00', '00:00:00', '23:59:59').map((time) => `${day}T${time}Z`)),
  fc.date({ min: new Date('2020-12-01T00:00:00Z'), max: new Date('2021-03-01T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString()),
);

/** A code of a list. */
export const oneCode = (list: CodeListName) => fc.constantFrom(...codes(list));
/** Some codes of a list, or none. */
export const someCodes = (list: CodeListName) => fc.subarray([...codes(list)], { maxLength: 4 });
export const province = fc.constantFrom('VN63:01', 'VN63:79', 'VN34:01', null);
export const agency = fc.constantFrom('a-1', 'a-2', null);

/** A statement or a transaction over the tables. */
export function writing(tables: readonly Table[]): fc.Arbitrary<Writing> {
  const single = statement(tables);
  const together = fc.record({
    do: fc.constant('together' as const),
    writings: fc.array(single, { minLength: 1, maxLength: 4 }),
    end: fc.constantFrom('commit' as const, 'rollback' as const, 'rollback half' as const),
  });
  return fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: together });
}

function statement(tables: readonly Table[]): fc.Arbitrary<Single> {
  const which = fc.record({ modulus: fc.integer({ min: 1, max: 6 }), rest: fc.integer({ min: 0, max: 5 }) });
  const number = fc.integer({ min: 0, max: NUMBERS - 1 });
  return fc.constantFrom(...tables).chain((table): fc.Arbitrary<Single> => {
    const values = fc.record({ ...table.columns, ...(table.parent ? { [table.parent]: number.map((n) => idOf(tables[0]?.name ?? '', n)) } : {}) });
    const row = fc.tuple(number, values).map(([n, own]): Values => ({ id: idOf(table.name, n), source: 's', external_id: String(n), ...own }));
    const rows = fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 10 });
    const set = fc.tuple(values, fc.subarray(Object.keys(table.columns).concat(table.parent ?? []), { minLength: 1 })).map(([own, names]) => only(own, names));
    return fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), table: fc.constant(table.name), rows }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('change' as const), table: fc.constant(table.name), which, set }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), table: fc.constant(table.name), which }) },
    );
  });
}

/** Does it. A writing that the database refuses, since a record refers to one that is not there, changes nothing. */
export async function perform(session: Session, writing: Writing, tables: readonly Table[]): Promise<void> {
  if (writing.do !== 'together') return void (await session.transaction((sql) => performOne(sql, writing, tables)).catch(refused));
  const undone = new Error('undone');
  await session
    .transaction(async (sql) => {
      for (const [i, one] of writing.writings.entries()) {
        const keep = writing.end !== 'rollback half' || i % 2 === 0;
        await sql.query('SAVEPOINT one');
        try {
          await performOne(sql, one, tables);
          if (!keep) await sql.query('ROLLBACK TO SAVEPOINT one');
        } catch (error) {
          await sql.query('ROLLBACK TO SAVEPOINT one');
          refused(error);
        }
        await sql.query('RELEASE SAVEPOINT one');
      }
      if (writing.end === 'rollback') throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
}

/** Does one statement; fails where the database refuses it. */
export async function performOne(sql: Sql, writing: Single, tables: readonly Table[]): Promise<void> {
  const table = tables.find(({ name }) => name === writing.table);
  if (table === undefined) throw new Error(`no table ${writing.table}`);
  if (writing.do === 'write') {
    const names = Object.keys(writing.rows[0] ?? {});
    const changed = names.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
    await sql.query(
      `INSERT INTO "${table.name}" AS t (${names.join(', ')}) SELECT ${names.join(', ')} FROM jsonb_populate_recordset(NULL::"${table.name}", $1::text::jsonb)
       ON CONFLICT (id) DO UPDATE SET ${changed.join(', ')}`,
      [JSON.stringify(writing.rows)],
    );
    return;
  }
  const chosen = 't.external_id::int % $1::int = $2::int';
  const parameters = [writing.which.modulus, writing.which.rest % writing.which.modulus];
  if (writing.do === 'change') {
    const names = Object.keys(writing.set);
    const changed = names.map((name) => `${name} = n.${name}`);
    await sql.query(`UPDATE "${table.name}" t SET ${changed.join(', ')} FROM jsonb_populate_record(NULL::"${table.name}", $3::text::jsonb) n WHERE ${chosen}`, [
      ...parameters,
      JSON.stringify(writing.set),
    ]);
    return;
  }
  for (const { name, parent } of tables) {
    if (parent !== undefined && name !== table.name)
      await sql.query(`DELETE FROM "${name}" WHERE ${parent} IN (SELECT id FROM "${table.name}" t WHERE ${chosen})`, parameters);
  }
  await sql.query(`DELETE FROM "${table.name}" t WHERE ${chosen}`, parameters);
}

/** The id of the record with this number. */
export function idOf(table: string, number: number): string {
  return `${Buffer.from(table.padEnd(4)).toString('hex').slice(0, 8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function refused(error: unknown): void {
  // A foreign key that finds nothing.
  if ((error as { code?: string }).code !== '23503') throw error;
}

function only(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

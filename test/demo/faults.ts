/** Rows held against an import spec cell by cell, without a database. */
import { NO_FOREIGN_IDS } from '#shared/foreign-ids/foreign-ids.ts';
import type { ImportSpec, ParseContext } from '#shared/import/spec.ts';
import type { CsvRow } from '../testkit/tally.ts';

/** Provinces and agencies as a subgraph knows them once these rows are imported. */
export function referencesOf(provinces: readonly CsvRow[], agencies: readonly CsvRow[]): ParseContext['references'] {
  const validity = (row: CsvRow) => ({ validFrom: row['validFrom'] || null, validTo: row['validTo'] || null });
  return new Map([
    ['province', new Map(provinces.map((row) => [`${row['scheme']}:${row['code']}`, validity(row)]))],
    ['agency', new Map(agencies.map((row) => [row['id'] ?? '', { validFrom: null, validTo: null }]))],
  ]);
}

/** What an import would complain of, the first twenty: columns, cells, checks over a row, rows with the same key. */
export function faultsOf(spec: ImportSpec, rows: readonly CsvRow[], references: ParseContext['references']): string[] {
  const faults: string[] = [];
  const keys = new Set<string>();
  for (const [i, row] of rows.entries()) {
    if (faults.length >= 20) break;
    const say = (column: string, expected: string) => faults.push(`row ${i + 1}, ${column}: expected ${expected}, got "${row[column]}"`);
    const names = Object.keys(row).sort().join();
    if (names !== Object.keys(spec.columns).sort().join()) faults.push(`row ${i + 1}: columns ${names}`);
    const context: ParseContext = { source: row['source'] ?? '', recordIdKey: 'test', foreignIds: NO_FOREIGN_IDS, references };
    const values: Record<string, string | null> = {};
    for (const [name, column] of Object.entries(spec.columns)) {
      const cell = row[name] ?? '';
      if (cell === '' && column.required) say(name, 'a value');
      const parsed = cell === '' ? (column.fallback ?? null) : column.parse(cell, context);
      if (parsed !== null && typeof parsed === 'object') say(name, parsed.expected);
      else values[column.to] = parsed;
    }
    for (const { column, check } of spec.checks ?? []) {
      const found = check(values, context);
      if (typeof found === 'string') say(column, found);
      else if (found !== undefined) say(found.column, found.expected);
    }
    const key = spec.keyColumns.map((name) => row[name]).join('\n');
    if (keys.has(key)) faults.push(`row ${i + 1}: the same ${spec.keyColumns.join(', ')} as a row before`);
    keys.add(key);
  }
  return faults;
}

import { writeFileSync } from 'node:fs';
import type { CsvRow } from './tally.ts';

/** How a CSV is written. */
export interface CsvStyle {
  /** As spreadsheets on Windows write it: a byte order mark and CRLF. */
  windows?: boolean;
  separator?: ',' | ';' | '\t';
  /** The columns in the order of the file; those of the first row where not given. */
  columns?: readonly string[];
}

/** Writes rows as a CSV; cells are quoted where they must be. */
export function writeCsv(file: string, rows: readonly CsvRow[], style: CsvStyle = {}): string {
  const { windows = false, separator = ',', columns = Object.keys(rows[0] ?? {}) } = style;
  const cell = (text: string) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))].map((cells) => cells.map(cell).join(separator));
  writeFileSync(file, `${windows ? '\uFEFF' : ''}${lines.join(windows ? '\r\n' : '\n')}${windows ? '\r\n' : '\n'}`);
  return file;
}

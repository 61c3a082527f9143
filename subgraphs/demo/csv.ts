import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row as it stands in a CSV: column name → cell; an empty cell is `''`. */
export type Row = Record<string, string>;

/** The rows of a file of `data/`. */
export function readData(name: string): Row[] {
  return parseCsv(readFileSync(join(import.meta.dirname, 'data', name), 'utf8'));
}

/**
 * The rows of a CSV (RFC 4180; the first line has the columns' names). A parser of our own, since the demo records depend on nothing else.
 * @throws Error when a row has more or fewer cells than the header.
 */
export function parseCsv(text: string): Row[] {
  const [header = [], ...lines] = cells(text);
  return lines.map((line, index) => {
    if (line.length !== header.length) throw new Error(`row ${index + 2}: expected ${header.length} cells, got ${line.length}`);
    return Object.fromEntries(header.map((name, column) => [name, line[column] ?? '']));
  });
}

/** The cells of every line that is not empty. */
function cells(text: string): string[][] {
  const lines: string[][] = [[]];
  // A cell is quoted, with quotes in it doubled, or runs to the next comma or end of line; what ends it is the third group.
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    lines.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') lines.push([]);
  }
  return lines.filter((line) => line.length > 1 || line[0] !== '');
}

import { recordId } from '../record-id.ts';
import { type CsvRow, CsvError } from './csv.ts';
import type { CellFault, Column, ImportSpec, ParseContext, RowCheck } from './spec.ts';

/** What is wrong with a row of a file. `expected` completes "expected …". */
export interface RowFault {
  readonly line: number;
  /** The CSV column; empty where the row as a whole is at fault. */
  readonly column: string;
  /** What the cell holds, cut where it is long. */
  readonly value: string;
  readonly expected: string;
}

/** Reads rows of a file into lines for `COPY … FROM STDIN`. */
export interface RowParser {
  /** The CSV columns that the file has. */
  readonly given: ReadonlySet<string>;
  /** The row in PostgreSQL's text format, or all that is wrong with it. */
  parse(row: CsvRow): string | RowFault[];
}

/** Longest value that a report repeats. */
const SHOWN = 80;
const NULL = '\\N';

interface Field {
  readonly name: string;
  readonly column: Column;
  /** Where in the row; -1 when the file lacks the column. */
  readonly index: number;
}

/**
 * A parser for files with this header. @param context the `source` in it is each row's own.
 * @throws CsvError naming columns that are unknown, missing or there twice.
 */
export function createParser(spec: ImportSpec, header: readonly string[], context: Omit<ParseContext, 'source'>): RowParser {
  const names = withoutTrailing(header);
  checkHeader(spec, names);
  const fields = Object.entries(spec.columns).map(([name, column]): Field => ({ name, column, index: names.indexOf(name) }));
  const source = fields.find(({ name }) => name === 'source');
  const key = fields.find(({ name }) => name === 'externalId');
  const raws = fields.filter(({ column }) => column.references);
  const own = { ...context, source: '' };
  const values: Record<string, string | null> = {};

  return {
    given: new Set(names),
    parse: (row) => {
      const faults = checkShape(row, names.length);
      if (faults.length > 0) return faults;
      // External ids are keyed by the source, so it comes first.
      if (source) own.source = parseCell(source, row, own, faults) ?? '';
      for (const field of fields) values[field.column.to] = field === source ? own.source : parseCell(field, row, own, faults);
      if (faults.length === 0) check(spec.checks, values, own, row, fields, faults);
      if (faults.length > 0) return faults;
      let line = String(row.line);
      if (spec.recordKind !== undefined && key) line += `\t${recordId(own.recordIdKey, spec.recordKind, own.source, values[key.column.to] ?? '')}`;
      for (const { column } of fields) line += `\t${copyText(values[column.to] ?? null)}`;
      for (const field of raws) line += `\t${copyText(cellOf(field, row) || null)}`;
      return `${line}\n`;
    },
  };
}

/** Spreadsheets write columns without a name where someone once typed something. */
function withoutTrailing(header: readonly string[]): string[] {
  return header.slice(0, header.findLastIndex((name) => name !== '') + 1);
}

function checkHeader(spec: ImportSpec, names: readonly string[]): void {
  const known = Object.keys(spec.columns);
  const unknown = names.filter((name) => !known.includes(name));
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  const missing = Object.entries(spec.columns).flatMap(([name, { required }]) => (required && !names.includes(name) ? [name] : []));
  const faults = [
    ...(unknown.length > 0 ? [`unknown column${unknown.length > 1 ? 's' : ''} ${unknown.map((name) => JSON.stringify(cut(name))).join(', ')}`] : []),
    ...(twice.length > 0 ? [`column ${[...new Set(twice)].join(', ')} twice`] : []),
    ...(missing.length > 0 ? [`no column ${missing.join(', ')}`] : []),
  ];
  if (faults.length === 0) return;
  const columns = known.map((name) => (spec.columns[name]?.required ? `${name} (required)` : name)).join(', ');
  throw new CsvError(`line 1: expected the names of the columns, in any order: ${columns}; got ${faults.join('; ')}`);
}

function checkShape({ line, cells, expected }: CsvRow, columns: number): RowFault[] {
  if (expected !== undefined) return [{ line, column: '', value: cut(cells.join(',')), expected }];
  const surplus = cells.length - columns;
  if (surplus === 0 || (surplus > 0 && cells.slice(columns).every((cell) => cell === ''))) return [];
  return [{ line, column: '', value: `${cells.length} cells`, expected: `${columns} cells, as many as the first line has` }];
}

function cellOf({ index }: Field, row: CsvRow): string {
  return index === -1 ? '' : (row.cells[index] ?? '').trim();
}

function parseCell(field: Field, row: CsvRow, context: ParseContext, faults: RowFault[]): string | null {
  const { column, name } = field;
  const cell = cellOf(field, row);
  if (cell === '') {
    if (column.required) faults.push({ line: row.line, column: name, value: '', expected: column.expected });
    return column.fallback ?? null;
  }
  const parsed: string | CellFault = column.parse(cell, context);
  if (typeof parsed === 'string') return parsed;
  faults.push({ line: row.line, column: name, value: cut(cell), expected: parsed.expected });
  return null;
}

function check(
  checks: readonly RowCheck[] | undefined,
  values: Readonly<Record<string, string | null>>,
  context: ParseContext,
  row: CsvRow,
  fields: readonly Field[],
  faults: RowFault[],
): void {
  for (const { column: usual, check: find } of checks ?? []) {
    const found = find(values, context);
    if (found === undefined) continue;
    const { column, expected } = typeof found === 'string' ? { column: usual, expected: found } : found;
    const field = fields.find(({ name }) => name === column);
    faults.push({ line: row.line, column, value: field ? cut(cellOf(field, row)) : '', expected });
  }
}

/** As COPY's text format has it. */
function copyText(value: string | null): string {
  if (value === null) return NULL;
  if (!/[\\\t\n\r]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

/** A value as a report may show it. */
export function cut(value: string): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

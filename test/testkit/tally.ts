/**
 * The independent calculation that figures are held against: plain loops over the rows of CSVs, sharing no code with the product.
 * Slow and simple on purpose.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CsvRow = Readonly<Record<string, string>>;
export type IntervalName = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** A cell by its coordinates: `null` where it is not divided. */
export interface TallyCell {
  from: string;
  to: string;
  province: string | null;
  agency: string | null;
}

/** The rows of a simple CSV (quotes only around whole cells). */
export function readCsv(file: string): CsvRow[] {
  const cells = (line: string) => [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].slice(0, -1).map((match) => match[2] ?? match[1] ?? '');
  const [header = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const values = cells(`${line},`);
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
  });
}

const PROVINCES = readCsv(join(import.meta.dirname, '../../subgraphs/demo/data/provinces.csv'));
const SUCCESSORS = new Map(
  PROVINCES.map((row) => [`${row['scheme']}:${row['code']}`, row['successorCode'] ? `${row['successorScheme']}:${row['successorCode']}` : '']),
);

/** The VN34 province that a province as recorded belongs to today. */
export function today34(province: string): string {
  return SUCCESSORS.get(province) || province;
}

/** Ids of the provinces of a scheme. */
export function provincesOf(scheme: string): string[] {
  return PROVINCES.filter((row) => row['scheme'] === scheme).map((row) => `${row['scheme']}:${row['code']}`);
}

/** The parts of a period: every day gets the label of its part, days with the same label are one part. */
export function parts(from: string, to: string, interval: IntervalName | null): { from: string; to: string }[] {
  const found = new Map<string, { from: string; to: string }>();
  for (let time = Date.parse(from); time <= Date.parse(to); time += 86_400_000) {
    const day = new Date(time).toISOString().slice(0, 10);
    const part = found.get(partLabel(day, interval));
    if (part) part.to = day;
    else found.set(partLabel(day, interval), { from: day, to: day });
  }
  return [...found.values()];
}

function partLabel(day: string, interval: IntervalName | null): string {
  const date = new Date(day);
  if (interval === 'DAY') return day;
  // Weeks by counting days from a Monday long ago (1 January 1900).
  if (interval === 'WEEK') return String(Math.floor((date.getTime() - Date.UTC(1900, 0, 1)) / (7 * 86_400_000)));
  if (interval === 'MONTH') return day.slice(0, 7);
  if (interval === 'QUARTER') return `${day.slice(0, 4)}Q${Math.floor(date.getUTCMonth() / 3)}`;
  return interval === 'YEAR' ? day.slice(0, 4) : 'all';
}

/** Where a row counts: its day in Vietnam, its province as recorded, its agency. */
export interface Placed {
  day: string;
  province: string;
  agency: string;
  row: CsvRow;
}

/** The rows that lie in a cell. `rolledUp`: the cell's province is one of VN34. */
export function inCell(rows: readonly Placed[], cell: TallyCell, rolledUp: boolean): CsvRow[] {
  const found: CsvRow[] = [];
  for (const placed of cell.province === null ? rows : (byProvince(rows, rolledUp).get(cell.province) ?? [])) {
    if (placed.day < cell.from || placed.day > cell.to) continue;
    if (cell.agency === null || placed.agency === cell.agency) found.push(placed.row);
  }
  return found;
}

const grouped = new WeakMap<readonly Placed[], Map<boolean, Map<string, Placed[]>>>();

/** The rows by province, grouped once: fifty provinces times thirty figures would go through fifty thousand rows each. */
function byProvince(rows: readonly Placed[], rolledUp: boolean): Map<string, Placed[]> {
  const known = grouped.get(rows) ?? new Map<boolean, Map<string, Placed[]>>();
  grouped.set(rows, known);
  const groups = known.get(rolledUp) ?? Map.groupBy(rows, ({ province }) => (rolledUp ? today34(province) : province));
  known.set(rolledUp, groups);
  return groups;
}

/** How many rows have each value of a column; lists (`A;B`) count for each of their values. */
export function count(rows: readonly CsvRow[], value: (row: CsvRow) => string | string[] | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    for (const one of [value(row) ?? []].flat()) counts[one] = (counts[one] ?? 0) + 1;
  }
  return counts;
}

/** The day in Vietnam of a moment that is written with +07:00 (or as a day). */
export function dayIn(moment: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(moment) || moment.endsWith('+07:00')) return moment.slice(0, 10);
  return new Date(Date.parse(moment) + 7 * 3_600_000).toISOString().slice(0, 10);
}

/** The value below which the fraction `p` lies, interpolated linearly between the neighbours in the sorted list. */
export function quantile(values: number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

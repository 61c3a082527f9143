/**
 * What the hotline published (`data/published-totals.csv`), and what follows from it for parts of the calendar that do not overlap.
 *
 * The published periods nest (H1 2021 in the nine months of 2021 in the total since the start). For one measure, the rows that state it
 * therefore form a tree, and each row's *remainder* is its value less those of the rows directly within it: what happened on its days that
 * no narrower row covers. Whoever reproduces every remainder on its own days reproduces every row at once.
 */
import { parseCsv, readData, type Row } from './csv.ts';
import { dayNumber } from './time.ts';

/** What is counted: calls by category, and the persons and the handovers (sent) of the referral cases. */
export const MEASURES = ['information', 'counselling', 'referral', 'victims', 'handovers'] as const;
export type Measure = (typeof MEASURES)[number];

/** A published row: counts from day to day, both included; `null` where it does not state the measure. */
export interface PublishedRow {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Record<Measure, number | null>>;
}

/** The count of one measure on the days of a row that lie in none of `without`. */
export interface Remainder {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly without: readonly { readonly from: number; readonly to: number }[];
  readonly count: number;
}

/**
 * The published rows. @param text a CSV of the same columns in place of the file's.
 * @throws Error naming the row: no such day, an end before the start, not a whole number, or categories that do not sum up to the calls.
 */
export function readPublished(text?: string): PublishedRow[] {
  return (text === undefined ? readData('published-totals.csv') : parseCsv(text)).map(published);
}

/**
 * The remainders of all rows that state `measure`; of rows with the same period, one stands for all.
 * @throws Error naming the rows that cannot be true together: they overlap in part, differ for the same period, or the narrower ones
 * count more than the wider one.
 */
export function remaindersOf(rows: readonly PublishedRow[], measure: Measure): Remainder[] {
  const stating = distinct(rows, measure);
  return stating.map((row) => {
    const within = stating.filter((other) => other !== row && contains(row, other));
    const directly = within.filter((other) => !within.some((between) => between !== other && contains(between, other)));
    const count = countOf(row, measure) - directly.reduce((sum, other) => sum + countOf(other, measure), 0);
    const narrower = directly.map(({ label }) => `"${label}"`).join(' + ');
    if (count < 0) throw new Error(`published totals: ${measure} of "${row.label}" is ${-count} less than of ${narrower}, which lie within it`);
    if (count > 0 && covered(row, directly)) {
      throw new Error(`published totals: ${measure} of "${row.label}" is ${count} more than of ${narrower}, which leave none of its days`);
    }
    return { label: row.label, from: row.from, to: row.to, without: directly, count };
  });
}

function published(row: Row): PublishedRow {
  const label = row['label'] ?? '';
  const fault = (message: string) => new Error(`published totals: "${label}": ${message}`);
  const count = (column: string, required: boolean): number | null => {
    const cell = row[column] ?? '';
    if (cell === '' && !required) return null;
    if (!/^\d+$/.test(cell)) throw fault(`${column}: expected a whole number, got "${cell}"`);
    return Number(cell);
  };
  const from = dayNumber(row['from'] ?? '');
  const to = dayNumber(row['to'] ?? '');
  if (to < from) throw fault(`expected the end not before the start, got from ${row['from']} to ${row['to']}`);
  const calls = count('calls', true);
  const counts = {
    information: count('information', true),
    counselling: count('counselling', true),
    referral: count('referral', true),
    victims: count('victims', false),
    handovers: count('handovers', false),
  };
  const sum = (counts.information ?? 0) + (counts.counselling ?? 0) + (counts.referral ?? 0);
  if (sum !== calls) throw fault(`expected the categories to sum up to ${calls} calls, got ${sum}`);
  return { label, from, to, counts };
}

function distinct(rows: readonly PublishedRow[], measure: Measure): PublishedRow[] {
  const stating: PublishedRow[] = [];
  for (const row of rows.filter(({ counts }) => counts[measure] !== null)) {
    const same = stating.find(({ from, to }) => from === row.from && to === row.to);
    if (same === undefined) stating.push(row);
    else if (countOf(same, measure) !== countOf(row, measure)) {
      throw new Error(`published totals: "${same.label}" and "${row.label}" have the same period and different ${measure}`);
    }
  }
  for (const one of stating) {
    const other = stating.find((row) => row.from <= one.to && row.to >= one.from && !contains(row, one) && !contains(one, row));
    if (other) throw new Error(`published totals: "${one.label}" and "${other.label}" overlap, and neither lies within the other`);
  }
  return stating;
}

function countOf(row: PublishedRow, measure: Measure): number {
  return row.counts[measure] ?? 0;
}

function contains(wide: { from: number; to: number }, narrow: { from: number; to: number }): boolean {
  return wide.from <= narrow.from && wide.to >= narrow.to;
}

/** Whether `parts`, which do not overlap, leave no day of `row`. */
function covered(row: PublishedRow, parts: readonly PublishedRow[]): boolean {
  return parts.reduce((days, { from, to }) => days - (to - from + 1), row.to - row.from + 1) === 0;
}

/**
 * How many demo records of each kind there are in each part of the calendar: the published totals to the unit, and plausible volumes where
 * nothing was published.
 */
import { MEASURES, type Measure, type PublishedRow, readPublished, remaindersOf } from './published.ts';
import { Random } from './random.ts';
import { dayNumber, nextMonth } from './time.ts';

/** The last day with demo records. Fixed, not today: the records are the same whenever they are generated. */
export const LAST_DAY = dayNumber('2025-12-31');

/** A month, or a part of one where a published period begins or ends in it. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Calls by category in the segment; the persons and sent handovers of the cases that are opened in it. */
  readonly counts: Readonly<Record<Measure, number>>;
  /** Until which day these persons are registered and these handovers sent: the last one before a published period begins or ends. */
  readonly until: Readonly<Record<'victims' | 'handovers', number>>;
}

/** How many persons or handovers a case has where no row says. A guess; the published rows say 1.09 to 1.5, and 2.7. */
const PER_CASE = { victims: 1.1, handovers: 2 } as const;

/** How far volumes vary from month to month, up and down, as a share. */
const NOISE = 0.12;

let plan: readonly Segment[] | undefined;

/** The plan of the demo records: segments in order, without gaps, from the first published day to `LAST_DAY`. */
export function demoPlan(): readonly Segment[] {
  plan ??= planOf(readPublished(), LAST_DAY);
  return plan;
}

/**
 * A plan in which every one of `rows` is true. What no row covers, up to `lastDay`, is filled by the rates of the rows before and after.
 * @throws Error when the rows cannot be true together, or have persons or handovers where they leave no referral case.
 */
export function planOf(rows: readonly PublishedRow[], lastDay: number): Segment[] {
  if (rows.length === 0) throw new Error('published totals: expected at least one row');
  const parts = segmentsOf(rows, Math.max(lastDay, ...rows.map(({ to }) => to)));
  const counts = {} as Record<Measure, number[]>;
  // Referrals come before persons and handovers, which are shared out among them.
  for (const measure of MEASURES) counts[measure] = fill(rows, measure, parts, counts);
  const end = parts.at(-1)?.to ?? lastDay;
  const until = (measure: Measure, day: number) =>
    Math.min(
      end,
      ...edges(rows, measure)
        .filter((edge) => edge > day)
        .map((edge) => edge - 1),
    );
  return parts.map(({ from, to }, i) => ({
    from,
    to,
    counts: Object.fromEntries(MEASURES.map((measure) => [measure, counts[measure][i] ?? 0])) as Record<Measure, number>,
    until: { victims: until('victims', from), handovers: until('handovers', from) },
  }));
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/** Months, cut where a row begins or ends. */
function segmentsOf(rows: readonly PublishedRow[], lastDay: number): Part[] {
  const cuts = MEASURES.flatMap((measure) => edges(rows, measure));
  const parts: Part[] = [];
  for (let from = Math.min(...rows.map((row) => row.from)); from <= lastDay; ) {
    const next = Math.min(nextMonth(from), lastDay + 1, ...cuts.filter((cut) => cut > from));
    parts.push({ from, to: next - 1 });
    from = next;
  }
  return parts;
}

/** The first days of and after the rows that state `measure`. */
function edges(rows: readonly PublishedRow[], measure: Measure): number[] {
  return rows.filter(({ counts }) => counts[measure] !== null).flatMap(({ from, to }) => [from, to + 1]);
}

/** The counts of one measure, by segment. */
function fill(rows: readonly PublishedRow[], measure: Measure, parts: readonly Part[], known: Readonly<Record<Measure, readonly number[]>>): number[] {
  const perCase = measure === 'victims' || measure === 'handovers';
  const random = new Random(`plan/${measure}`);
  const sizes = parts.map(({ from, to }, i) => (perCase ? (known.referral[i] ?? 0) : (to - from + 1) * (1 + NOISE * (2 * random.next() - 1))));
  const counts = parts.map(() => 0);
  for (const { label, from, to, without, count } of remaindersOf(rows, measure)) {
    const own = parts.map((part, i) => (within(part, { from, to }) && !without.some((other) => within(part, other)) ? (sizes[i] ?? 0) : 0));
    if (count > 0 && own.every((size) => size === 0)) throw new Error(`published totals: "${label}" leaves ${count} ${measure} without a referral case`);
    for (const [i, share] of apportion(count, own).entries()) counts[i] = (counts[i] ?? 0) + share;
  }
  // What rounding leaves over is carried to the next segment, so that rates hold over the years.
  let carried = 0;
  for (const [i, part] of parts.entries()) {
    if (rows.some((row) => row.counts[measure] !== null && within(part, row))) continue;
    carried += (sizes[i] ?? 0) * rateAt(rows, measure, part);
    if (sizes[i] === 0) continue;
    counts[i] = Math.floor(carried);
    carried -= counts[i];
  }
  return counts;
}

/** The rate where nothing was published, between those of the nearest rows before and after: by the day, persons and handovers by the case. */
function rateAt(rows: readonly PublishedRow[], measure: Measure, part: Part): number {
  const stating = rows.filter(({ counts }) => counts[measure] !== null);
  // Of rows that end (or begin) on the same day the shortest is nearest.
  const before = stating.filter(({ to }) => to < part.from).sort((a, b) => b.to - a.to || b.from - a.from)[0];
  const after = stating.filter(({ from }) => from > part.to).sort((a, b) => a.from - b.from || a.to - b.to)[0];
  if (before && after) {
    const position = (part.from - before.to) / (after.from - before.to);
    return rateOf(before, measure) * (1 - position) + rateOf(after, measure) * position;
  }
  const nearest = before ?? after;
  if (nearest) return rateOf(nearest, measure);
  return measure === 'victims' || measure === 'handovers' ? PER_CASE[measure] : 0;
}

function rateOf(row: PublishedRow, measure: Measure): number {
  const count = row.counts[measure] ?? 0;
  if (measure === 'victims' || measure === 'handovers') return row.counts.referral ? count / row.counts.referral : PER_CASE[measure];
  return count / (row.to - row.from + 1);
}

/** `total` in whole parts, as near to the proportions of `sizes` as whole parts come (largest remainders; of equal ones the first). */
export function apportion(total: number, sizes: readonly number[]): number[] {
  const sum = sizes.reduce((all, size) => all + size, 0);
  if (sum === 0) return sizes.map(() => 0);
  const quotas = sizes.map((size) => (total * size) / sum);
  const parts = quotas.map(Math.floor);
  const left = total - parts.reduce((all, part) => all + part, 0);
  const byRemainder = quotas
    .map((quota, i) => ({ i, remainder: quota - Math.floor(quota) }))
    .filter(({ i }) => (sizes[i] ?? 0) > 0)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder.slice(0, left)) parts[i] = (parts[i] ?? 0) + 1;
  return parts;
}

function within(part: Part, period: { from: number; to: number }): boolean {
  return part.from >= period.from && part.to <= period.to;
}

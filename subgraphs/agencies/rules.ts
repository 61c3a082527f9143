import { addDays, daysBetween, monthStart, weekday } from '#schema/dates.ts';
import { clientError } from '#schema/errors.ts';

/** The most cells that one answer may have. Ten years by month and province are 4,080; a year by day and province 12,410. */
export const MAX_CELLS = 10_000;

/** A part of the calendar that a period is divided into. */
export type Interval = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Days from `from` to `to`, both inclusive. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** A province as the roll-up needs it. `null` ends of validity are open. */
export interface ProvinceOfScheme {
  readonly id: string;
  readonly scheme: string;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly successor: string | null;
}

/** A province of the geography asked for, and the provinces as recorded that it stands for. */
export interface ProvinceCell {
  readonly id: string;
  readonly members: readonly string[];
}

/** Checks that the period is one. @throws BAD_PERIOD */
export function checkPeriod(period: Period): void {
  if (period.to < period.from) throw clientError('BAD_PERIOD', `period: expected \`to\` not before \`from\`, got from ${period.from} to ${period.to}`);
}

/** How many parts `period` has, at the least; worked out without making them, so that a period of centuries costs nothing. */
export function countParts(period: Period, interval: Interval | null): number {
  const days: Record<Interval, number> = { DAY: 1, WEEK: 7, MONTH: 31, QUARTER: 92, YEAR: 366 };
  return interval === null ? 1 : Math.ceil(daysBetween(period.from, period.to) / days[interval]);
}

/** The parts of `period`, in order; the first and the last are cut by the period. Weeks begin on Monday (ISO 8601). */
export function divide(period: Period, interval: Interval | null): Period[] {
  if (interval === null) return [period];
  const parts: Period[] = [];
  for (let from = period.from; from <= period.to; ) {
    const next = startOfNext(from, interval);
    const last = addDays(next, -1);
    parts.push({ from, to: last < period.to ? last : period.to });
    from = next;
  }
  return parts;
}

/** Checks that the answer is of a bearable size. @throws TOO_MANY_CELLS naming the number and the bound. */
export function checkCells(cells: number): void {
  if (cells > MAX_CELLS)
    throw clientError('TOO_MANY_CELLS', `statistics: expected at most ${MAX_CELLS} cells, got ${cells} (parts of the period × provinces × agencies)`, {
      cells,
      bound: MAX_CELLS,
    });
}

/**
 * The provinces by which figures of `period` can be divided in `geography`, by id, each with those that roll up into it. AS_RECORDED: every
 * province that was in force on a day of the period.
 * @throws UNKNOWN_GEOGRAPHY; GEOGRAPHY_NOT_DIVISIBLE when the scheme ended within the period or before it.
 */
export function provincesOf(geography: string, period: Period, provinces: readonly ProvinceOfScheme[]): ProvinceCell[] {
  if (geography === 'AS_RECORDED') return provinces.filter((province) => overlaps(province, period)).map(({ id }) => ({ id, members: [id] }));
  const own = provinces.filter(({ scheme }) => scheme === geography);
  if (own.length === 0) {
    const schemes = [...new Set(provinces.map(({ scheme }) => scheme))].sort();
    throw clientError('UNKNOWN_GEOGRAPHY', `geography: expected AS_RECORDED or one of ${schemes.join(', ')}, got ${geography}`);
  }
  const ended = own.map(({ validTo, successor }) => (successor === null ? null : validTo)).filter((day) => day !== null && day < period.to).sort().at(-1);
  if (ended) {
    throw clientError(
      'GEOGRAPHY_NOT_DIVISIBLE',
      `geography: ${geography} ended on ${ended}; figures recorded for the provinces after it cannot be divided among its provinces. ` +
        `Expected a period that ends by ${ended}, or a later geography; got a period to ${period.to}`,
    );
  }
  const members = membersOf(provinces);
  return own.map(({ id }) => ({ id, members: members.get(id) ?? [id] }));
}

/** For every province, itself and all that went into it, directly or through others. */
function membersOf(provinces: readonly ProvinceOfScheme[]): Map<string, string[]> {
  const byId = new Map(provinces.map((province) => [province.id, province]));
  const members = new Map<string, string[]>();
  for (const { id } of provinces) {
    const seen = new Set<string>();
    for (let at = byId.get(id); at !== undefined && !seen.has(at.id); at = at.successor === null ? undefined : byId.get(at.successor)) {
      seen.add(at.id);
      members.set(at.id, [...(members.get(at.id) ?? []), id]);
    }
  }
  return members;
}

function overlaps(province: ProvinceOfScheme, period: Period): boolean {
  return (province.validFrom === null || province.validFrom <= period.to) && (province.validTo === null || province.validTo >= period.from);
}

function startOfNext(day: string, interval: Interval): string {
  switch (interval) {
    case 'DAY':
      return addDays(day, 1);
    case 'WEEK':
      return addDays(day, 7 - weekday(day));
    case 'MONTH':
      return monthStart(day, 1);
    case 'QUARTER':
      return monthStart(day, 3 - ((Number(day.slice(5, 7)) - 1) % 3));
    case 'YEAR':
      return monthStart(day, 13 - Number(day.slice(5, 7)));
    default:
      return interval satisfies never;
  }
}

/** A ratio with what it was worked out from; `null` when either figure is missing. */
export function ratio(numerator: number | null | undefined, denominator: number | null | undefined) {
  if (numerator === null || numerator === undefined || denominator === null || denominator === undefined) return null;
  return { numerator, denominator, value: denominator === 0 ? null : numerator / denominator };
}

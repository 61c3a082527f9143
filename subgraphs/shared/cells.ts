import { addDays, daysBetween, monthEnd, weekday } from '#schema/dates.ts';
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

/** The longest period in years: figures are summed year by year, and each year of each cell costs a look-up. */
export const MAX_YEARS = 1_000;

/** Checks that the period is one. @throws BAD_PERIOD */
export function checkPeriod(period: Period): void {
  if (period.to < period.from) throw clientError('BAD_PERIOD', `period: expected \`to\` not before \`from\`, got from ${period.from} to ${period.to}`);
  const years = Number(period.to.slice(0, 4)) - Number(period.from.slice(0, 4));
  if (years > MAX_YEARS) throw clientError('BAD_PERIOD', `period: expected at most ${MAX_YEARS} years, got ${years}, from ${period.from} to ${period.to}`);
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
  for (let from = period.from; ; ) {
    const last = lastOfPart(from, interval, period.to);
    if (last >= period.to) return [...parts, { from, to: period.to }];
    parts.push({ from, to: last });
    from = addDays(last, 1);
  }
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
 * province that had begun by the end of the period, also one that had ended: a handover counts in the province of its case, which may be
 * older. No province is in two of them, so that no record counts twice.
 * @throws UNKNOWN_GEOGRAPHY; GEOGRAPHY_NOT_DIVISIBLE when the scheme ended within the period or before it.
 */
export function provincesOf(geography: string, period: Period, provinces: readonly ProvinceOfScheme[]): ProvinceCell[] {
  if (geography === 'AS_RECORDED') return provinces.filter((province) => hasBegun(province, period)).map(({ id }) => ({ id, members: [id] }));
  const own = provinces.filter(({ scheme }) => scheme === geography);
  if (own.length === 0) {
    const schemes = [...new Set(provinces.map(({ scheme }) => scheme))].sort();
    throw clientError('UNKNOWN_GEOGRAPHY', `geography: expected AS_RECORDED or one of ${schemes.join(', ')}, got ${geography}`);
  }
  const byId = new Map(provinces.map((province) => [province.id, province]));
  const endOf = ({ validTo, successor }: ProvinceOfScheme) => {
    // One that went into another of its own scheme has ended, and the scheme has not.
    return successor === null || byId.get(successor)?.scheme === geography ? null : validTo;
  };
  const ended = own
    .map(endOf)
    .filter((day) => day !== null && day < period.to)
    .sort()
    .at(-1);
  if (ended) {
    throw clientError(
      'GEOGRAPHY_NOT_DIVISIBLE',
      `geography: ${geography} ended on ${ended}; figures recorded for the provinces after it cannot be divided among its provinces. ` +
        `Expected a period that ends by ${ended}, or a later geography; got a period to ${period.to}`,
    );
  }
  const members = Map.groupBy(provinces, (province) => successorIn(geography, province, byId));
  return own.map(({ id }) => ({ id, members: (members.get(id) ?? []).map((member) => member.id) }));
}

/** The first province of `scheme` that `province` is or went into, directly or through others. */
function successorIn(scheme: string, province: ProvinceOfScheme, byId: ReadonlyMap<string, ProvinceOfScheme>): string | undefined {
  const seen = new Set<string>();
  for (let at: ProvinceOfScheme | undefined = province; at !== undefined && !seen.has(at.id); at = byId.get(at.successor ?? '')) {
    if (at.scheme === scheme) return at.id;
    seen.add(at.id);
  }
  return undefined;
}

function hasBegun({ validFrom }: ProvinceOfScheme, { to }: Period): boolean {
  return validFrom === null || validFrom <= to;
}

/** The last day of the part that `day` is in. It may lie after `end`, but never after the calendar's, 9999-12-31. */
function lastOfPart(day: string, interval: Interval, end: string): string {
  switch (interval) {
    case 'DAY':
      return day;
    case 'WEEK':
      return addDays(day, Math.min(6 - weekday(day), daysBetween(day, end) - 1));
    case 'MONTH':
      return monthEnd(day);
    case 'QUARTER':
      return monthEnd(day, 2 - ((Number(day.slice(5, 7)) - 1) % 3));
    case 'YEAR':
      return `${day.slice(0, 4)}-12-31`;
    default:
      return interval satisfies never;
  }
}

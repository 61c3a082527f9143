import { addDays, monthEnd } from '#schema/dates.ts';

/** A stretch of time of which rollups keep the counts: a day (D), a month (M) or a year (Y), by its first day. */
export interface Stretch {
  readonly grain: 'D' | 'M' | 'Y';
  readonly startOn: string;
}

/**
 * The fewest stretches that together make up the days from `from` to `to`, both inclusive: whole years and months where they fit, days
 * at the edges. At most 60 days and 22 months, and one for each year.
 */
export function stretches(from: string, to: string): Stretch[] {
  const parts: Stretch[] = [];
  // No day beyond `to` is ever formed: periods may end with the calendar, on 9999-12-31.
  for (let day = from; day <= to; ) {
    const [grain, last] = longest(day, to);
    parts.push({ grain, startOn: day });
    if (last === to) break;
    day = addDays(last, 1);
  }
  return parts;
}

/** The longest stretch that begins on `day` and does not end after `to`, and its last day. */
function longest(day: string, to: string): [grain: Stretch['grain'], last: string] {
  if (!day.endsWith('-01')) return ['D', day];
  const yearEnd = `${day.slice(0, 4)}-12-31`;
  if (day.endsWith('-01-01') && yearEnd <= to) return ['Y', yearEnd];
  const end = monthEnd(day);
  return end <= to ? ['M', end] : ['D', day];
}

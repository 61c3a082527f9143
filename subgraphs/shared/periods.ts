import { addDays, monthStart } from '#schema/dates.ts';

/** A stretch of time of which rollups keep the counts: a day (D), a month (M) or a year (Y), by its first day. */
export interface Stretch {
  readonly grain: 'D' | 'M' | 'Y';
  readonly startOn: string;
}

/**
 * The fewest stretches that together make up the days from `from` to `to`, both inclusive: whole years and months where they fit, days
 * at the edges. At most 61 days and 22 months, and one for each year.
 */
export function stretches(from: string, to: string): Stretch[] {
  const parts: Stretch[] = [];
  const end = addDays(to, 1);
  let day = from;
  while (day < end) {
    const nextMonth = monthStart(day, 1);
    const nextYear = monthStart(day, 12);
    if (day.endsWith('-01-01') && nextYear <= end) {
      parts.push({ grain: 'Y', startOn: day });
      day = nextYear;
    } else if (day.endsWith('-01') && nextMonth <= end) {
      parts.push({ grain: 'M', startOn: day });
      day = nextMonth;
    } else {
      parts.push({ grain: 'D', startOn: day });
      day = addDays(day, 1);
    }
  }
  return parts;
}

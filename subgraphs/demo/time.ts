/**
 * Days and minutes of Vietnam as whole numbers, so that the generator needs no time zone data: Vietnam has had UTC+7 without
 * daylight saving time for as long as the hotline exists. A *day* counts from 1970-01-01, a *minute* from that day's midnight in Vietnam.
 */

export const MINUTES_A_DAY = 1440;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The number of the day written `YYYY-MM-DD`. @throws RangeError when there is no such day. */
export function dayNumber(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 30 February for 1 March; writing the day again shows it.
  if (Number.isNaN(time) || dayText(time / DAY_MS) !== text) throw new RangeError(`expected a day written YYYY-MM-DD, got "${text}"`);
  return time / DAY_MS;
}

/** The day as `YYYY-MM-DD`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The minute as `YYYY-MM-DDTHH:MM+07:00`. */
export function minuteText(minute: number): string {
  return `${new Date(minute * MINUTE_MS).toISOString().slice(0, 16)}+07:00`;
}

/** The minute as a CSV cell: empty for `null`. */
export function minuteCell(minute: number | null): string {
  return minute === null ? '' : minuteText(minute);
}

/** The day in which a minute lies. */
export function dayOfMinute(minute: number): number {
  return Math.floor(minute / MINUTES_A_DAY);
}

/** The last minute of a day. */
export function lastMinute(day: number): number {
  return (day + 1) * MINUTES_A_DAY - 1;
}

/** The first day of the month after the one in which `day` lies. */
export function nextMonth(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

/** `minute` plus `step`, but at most half of the way to `end` (not before `minute`): what follows has room before it, and the order holds. */
export function advance(minute: number, step: number, end: number): number {
  return minute + Math.min(step, Math.floor((end - minute) / 2));
}

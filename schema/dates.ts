/**
 * Days of the calendar as `YYYY-MM-DD` text, as they stand in the graph. No time zone is involved: a day is a day of Vietnam
 * (Asia/Ho_Chi_Minh), and turning a moment into a day is the database's business.
 */

/** The time zone whose days the graph counts. */
export const TIME_ZONE = 'Asia/Ho_Chi_Minh';

/** Today in Vietnam. */
export function today(): string {
  // The Swedish form of a date is YYYY-MM-DD.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: TIME_ZONE }).format(new Date());
}

const DAY_MS = 86_400_000;

/** Whether `text` is an existing day of the years 1 to 9999, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  // To Date, the 30th of February is a day of March.
  return new Date(`${text}T00:00:00Z`).getUTCDate() === Number(text.slice(8));
}

/** The day `days` after `day` (before it, when negative). It must be one of the years 1 to 9999 too: text of others would not sort. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days lie from `from` to `to`, both counted. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS + 1;
}

/** The day of the week, Monday = 0 … Sunday = 6 (ISO 8601). */
export function weekday(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The last day of the month that lies `months` after the month of `day`. */
export function monthEnd(day: string, months = 0): string {
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(day.slice(0, 4)), Number(day.slice(5, 7)) + months, 0);
  return date.toISOString().slice(0, 10);
}

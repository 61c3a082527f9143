/**
 * Moments as they are written in CSVs. Read digit by digit: a file has millions of them, and `Date` accepts days that do not exist.
 */

const HOUR = 3_600_000;
const VIETNAM = '+07:00';
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const TIME = /^[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * The moment as `YYYY-MM-DDThh:mm:ss[.ffffff]±hh:mm`, which PostgreSQL and `Date.parse` both read; `undefined` when `cell` is none.
 * ISO 8601 in extended form, or with a space for the `T`; seconds, their fraction and the offset (Vietnam's) may be missing, and so may the whole time.
 */
export function parseMoment(cell: string): string | undefined {
  if (!startsWithDay(cell)) return undefined;
  if (cell.length === 10) return `${cell}T00:00:00${VIETNAM}`;
  // The form that most files have throughout, without a regular expression: 2021-03-05T08:30:00+07:00
  if (cell.length === 25 && cell.endsWith(VIETNAM) && cell.charCodeAt(10) === 84 && cell.charCodeAt(13) === 58 && cell.charCodeAt(16) === 58) {
    return two(cell, 11) <= 23 && two(cell, 14) <= 59 && two(cell, 17) <= 59 ? cell : undefined;
  }
  const [match, hours = '', minutes = '', seconds = '00', fraction, offset = VIETNAM] = TIME.exec(cell.slice(10)) ?? [];
  if (match === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const shift = parseOffset(offset);
  if (shift === undefined) return undefined;
  const moment = `${cell.slice(0, 10)}T${hours}:${minutes}:${seconds}${fraction === undefined ? '' : `.${fraction.slice(0, 6)}`}${shift}`;
  // The calendar's first and last hours elsewhere may be days in Vietnam that it does not have; 0000-12-31 and +010000-01 sort before the others.
  const atTheEdge = moment.startsWith('0001-01-01') || moment.startsWith('9999-12-31');
  return atTheEdge && vietnamDay(moment) < '0001' ? undefined : moment;
}

/** The day in Vietnam of what {@link parseMoment} returned, or of a day. */
export function vietnamDay(moment: string): string {
  if (moment.length === 10 || moment.endsWith(VIETNAM)) return moment.slice(0, 10);
  return new Date(Date.parse(moment) + 7 * HOUR).toISOString().slice(0, 10);
}

function startsWithDay(cell: string): boolean {
  if (cell.length < 10 || cell.charCodeAt(4) !== 45 || cell.charCodeAt(7) !== 45) return false;
  const year = two(cell, 0) * 100 + two(cell, 2);
  const month = two(cell, 5);
  const day = two(cell, 8);
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month - 1] ?? 0))) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** The two digits at `at` as a number; NaN, which no comparison holds for, when they are none. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** `±hh:mm`, when it is an offset that is in use somewhere: from -12:00 to +14:00. */
function parseOffset(offset: string): string | undefined {
  if (offset === 'Z') return '+00:00';
  const hours = two(offset, 1);
  const minutes = offset.length > 3 ? two(offset, offset.length - 2) : 0;
  const total = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
  if (!(minutes <= 59 && total >= -12 * 60 && total <= 14 * 60)) return undefined;
  return `${offset.slice(0, 3)}:${String(minutes).padStart(2, '0')}`;
}

import { isDay } from '#schema/dates.ts';
import { clientError } from '#schema/errors.ts';
import { isRecordId } from '../record-id.ts';

/** Records of a page when a client does not say how many, and the most that one may have. */
export const DEFAULT_PAGE = 50;
export const LARGEST_PAGE = 500;

/** In which order a list is given: by the moment that the list is about, then by id. */
export type RecordOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST';

/** The arguments of every list. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly orderBy?: RecordOrder | null;
}

/** Where a record lies in a list: its moment to the microsecond, in UTC, and its id. */
export interface Position {
  readonly moment: string;
  readonly id: string;
}

/** A stretch of a list: `size` records from one of its ends, between two positions that are not in it. */
export interface Page {
  readonly order: RecordOrder;
  readonly size: number;
  readonly fromEnd: boolean;
  readonly after: Position | null;
  readonly before: Position | null;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/**
 * The page of `list` that a client asks for.
 * @throws BAD_PAGE when there can be none.
 */
export function readPage(list: string, { first, after, last, before, orderBy }: PageArguments): Page {
  if (isGiven(first) && isGiven(last)) throw badPage('either `first` or `last`', 'both');
  const fromEnd = isGiven(last);
  const size = (fromEnd ? last : first) ?? DEFAULT_PAGE;
  if (size < 1 || size > LARGEST_PAGE) throw badPage(`\`${fromEnd ? 'last' : 'first'}\` from 1 to ${LARGEST_PAGE}`, String(size));
  const order = orderBy ?? 'NEWEST_FIRST';
  const position = (name: string, cursor: string | null | undefined) => {
    if (!isGiven(cursor)) return null;
    const decoded = decodeCursor(list, order, cursor);
    if (decoded === undefined) throw badPage(`\`${name}\` to be a cursor of this list, ordered ${order}`, JSON.stringify(cursor.slice(0, 100)));
    return decoded;
  };
  return { order, size, fromEnd, after: position('after', after), before: position('before', before) };
}

/** The cursor of a record: says nothing that the record does not, and is good for the same list in the same order only. */
export function encodeCursor(list: string, order: RecordOrder, { moment, id }: Position): string {
  return Buffer.from(JSON.stringify([list, order, moment, id])).toString('base64url');
}

/** The position that a cursor marks; `undefined` when it was not made by {@link encodeCursor} for this list and order. */
export function decodeCursor(list: string, order: RecordOrder, cursor: string): Position | undefined {
  const parts = parse(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return undefined;
  const [ofList, ofOrder, moment = '', id = ''] = parts as string[];
  if (parts.length !== 4 || ofList !== list || ofOrder !== order || !isMoment(moment) || !isRecordId(id)) return undefined;
  return { moment, id };
}

function isMoment(text: string): boolean {
  return MOMENT.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function badPage(expected: string, got: string) {
  return clientError('BAD_PAGE', `expected ${expected}, got ${got}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

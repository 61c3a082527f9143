/**
 * Checks of what an act is told that need nothing but the input; each gives the errors, none when all is well. `path` is given from the
 * input on.
 */
import { kindOfId, type RecordKind } from '#schema/record-kinds.ts';
import { NOT_ONE_LINE, NOT_TEXT } from '../text.ts';
import { type ActInput, type UserError, userError } from './act.ts';

/** Longest text, in UTF-16 units, where nothing else is said. */
const MAX_TEXT = 1_000;
/** Longest key and longest name of who acts, in UTF-16 units. */
const MAX_KEY = 200;
/** How far the clocks of clients may be ahead; in milliseconds. */
const AHEAD = 60_000;

/** What every act is told. */
export function checkActInput({ clientMutationId }: ActInput): UserError[] {
  return checkLine('clientMutationId', clientMutationId);
}

/** Free text: may be missing, unless `required` says with which code that is refused. */
export function checkText(
  path: string,
  text: string | null | undefined,
  options: { required?: 'REQUIRED' | 'REASON_REQUIRED'; max?: number } = {},
): UserError[] {
  const { required, max = MAX_TEXT } = options;
  if (text && text.length > max)
    return [userError('TOO_LONG', path, `Tối đa ${max} ký tự, đang có ${text.length}.`, `Expected at most ${max} characters, got ${text.length}.`)];
  if (text === null || text === undefined || text.trim() === '') {
    return required
      ? [userError(required, path, `Cần ghi ${required === 'REQUIRED' ? 'mục này' : 'lý do'}.`, `Expected ${required === 'REQUIRED' ? 'text' : 'a reason'}.`)]
      : [];
  }
  return NOT_TEXT.test(text) ? [notText(path)] : [];
}

/** The id of a record of `kind`; may be missing unless `required`. Whether it is there is for the database to say. */
export function checkId(path: string, id: string | null | undefined, kind: RecordKind, { required = true } = {}): UserError[] {
  if (id === null || id === undefined) return required ? [userError('REQUIRED', path, 'Cần có mã hồ sơ.', `Expected the id of a ${kind}.`)] : [];
  const given = kindOfId(id);
  if (given === kind) return [];
  if (given !== undefined) {
    return [
      userError('WRONG_TYPE', path, `Mã này là của hồ sơ loại khác (${given}, không phải ${kind}).`, `Expected the id of a ${kind}, got the id of a ${given}.`),
    ];
  }
  return [userError('NOT_FOUND', path, 'Không có hồ sơ này.', `Expected the id of a ${kind}, got what is the id of no record.`)];
}

/** A moment that has come; `now` is the database's. */
export function checkPast(path: string, moment: Date | null | undefined, now: Date): UserError[] {
  if (!moment || moment.getTime() <= now.getTime() + AHEAD) return [];
  return [userError('IN_FUTURE', path, 'Thời điểm này ở tương lai.', `Expected a moment not after now (${now.toISOString()}), got ${moment.toISOString()}.`)];
}

/** A moment that is not before another. */
export function checkNotBefore(path: string, moment: Date | null | undefined, earliest: Date | null | undefined, name: string): UserError[] {
  if (!moment || !earliest || moment.getTime() >= earliest.getTime()) return [];
  const limit = earliest.toISOString();
  return [
    userError(
      'OUT_OF_ORDER',
      path,
      `Thời điểm này phải không trước ${name} (${limit}).`,
      `Expected a moment not before ${name} (${limit}), got ${moment.toISOString()}.`,
    ),
  ];
}

/** A list that names nothing twice. */
export function checkOnce(path: string, values: readonly string[] | null | undefined): UserError[] {
  if (!values || new Set(values).size === values.length) return [];
  return [userError('INVALID', path, 'Mỗi giá trị chỉ ghi một lần.', 'Expected each value once.')];
}

/** Whether it is a line of text such as keys and names of callers are. */
export function isLine(text: string): boolean {
  return checkLine('', text).length === 0;
}

function checkLine(path: string, text: string): UserError[] {
  const length = text.length > 0 && text.length <= MAX_KEY;
  if (!length)
    return [
      userError(text === '' ? 'REQUIRED' : 'TOO_LONG', path, `Cần từ 1 đến ${MAX_KEY} ký tự.`, `Expected 1 to ${MAX_KEY} characters, got ${text.length}.`),
    ];
  return NOT_ONE_LINE.test(text) ? [notText(path)] : [];
}

function notText(path: string): UserError {
  return userError('INVALID', path, 'Có ký tự không phải chữ.', 'Expected text without control characters and halves of surrogate pairs.');
}

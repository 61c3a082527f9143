/**
 * What the access log says of one access, and its bytes. An entry has no place for a personal datum: every text in it is an identifier of a
 * closed form (no space, no letter of Vietnamese, no number or date alone), checked before anything is written.
 */
import { isSubject } from '#schema/identity.ts';
import { canonical } from '../canonical.ts';
import { isPurpose, type Purpose } from '#schema/access.ts';

/** One access: records that were read, exact figures that were counted, or an act. */
export interface AccessEntry {
  /** When, in milliseconds: `2026-11-26T08:00:00.000Z`. */
  readonly at: string;
  /** Who: the subject under which the agency knows the person; null without a token. */
  readonly subject: string | null;
  /** For which agency; null where the token names none. */
  readonly agency: string | null;
  /** Why; null where the request does not say. */
  readonly purpose: Purpose | null;
  /** SHA-256 of the client's operation, base64url: the same in all ministries' logs. */
  readonly operationHash: string;
  readonly operationName: string | null;
  readonly requestId: string;
  readonly kind: AccessKind;
  /** Names of what was read, such as types and their fields. */
  readonly fields?: readonly string[];
  /** Ids of the records, which are pseudonyms. */
  readonly records: readonly string[];
  /** Names and numbers only: of figures, how many cells and which; of an act, its name. */
  readonly details?: Readonly<Record<string, string | number | readonly string[]>>;
}

export type AccessKind = (typeof ACCESS_KINDS)[number];

const ACCESS_KINDS = ['read', 'statistics', 'act'] as const;

/** An entry that may not be written; the message names the field and what was expected, and not what came. */
export class AccessEntryError extends Error {}

/** The entry's text, of which the log has the hash: JSON with sorted keys and no space (RFC 8785). @throws AccessEntryError */
export function entryText(entry: AccessEntry): string {
  for (const [name, value] of Object.entries(entry)) {
    const form = FORMS[name as keyof AccessEntry];
    if (form === undefined) throw new AccessEntryError('expected no other fields than those of an access');
    if (!form(value)) throw new AccessEntryError(`${name}: not of the form that the access log takes`);
  }
  const missing = REQUIRED.find((name) => entry[name] === undefined);
  if (missing !== undefined) throw new AccessEntryError(`${missing}: expected a value`);
  return canonical(entry, true);
}

type Form = (value: unknown) => boolean;

const text =
  (pattern: RegExp): Form =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const orNull =
  (form: Form): Form =>
  (value) =>
    value === null || form(value);
const listOf =
  (form: Form): Form =>
  (value) =>
    Array.isArray(value) && value.every(form);

/** A name of the schema or of the code: fields, figures, acts. */
const NAME = text(/^[A-Za-z_][\w.]{0,255}$/);
/** A record: a UUID, or a name or other code that has a letter in it; so no number of an identity card, and no date. */
const RECORD = text(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[^a-zA-Z]*[a-zA-Z])[\w:.~-]{1,128})$/);
const COUNT: Form = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const MOMENT: Form = (value) => typeof value === 'string' && value.length === 24 && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;

const FORMS: Readonly<Record<keyof AccessEntry, Form>> = {
  at: MOMENT,
  subject: orNull(isSubject),
  agency: orNull(RECORD),
  purpose: orNull(isPurpose),
  operationHash: text(/^[\w-]{1,64}$/),
  operationName: orNull(NAME),
  requestId: text(/^[\w.-]{8,64}$/),
  kind: (value) => ACCESS_KINDS.some((kind) => kind === value),
  fields: (value) => value === undefined || listOf(NAME)(value),
  records: listOf(RECORD),
  details: (value) =>
    value === undefined ||
    (typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(([name, detail]) => NAME(name) && (COUNT(detail) || NAME(detail) || listOf(NAME)(detail)))),
};

const REQUIRED = ['at', 'subject', 'agency', 'purpose', 'operationHash', 'operationName', 'requestId', 'kind', 'records'] as const;

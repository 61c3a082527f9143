/** What an identity consists of, how it is written, and the blind indexes by which it is found. */
import { createHmac } from 'node:crypto';
import { isDay } from '#schema/dates.ts';
import { NOT_ONE_LINE } from '#shared/text.ts';
import type { MinistryKeys } from './ministry-keys.ts';

/** Who a person is; null for what is not known. */
export interface Identity {
  readonly name: string | null;
  /** YYYY-MM-DD, or YYYY-MM or YYYY where no more is known. */
  readonly birthDate: string | null;
  /** Of an identity card or a passport. */
  readonly identityNumber: string | null;
}

/** What is wrong with a field; without its value. */
export interface FieldFault {
  readonly field: string;
  readonly expected: string;
}

/** The fields of an identity, in the order of files. */
export const IDENTITY_FIELDS = ['name', 'birthDate', 'identityNumber'] as const satisfies readonly (keyof Identity)[];

/** Longest name, in UTF-16 units. */
const MAX_NAME = 200;

/**
 * Bytes of a blind index. So few that several persons share one: who has a dump, or an erased person's row in an old backup, and the index key too
 * learns from a match no more than that somebody is there who may be the one; and the same person in two rows is not plain to see. A look-up
 * opens what it finds and compares, which with 40,000 persons is less than one row too many.
 */
const INDEX_LENGTH = 2;

/** The identity in what was given, with its values as they are stored; or what is wrong with it. */
export function readIdentity(given: unknown): Identity | FieldFault[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [{ field: '', expected: `an object with ${IDENTITY_FIELDS.join(', ')}` }];
  const values = given as Record<string, unknown>;
  const faults: FieldFault[] = [];
  const stranger = Object.keys(values).some((name) => !IDENTITY_FIELDS.some((field) => field === name));
  if (stranger) faults.push({ field: '', expected: `no other fields than ${IDENTITY_FIELDS.join(', ')}` });
  const read = (field: keyof Identity): string | null => {
    const value = values[field] ?? '';
    const { stored, sound, expected } = FORMS[field];
    const text = typeof value === 'string' ? stored(value) : '';
    if (typeof value !== 'string' || (text !== '' && !sound(text))) faults.push({ field, expected });
    return text === '' ? null : text;
  };
  const identity = { name: read('name'), birthDate: read('birthDate'), identityNumber: read('identityNumber') };
  if (faults.length === 0 && IDENTITY_FIELDS.every((field) => identity[field] === null)) faults.push({ field: '', expected: 'at least one value' });
  return faults.length > 0 ? faults : identity;
}

/** The blind index over name and birth date; null unless both are known. */
export function nameAndBirthIndex(keys: MinistryKeys, { name, birthDate }: Pick<Identity, 'name' | 'birthDate'>): Buffer | null {
  return name === null || birthDate === null ? null : blind(keys.index.nameAndBirth, JSON.stringify([comparable(name), birthDate]));
}

/** The blind index over the identity number; null where none is known. */
export function numberIndex(keys: MinistryKeys, { identityNumber }: Pick<Identity, 'identityNumber'>): Buffer | null {
  return identityNumber === null ? null : blind(keys.index.number, identityNumber);
}

/** Whether the person is the one who is looked for: all that is known of the latter is the same. */
export function matches(person: Identity, wanted: Identity): boolean {
  const same = (field: keyof Identity) => wanted[field] === null || (person[field] !== null && comparable(person[field]) === comparable(wanted[field]));
  return IDENTITY_FIELDS.every(same);
}

/** Text that is the same whichever way letters with marks were typed, in capitals or not, and with whatever spaces. */
function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
}

function blind(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest().subarray(0, INDEX_LENGTH);
}

const FORMS: Readonly<Record<keyof Identity, { stored(text: string): string; sound(text: string): boolean; expected: string }>> = {
  name: {
    stored: (text) => text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim(),
    sound: (text) => text.length <= MAX_NAME && !NOT_ONE_LINE.test(text) && /\p{L}/u.test(text),
    expected: `a name: text with letters, at most ${MAX_NAME} characters`,
  },
  birthDate: {
    stored: (text) => text.trim(),
    sound: (text) => isDay(text + '-01-01'.slice(text.length === 4 ? 0 : text.length === 7 ? 3 : 6)),
    expected: 'a date that exists, as YYYY-MM-DD, YYYY-MM or YYYY',
  },
  identityNumber: {
    stored: (text) =>
      text
        .normalize('NFKC')
        .replaceAll(/[\s.-]+/gu, '')
        .toUpperCase(),
    sound: (text) => /^[A-Z0-9]{5,20}$/.test(text),
    expected: 'the number of an identity card or a passport: 5 to 20 letters and digits',
  },
};

/**
 * The ministry's keys: those that wrap the data keys, of which the first is used and the others only unwrap what is not wrapped anew yet; and one
 * from which the keys of the blind indexes are derived, which stays when the others are changed.
 */
import { hkdfSync } from 'node:crypto';

/** Keys of 32 bytes. */
export interface MinistryKeys {
  /** The id of the key that wraps. */
  readonly current: string;
  /** All that unwrap, by id, {@link current} included. */
  readonly wrapping: ReadonlyMap<string, Uint8Array>;
  /** For the blind index over name and birth date, and for that over the identity number; and what tells whether they are the same as before. */
  readonly index: { readonly nameAndBirth: Uint8Array; readonly number: Uint8Array; readonly fingerprint: string };
}

/** Bytes of a key. */
export const KEY_LENGTH = 32;

/** The id of the entry from which the blind indexes' keys are derived. */
const INDEX = 'index';

/** Faults of the list of keys, without any of its content; one text for each. */
export class KeyListError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * Reads lines `id:base64(32 bytes)`, or the same separated by commas or spaces. Lines that begin with `#` are comments.
 * @throws KeyListError naming entries by their place.
 */
export function parseMinistryKeys(text: string): MinistryKeys {
  const entries = text
    .split(/\r?\n|\\n/)
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/[\s,]+/))
    .filter((entry) => entry !== '');
  const faults: string[] = [];
  const keys = new Map<string, Uint8Array>();
  for (const [n, entry] of entries.entries()) {
    const [, id = '', base64 = ''] = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
    if (id === '') faults.push(`entry ${n + 1}: expected id:base64 of ${KEY_LENGTH} bytes`);
    else if (keys.has(id)) faults.push(`entry ${n + 1}: expected an id that no entry before it has`);
    else keys.set(id, Buffer.from(base64, 'base64'));
  }
  const index = keys.get(INDEX);
  if (index === undefined) faults.push(`expected an entry ${INDEX}:base64, the key of the blind indexes`);
  keys.delete(INDEX);
  const [current] = keys.keys();
  if (current === undefined) faults.push('expected at least one key that wraps');
  if (faults.length > 0 || current === undefined || index === undefined) throw new KeyListError(faults);
  return ministryKeys(current, keys, index);
}

/** The same from keys that are there already. */
export function ministryKeys(current: string, wrapping: ReadonlyMap<string, Uint8Array>, index: Uint8Array): MinistryKeys {
  const fingerprint = Buffer.from(derived(index, 'fingerprint')).toString('hex').slice(0, 16);
  return {
    current,
    wrapping,
    index: { fingerprint, nameAndBirth: derived(index, 'blind index: name and birth date'), number: derived(index, 'blind index: identity number') },
  };
}

/** A key of its own for one use. */
export function derived(key: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `victims: ${use}`, KEY_LENGTH));
}

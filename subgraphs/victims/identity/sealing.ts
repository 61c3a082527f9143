/**
 * AES-256-GCM with a random nonce: bytes `version, nonce, ciphertext, tag`. What they belong to is authenticated with them, so that sealed bytes
 * are good in one place only.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { IdentityError } from './errors.ts';
import { KEY_LENGTH, type MinistryKeys } from './ministry-keys.ts';

/** The key of one person's identity. `id` is no secret: the sealed columns name it. */
export interface DataKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** A column of victim_identity that is sealed. */
export type SealedColumn = 'name' | 'birth_date' | 'identity_number';

const VERSION = 1;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
/** Plaintexts are filled up to a multiple of this, so that a ciphertext's length does not tell a name's. Bytes. */
const BLOCK = 64;

/** A new key, from the system's random numbers. */
export function newDataKey(): DataKey {
  return { id: randomBytes(12).toString('hex'), key: randomBytes(KEY_LENGTH) };
}

/** Seals a value for one column of one person's row. */
export function sealValue(dataKey: DataKey, victimId: string, column: SealedColumn, value: string): Buffer {
  const text = Buffer.from(value, 'utf8');
  const filled = Buffer.alloc(Math.ceil((text.length + 1) / BLOCK) * BLOCK);
  text.copy(filled);
  // One byte that ends the text: no text has a zero byte, but this does not have to know.
  filled[text.length] = 0x80;
  return seal(dataKey.key, placeOf(dataKey, victimId, column), filled);
}

/** The value. @throws IdentityError DAMAGED when it was not sealed with this key for this row and column. */
export function openValue(dataKey: DataKey, victimId: string, column: SealedColumn, sealed: Uint8Array): string {
  const filled = open(dataKey.key, placeOf(dataKey, victimId, column), sealed);
  if (filled === undefined) throw damaged();
  return filled.subarray(0, filled.lastIndexOf(0x80)).toString('utf8');
}

/** The text that the key store keeps: data key and the ministry's key by id, and the data key wrapped by the current one. */
export function wrapDataKey(keys: MinistryKeys, victimId: string, dataKey: DataKey): string {
  const wrapping = keys.wrapping.get(keys.current) as Uint8Array;
  return `${dataKey.id} ${keys.current} ${seal(wrapping, wrapped(victimId, dataKey.id, keys.current), dataKey.key).toString('base64')}\n`;
}

/** The ids of the data key and of the ministry's key in such a text. @throws IdentityError DAMAGED */
export function readWrapped(text: string): { readonly id: string; readonly wrappedBy: string; readonly sealed: Buffer } {
  const [, id = '', wrappedBy = '', base64 = ''] = /^([0-9a-f]{24}) ([\w.-]{1,64}) ([A-Za-z0-9+/]+=*)\n$/.exec(text) ?? [];
  if (id === '') throw damaged();
  return { id, wrappedBy, sealed: Buffer.from(base64, 'base64') };
}

/** The data key. @throws IdentityError UNKNOWN_KEY, WRONG_KEY or DAMAGED */
export function unwrapDataKey(keys: MinistryKeys, victimId: string, text: string): DataKey {
  const { id, wrappedBy, sealed } = readWrapped(text);
  const wrapping = keys.wrapping.get(wrappedBy);
  if (wrapping === undefined) {
    const english = `wrapped by the ministry's key "${wrappedBy}", which VICTIMS_IDENTITY_KEYS does not have`;
    throw new IdentityError('UNKNOWN_KEY', `thiếu khóa "${wrappedBy}" của bộ`, english);
  }
  const key = open(wrapping, wrapped(victimId, id, wrappedBy), sealed);
  if (key === undefined) {
    const english = `the ministry's key "${wrappedBy}" is not the one that wrapped this person's key, or the key's file is damaged`;
    throw new IdentityError('WRONG_KEY', `khóa "${wrappedBy}" của bộ không đúng`, english);
  }
  return { id, key };
}

function damaged(): IdentityError {
  return new IdentityError('DAMAGED', 'dữ liệu danh tính hoặc khóa bị hỏng', 'the identity, or its key, is not what was sealed for this person');
}

function placeOf(dataKey: DataKey, victimId: string, column: SealedColumn): string {
  return ['victim_identity', column, victimId.toLowerCase(), dataKey.id].join('\0');
}

function wrapped(victimId: string, id: string, wrappedBy: string): string {
  return ['data key', victimId.toLowerCase(), id, wrappedBy].join('\0');
}

function seal(key: Uint8Array, place: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, place: string, sealed: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_LENGTH + TAG_LENGTH) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_LENGTH), { authTagLength: TAG_LENGTH }).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG_LENGTH));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_LENGTH, -TAG_LENGTH)), decipher.final()]);
  } catch {
    return undefined;
  }
}

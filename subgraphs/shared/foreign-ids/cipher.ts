import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Bytes of an id, which is one block of AES. */
const ID_BYTES = 16;

/** A permutation of all UUIDs; both ways for the bytes of any number of ids, one after the other. */
export interface IdCipher {
  seal(ids: Uint8Array): Buffer;
  open(ids: Uint8Array): Buffer;
}

/**
 * AES-256 on each id by itself; `key` has 32 bytes. An id is exactly one block, so that ECB, which must not be used for longer texts, is here the
 * permutation that AES is: the same id becomes the same other one, and indexes, joins and uniqueness stay. (FF1, which would keep the digits that
 * tell a version 8, is slower and in no library of Node's own; nothing reads those digits of a sealed id.)
 */
export function idCipher(key: Uint8Array): IdCipher {
  // Without padding and chaining neither has a state between two blocks.
  const sealing = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const opening = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return {
    seal: (ids) => sealing.update(wholeIds(ids)),
    open: (ids) => opening.update(wholeIds(ids)),
  };
}

/** The bytes of UUIDs, one after the other. */
export function bytesOf(ids: readonly string[]): Buffer {
  return Buffer.from(ids.join('').replaceAll('-', ''), 'hex');
}

/** The UUIDs that the bytes stand for, in small letters: the inverse of {@link bytesOf}. */
export function idsOf(bytes: Uint8Array): string[] {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) => {
    const at = i * 2 * ID_BYTES;
    const part = (from: number, to: number) => digits.slice(at + from, at + to);
    return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
  });
}

/** Part of an id would wait in the cipher and be put before the next one. */
function wholeIds(bytes: Uint8Array): Uint8Array {
  if (bytes.length % ID_BYTES !== 0) throw new Error(`expected whole ids of ${ID_BYTES} bytes, got ${bytes.length} bytes`);
  return bytes;
}

import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { clientError } from './errors.ts';

/**
 * Sets of cases on their way from one ministry to another, as one token: which cases they are, and how many persons or other things count
 * with each. The token passes through the gateway, which has no key to read it or make one up, and is `@inaccessible` to clients.
 *
 * It is no secret among the ministries: the key comes from RECORD_ID_KEY, which every subgraph has, so that any of them could open a token
 * that it got hold of; and the service that is asked sees, while it answers, which of its cases are meant.
 *
 * Sealed with AES-256-GCM. The nonce is an HMAC of the content, so that equal sets are equal tokens and the gateway asks for each once;
 * no nonce comes twice with different content, which is all that GCM demands. That two cells have the same set may be seen from outside.
 */

/** What a token is for. One made for another purpose is refused. */
export type SealedKeyUse = 'identified cases' | 'cases of minors' | 'shared cases';

/** Bytes of one entry of a set: the UUID of a case, and a count (32 bits, big-endian). */
const ENTRY_BYTES = 20;
const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The token for a set: `content` is its entries, in order of the ids. `key` has 32 bytes. */
export function sealKeys(key: Uint8Array, use: SealedKeyUse, content: Uint8Array): string {
  const nonce = createHmac('sha256', nonceKey(key)).update(use).update('\0').update(content).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(use));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** The entries of a set, in order of the ids: `ids` are their bytes one after the other, `counts` those of their counts (32 bits, big-endian). */
export function entriesOf(ids: Uint8Array, counts: Uint8Array): Buffer {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
  const id = (at: number) => bytes.subarray(at * ID_BYTES, (at + 1) * ID_BYTES);
  const places = Array.from({ length: bytes.length / ID_BYTES }, (_, at) => at);
  // Comparing numbers is many times quicker, and hardly any two ids begin with the same 48 bits.
  const beginnings = places.map((at) => bytes.readUIntBE(at * ID_BYTES, 6));
  places.sort((a, b) => Number(beginnings[a]) - Number(beginnings[b]) || id(a).compare(id(b)));
  return Buffer.concat(places.flatMap((at) => [id(at), counts.subarray(4 * at, 4 * at + 4)]));
}

/**
 * The entries of the set that `token` stands for: ids as 32 hexadecimal digits, with the count of each. Inverse of {@link sealKeys}.
 * @throws BAD_SEALED_KEY when it was not made with this key for this use.
 */
export function openKeys(key: Uint8Array, use: SealedKeyUse, token: string): [id: string, n: number][] {
  const content = openContent(key, use, token);
  const digits = content.toString('hex');
  return Array.from({ length: content.length / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    return [digits.slice(2 * at, 2 * at + 32), content.readInt32BE(at + 16)];
  });
}

function openContent(key: Uint8Array, use: SealedKeyUse, token: string): Buffer {
  const sealed = Buffer.from(token, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(use));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const content = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    if (content.length % ENTRY_BYTES === 0) return content;
  } catch {
    // Too short, or not authentic: said below.
  }
  throw clientError('BAD_SEALED_KEY', `expected a token that a subgraph with the same RECORD_ID_KEY made for "${use}"`);
}

/** Apart from the key that encrypts, as HMAC and AES must not share one. */
function nonceKey(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'nonce of sealed keys', 32));
}

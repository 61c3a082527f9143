import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, idCipher, idsOf } from '#shared/foreign-ids/cipher.ts';

const uuid = fc.uuid({ version: [1, 4, 8] });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sealed = (with_: Uint8Array, ids: readonly string[]) => idsOf(idCipher(with_).seal(bytesOf(ids)));
const opened = (with_: Uint8Array, ids: readonly string[]) => idsOf(idCipher(with_).open(bytesOf(ids)));

describe('the cipher of ids', () => {
  it('is AES-256, on one block', () => {
    // FIPS 197, C.3.
    const fips = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
    expect(idCipher(fips).seal(Buffer.from('00112233445566778899aabbccddeeff', 'hex')).toString('hex')).toBe('8ea2b7ca516745bfeafc49904b496089');
    expect(sealed(fips, ['00112233-4455-6677-8899-aabbccddeeff'])).toEqual(['8ea2b7ca-5167-45bf-eafc-49904b496089']);
  });

  it('opens what it seals, any number at once, each by itself and in their order', () => {
    fc.assert(
      fc.property(key, fc.array(uuid, { maxLength: 40 }), (k, ids) => {
        const kept = sealed(k, ids);
        expect(opened(k, kept)).toEqual(ids);
        expect(kept).toEqual(ids.flatMap((id) => sealed(k, [id])));
        expect(new Set(kept).size).toBe(new Set(ids).size);
      }),
    );
  });

  it('gives the same for an id whatever was sealed and opened between, and however its letters are written', () => {
    fc.assert(
      fc.property(key, uuid, fc.array(uuid), (k, id, others) => {
        const cipher = idCipher(k);
        const first = cipher.seal(bytesOf([id]));
        cipher.open(cipher.seal(bytesOf(others)));
        expect(cipher.seal(bytesOf([id.toUpperCase()]))).toEqual(first);
        expect(idsOf(cipher.open(first))).toEqual([id]);
      }),
    );
  });

  it('opens nothing that another key has sealed, and gives ids that are not those of another key', () => {
    fc.assert(
      fc.property(key, key, uuid, (one, other, id) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        expect(sealed(one, [id])).not.toEqual(sealed(other, [id]));
        expect(opened(other, sealed(one, [id]))).not.toEqual([id]);
      }),
    );
  });

  it('takes whole ids only, so that nothing of one is put before the next', () => {
    const cipher = idCipher(Buffer.alloc(32));
    for (const bytes of [1, 15, 17, 31]) {
      expect(() => cipher.seal(Buffer.alloc(bytes))).toThrow(`expected whole ids of 16 bytes, got ${bytes} bytes`);
      expect(() => cipher.open(Buffer.alloc(bytes))).toThrow('expected whole ids');
    }
    const alone = createCipheriv('aes-256-ecb', Buffer.alloc(32), null).setAutoPadding(false);
    expect(cipher.seal(Buffer.alloc(16))).toEqual(alone.update(Buffer.alloc(16)));
  });

  it('wants a key of 32 bytes', () => {
    for (const bytes of [0, 16, 24, 31, 33]) expect(() => idCipher(Buffer.alloc(bytes))).toThrow(/key length/i);
  });
});

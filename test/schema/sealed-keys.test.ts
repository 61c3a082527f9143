import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openKeys, sealKeys } from '#schema/sealed-keys.ts';

const KEY = new Uint8Array(32).fill(7);
const BAD = expect.objectContaining({ extensions: { code: 'BAD_SEALED_KEY' } });

/** Entries as the database makes them: 16 bytes of id, 4 of count. */
function content(entries: readonly (readonly [string, number])[]): Buffer {
  return Buffer.concat(
    entries.map(([id, n]) => {
      const count = Buffer.alloc(4);
      count.writeInt32BE(n);
      return Buffer.concat([Buffer.from(id, 'hex'), count]);
    }),
  );
}

const entry = fc.tuple(
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
);
const entries = fc.array(entry, { maxLength: 20 });

describe('a set of cases that crosses from one ministry to another', () => {
  it('is what it was when it is opened', () => {
    fc.assert(
      fc.property(entries, (given) => {
        expect(openKeys(KEY, 'shared cases', sealKeys(KEY, 'shared cases', content(given)))).toEqual(given);
      }),
    );
  });

  it('has one token, and no other set has that', () => {
    const seal = (given: readonly (readonly [string, number])[]) => sealKeys(KEY, 'shared cases', content(given));
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        expect(seal(one)).toBe(seal(one));
        expect(seal(one) === seal(other)).toBe(content(one).equals(content(other)));
      }),
    );
  });

  it('does not show its cases', () => {
    const id = '0123456789abcdef0123456789abcdef';
    const token = sealKeys(KEY, 'identified cases', content([[id, 1]]));
    expect(Buffer.from(token, 'base64url').toString('hex')).not.toContain(id.slice(0, 8));
  });

  it('is refused when anything about it was changed', () => {
    const token = Buffer.from(sealKeys(KEY, 'cases of minors', content([['00'.repeat(16), 3]])), 'base64url');
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(token);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(() => openKeys(KEY, 'cases of minors', changed.toString('base64url'))).toThrow(BAD);
      }),
    );
  });

  it.each(['', 'x', 'not a token', '\0', sealKeys(KEY, 'shared cases', Buffer.alloc(7)), 'A'.repeat(10_000)])('is refused when it is none: %j', (token) => {
    expect(() => openKeys(KEY, 'shared cases', token)).toThrow(BAD);
  });

  it('is refused with another key, and for another use than it was made for', () => {
    const token = sealKeys(KEY, 'shared cases', content([['ab'.repeat(16), 1]]));
    expect(() => openKeys(new Uint8Array(32).fill(8), 'shared cases', token)).toThrow(BAD);
    expect(() => openKeys(KEY, 'identified cases', token)).toThrow(BAD);
  });
});

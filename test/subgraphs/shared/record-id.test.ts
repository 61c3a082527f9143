import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfId, RECORD_KINDS, type RecordKind } from '#schema/record-kinds.ts';
import { isRecordId, recordId } from '#shared/record-id.ts';

const KEY = 'a key of sixteen characters or more';

describe("a record's id", () => {
  it('stays the same for good: records of other ministries refer to it', () => {
    // printf '["a key of sixteen characters or more","call","import","B-1"]' | sha256sum
    expect(recordId(KEY, 'call', 'import', 'B-1')).toBe('81582109-3029-8158-98a3-bc1d65d5eb61');
    expect(recordId(KEY, 'call', 'import', 'B-1')).toBe(recordId(KEY, 'call', 'import', 'B-1'));
  });

  it('is another for every other key, kind, source and externalId, wherever one part ends and the next begins', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '\0', '"', ',', '\\', ' ', 'ệ', 'e\u0302\u0323', '\uD800', '\uD801', '\uFFFD'), maxLength: 3 }),
      fc.string({ maxLength: 3 }),
    );
    const kind = fc.constantFrom<RecordKind>('call', 'case', 'victim');
    const parts = fc.tuple(part, kind, part, part);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(recordId(...one) === recordId(...other)).toBe(one.every((text, i) => text === other[i]));
      }),
      {
        numRuns: 3_000,
        examples: [
          [
            ['k', 'call', 'b\0c', 'd'],
            ['k', 'call', 'b', 'c\0d'],
          ],
          [
            ['k', 'call', '\uD800', ''],
            ['k', 'call', '\uD801', ''],
          ],
        ],
      },
    );
  });

  it('tells the kind of record, whatever the source and the externalId', () => {
    const kinds = Object.keys(RECORD_KINDS) as RecordKind[];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.string(), fc.string(), (kind, source, externalId) => {
        expect(kindOfId(recordId(KEY, kind, source, externalId))).toBe(kind);
        expect(kindOfId(recordId(KEY, kind, source, externalId).toUpperCase())).toBe(kind);
      }),
    );
  });

  it.each(['', 'c02', 'VN34:24', '0a1b2c3d-0000-4000-8000-00000000abcd', '0a1b2c3d-0000-8f00-8000-00000000abcd', '0a1b2c3d-0000-8100-8000-00000000abcd\n'])(
    'is not what %j is',
    (text) => {
      expect(kindOfId(text)).toBeUndefined();
    },
  );

  it('does not repeat among many, and looks like none of the others', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, i) => recordId(KEY, 'call', 'import', String(i))));
    expect(ids.size).toBe(20_000);
    expect(new Set([...ids].map((id) => id.slice(0, 8))).size).toBeGreaterThan(19_990);
  });

  it('is a UUID of version 8 and variant 10, by which it is told from an external id', () => {
    fc.assert(
      fc.property(fc.string(), (externalId) => {
        const id = recordId(KEY, 'victim', 'import', externalId);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(isRecordId(id)).toBe(true);
      }),
    );
  });

  it.each(['0A1B2C3D-0000-4000-8000-00000000ABCD', '00000000-0000-0000-0000-000000000000'])('has the form of any UUID, such as %s', (text) => {
    expect(isRecordId(text)).toBe(true);
  });

  it.each([
    '',
    'B-1',
    '0a1b2c3d00004000800000000000abcd',
    '{0a1b2c3d-0000-4000-8000-00000000abcd}',
    '0a1b2c3d-0000-4000-8000-00000000abcd\n',
    '0a1b2c3d-0000-4000-8000-00000000abcg',
  ])('has not the form of %j', (text) => {
    expect(isRecordId(text)).toBe(false);
  });
});

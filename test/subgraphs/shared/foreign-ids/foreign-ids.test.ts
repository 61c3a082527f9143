import { describe, expect, it } from 'vitest';
import { type ForeignColumn, foreign, foreignIdsIn, mapFields, NO_FOREIGN_IDS } from '#shared/foreign-ids/foreign-ids.ts';
import { bytesOf } from '#shared/foreign-ids/cipher.ts';
import { recordId } from '#shared/record-id.ts';

const COLUMNS: readonly ForeignColumn[] = [{ table: 'person', column: 'case_id', kind: 'case' }];
const ids = foreignIdsIn(COLUMNS, { current: Buffer.alloc(32, 'a key') });
const [one, two] = ['1', '2'].map((n) => recordId('key', 'case', 's', n)) as [string, string];
const own = recordId('key', 'victim', 's', '1');

describe('the ids of other ministries’ records', () => {
  it('are sealed among parameters where they are marked', () => {
    const [single, several, nothing, unmarked] = [foreign(one), foreign([one, two]), foreign(null), one].map(ids.parameter);
    expect(single).toBe(ids.seal(one));
    expect(several).toBe(`{${ids.seal(one)},${ids.seal(two)}}`);
    expect([nothing, ids.parameter(foreign(undefined)), ids.parameter(foreign([]))]).toEqual([null, undefined, '{}']);
    expect(unmarked).toBe(one);
  });

  it('are opened in rows, by the name of the field: as text, as bytes, and in JSON', () => {
    const at = new Date();
    const changes = [
      { field: 'caseId', from: ids.seal(one), to: ids.seal(two) },
      { field: 'sex', from: null, to: 'MALE' },
    ];
    const row = { id: own, caseId: ids.seal(one), at, acts: ['TRANSFER'], changes, answer: { record: { id: own, caseId: ids.seal(two) }, userErrors: [] } };
    expect(ids.openRow(row)).toEqual({
      id: own,
      caseId: one,
      at,
      acts: ['TRANSFER'],
      changes: [{ field: 'caseId', from: one, to: two }, changes[1]],
      answer: { record: { id: own, caseId: two }, userErrors: [] },
    });
    const bytes = Buffer.concat([ids.seal(one), ids.seal(two)].map((id) => bytesOf([id])));
    expect(ids.openRow({ caseId: new Uint8Array(bytes) })).toEqual({ caseId: bytesOf([one, two]) });
    expect(ids.openRow({ caseId: null, n: 1 })).toEqual({ caseId: null, n: 1 });
  });

  it('are sealed in JSON that is kept, which stays as it is where it was', () => {
    const answer = { record: { id: own, caseId: one }, userErrors: [] };
    const kept = ids.sealFields(answer);
    expect(kept).toEqual({ record: { id: own, caseId: ids.seal(one) }, userErrors: [] });
    expect(answer.record.caseId).toBe(one);
    expect(ids.openRow({ answer: kept })).toEqual({ answer });
    expect(ids.sealFields({ field: 'reason', from: null, to: one })).toEqual({ field: 'reason', from: null, to: one });
  });

  it('are noted sealed wherever this ministry writes them down, and its own as they are', () => {
    expect([one, own, 'c02'].map(ids.pseudonym)).toEqual([ids.seal(one), own, 'c02']);
  });

  it('are not to be tried out against a digest of what named them', () => {
    const digest = 'ab'.repeat(32);
    expect(ids.sealDigest(digest)).toMatch(/^[0-9a-f]{64}$/);
    expect(ids.sealDigest(digest)).not.toBe(digest);
    expect(foreignIdsIn(COLUMNS, { current: Buffer.alloc(32, 'another') }).sealDigest(digest)).not.toBe(ids.sealDigest(digest));
  });

  it('cannot be kept without a key; a service that has none needs no key', () => {
    expect(() => foreignIdsIn(COLUMNS, undefined)).toThrow('expected a key');
    expect(foreignIdsIn([], undefined)).toBe(NO_FOREIGN_IDS);
    expect([NO_FOREIGN_IDS.pseudonym(one), NO_FOREIGN_IDS.sealDigest('ab'), NO_FOREIGN_IDS.parameter(one)]).toEqual([one, 'ab', one]);
  });

  it('are found in JSON at any depth', () => {
    const deep = { a: [{ caseId: 'x', b: { caseId: 'y', other: 'x' } }] };
    expect(mapFields(deep, new Set(['caseId']), (id) => `${id}!`)).toEqual({ a: [{ caseId: 'x!', b: { caseId: 'y!', other: 'x' } }] });
  });
});

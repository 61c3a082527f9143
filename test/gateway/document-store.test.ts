import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocumentStore } from '../../gateway/document-store.ts';

describe('the store of documents', () => {
  it('keeps those asked for last, up to a number of characters', async () => {
    const store = createDocumentStore();
    const document = parse(`# ${'a'.repeat(100_000)}\n{ a }`);
    for (let n = 0; n < 5; n++) await store?.set(String(n), document);
    expect(await store?.get('0')).toBe(document);
    await store?.set('5', document);
    const kept = await Promise.all(['0', '1', '2', '3', '4', '5'].map((key) => store?.get(key)));
    expect(kept.map((one) => one !== undefined)).toEqual([true, false, true, true, true, true]);
    await store?.delete('5');
    expect(await store?.get('5')).toBeUndefined();
  });
});

import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocumentStore } from '../../gateway/document-store.ts';

describe('the store of documents', () => {
  it('keeps those asked for last, up to a number of characters', async () => {
    const store = createDocumentStore();
    const document = parse(`# ${'a'.repeat(100_000)}\n{ a }`);
    for (let n = 0; n < 5; n++) await store?.set(`schema:${n}`, document);
    expect(await store?.get('schema:0')).toBe(document);
    await store?.set('schema:5', document);
    const kept = await Promise.all(['0', '1', '2', '3', '4', '5'].map((key) => store?.get(`schema:${key}`)));
    expect(kept.map((one) => one !== undefined)).toEqual([true, false, true, true, true, true]);
    await store?.delete('schema:5');
    expect(await store?.get('schema:5')).toBeUndefined();
  });

  it('keeps none of a schema that was replaced', async () => {
    const store = createDocumentStore();
    const document = parse('{ a }');
    await store?.set('old:0', document);
    await store?.set('new:0', document);
    expect(await store?.get('old:0')).toBeUndefined();
    expect(await store?.get('new:0')).toBe(document);
  });
});

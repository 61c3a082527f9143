import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../../gateway/json-bytes.ts';

const expected = (value: unknown) => JSON.stringify(value);
const written = (value: unknown) => jsonBytes(value).toString('utf8');

describe('the bytes of an answer', () => {
  it('are the JSON of any value, whatever is asked for before', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }), (value) => written(value) === expected(value)),
      { numRuns: 2_000 },
    );
  });

  it('are the JSON of long lists, whose elements are long and short, and hold lists themselves', () => {
    const text = fc.nat(9_000).map((length) => 'Đường dây nóng 111 · 🜏'.repeat(length / 22));
    const lists = fc.array(fc.oneof({ arbitrary: text, weight: 1 }, fc.array(fc.record({ text, number: fc.double({ noNaN: true }) }), { maxLength: 20 })), {
      maxLength: 60,
      size: 'max',
    });
    const value = fc.record({ errors: fc.constant(undefined), data: fc.record({ nodes: lists, none: fc.constant([]), nothing: fc.constant({}) }) });
    fc.assert(
      fc.property(value, (given) => written(given) === expected(given)),
      { numRuns: 50 },
    );
  });

  it('are the JSON of what is larger than all that was before', () => {
    const data = {
      nodes: Array.from({ length: 20_000 }, (_, index) => ({ id: index, title: 'Tỉnh Quảng Ninh', deep: { more: [['x'.repeat(index % 300)]] } })),
    };
    expect(written({ data }) === expected({ data })).toBe(true);
    expect(written({ data: null })).toBe('{"data":null}');
  });

  it('keep what is undefined out of objects, and lone surrogates apart', () => {
    const value = { a: undefined, b: [undefined, '\ud800'], c: '\udc00' };
    expect(written(value)).toBe(expected(value));
    expect(written(['\ud83d', '\ude00'])).toBe(expected(['\ud83d', '\ude00']));
  });
});

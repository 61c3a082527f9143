import { describe, expect, it } from 'vitest';
import { endsAfterItBegins, successorInFull } from '#shared/import/reference.ts';

describe('what is valid for a time', () => {
  it.each([
    ['2021-01-01', '2021-01-01', undefined],
    ['2021-01-01', '2025-12-31', undefined],
    ['2021-01-01', null, undefined],
    [null, '2021-01-01', undefined],
    ['-infinity', '2021-01-01', undefined],
    ['2021-01-02', '2021-01-01', 'a day not before validFrom (2021-01-02)'],
  ])('from %s to %s: expected %s', (valid_from, valid_to, expected) => {
    expect(endsAfterItBegins({ valid_from, valid_to })).toBe(expected);
  });
});

describe("a province's successor", () => {
  it('is not the province itself', () => {
    const itself = { scheme: 'VN34', code: '24', successor_scheme: 'VN34', successor_code: '24' };
    expect(successorInFull(itself)).toBe('another province than the one that it follows');
    expect(successorInFull({ ...itself, scheme: 'VN63' })).toBeUndefined();
  });

  it.each([
    ['VN34', '24', undefined],
    [null, null, undefined],
    ['VN34', null, 'successorScheme and successorCode together, or neither'],
    [null, '24', 'successorScheme and successorCode together, or neither'],
  ])('named by scheme %s and code %s: expected %s', (successor_scheme, successor_code, expected) => {
    expect(successorInFull({ successor_scheme, successor_code })).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { ratio, share } from '#shared/figures.ts';

describe('a ratio', () => {
  it.each([
    [457, 421, 457 / 421],
    [0, 5, 0],
    [0, 0, null],
    [3, 0, null],
  ])('of %s to %s is %s', (numerator, denominator, value) => {
    expect(ratio(numerator, 'PERSONS', denominator, 'CASES')).toEqual({
      numerator,
      numeratorUnit: 'PERSONS',
      denominator,
      denominatorUnit: 'CASES',
      value,
    });
  });

  it('of a part to a whole has one unit', () => {
    expect(share(1, 4, 'CALLS')).toEqual({ numerator: 1, numeratorUnit: 'CALLS', denominator: 4, denominatorUnit: 'CALLS', value: 0.25 });
  });
});

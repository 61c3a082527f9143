import { describe, expect, it } from 'vitest';
import { createRetryBudget } from '../../../gateway/traffic/retry-budget.ts';

describe('a retry budget', () => {
  it('gives one retry for ten requests, and one for each second', () => {
    let time = 0;
    const budget = createRetryBudget({ now: () => time });
    let retries = 0;
    // A hundred requests a second for a minute, all of which fail.
    for (let n = 1; n <= 6_000; n++) {
      time = n * 10;
      budget.earn();
      if (budget.spend()) retries += 1;
    }
    expect(retries).toBeGreaterThan(600);
    expect(retries).toBeLessThanOrEqual(10 + 600 + 60);
  });

  it('keeps ten at most, however long nothing failed', () => {
    let time = 0;
    const budget = createRetryBudget({ now: () => time });
    for (let n = 0; n < 10_000; n++) budget.earn();
    time = 3_600_000;
    expect(Array.from({ length: 20 }, budget.spend).filter(Boolean)).toHaveLength(10);
  });
});

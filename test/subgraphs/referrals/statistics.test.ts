import { describe, expect, it } from 'vitest';
import type { RequestContext } from '#shared/subgraph.ts';
import { callToFirstHandover, verification } from '../../../subgraphs/referrals/statistics.ts';

const CELL = { from: '2021-01-01', to: '2021-12-31', province: null, agency: null };

/** A request for which the rollups hold these counts of one breakdown, and nothing waits. */
function request(breakdown: string, counts: Readonly<Record<string, number>>, settings: Readonly<Record<string, number>> = {}): RequestContext {
  const rows = Object.entries(counts).map(([value, n]) => ({ cell: 0, breakdown, value, n }));
  const sql = { query: async (statement: string) => (statement.includes('JOIN rollup') ? rows : []) };
  return { figures: sql, settings, loader: (_: string, make: () => unknown) => make() } as unknown as RequestContext;
}

describe('verification', () => {
  const decided = { '1': 1, '2': 2, '3': 4, '4': 8 };

  it.each([
    [1, 14],
    [3, 8],
    [4, 0],
  ])('within %i days is late for what took a day that was begun more, and not for what took no longer', async (days, late) => {
    const found = await verification(CELL, request('daysToDecided', decided, { VERIFICATION_DAYS: days }));
    expect(found).toMatchObject({ deadlineDays: days, decided: 15, decidedLate: late, lateShare: { numerator: late, denominator: 15 } });
  });

  it('has no share where nothing was decided', async () => {
    expect(await verification(CELL, request('daysToDecided', {}, { VERIFICATION_DAYS: 3 }))).toMatchObject({ decided: 0, lateShare: { value: null } });
  });
});

describe('the time from call to first handover', () => {
  it('is told by its quantiles, with the unit and what was observed', async () => {
    expect(await callToFirstHandover(CELL, request('callToFirstHandover', { '10': 1, '20': 1, '70': 1 }))).toEqual({
      unit: 'MINUTES',
      observationUnit: 'CASES',
      observations: 3,
      medianMinutes: 20,
      p90Minutes: 60,
    });
  });
});

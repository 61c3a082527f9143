import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIGURES } from '../testkit/figures.ts';
import { demoWorld } from '../testkit/records.ts';
import { ask, ENGINE, type Stack, startStack } from '../testkit/stack.ts';
import { inCell, parts, provincesOf, readCsv, type TallyCell } from '../testkit/tally.ts';

const PUBLISHED = readCsv(join(import.meta.dirname, '../../subgraphs/demo/data/published-totals.csv'));
const AGENCIES = ['c02', 'cuc-tre-em', 'hlhpn', 'pcmt-bdbp'];
const world = demoWorld();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(() => stack?.stop());

const TOTALS = `query ($period: PeriodInput!, $interval: Interval, $by: [Dimension!]! = [], $geography: Geography! = "AS_RECORDED") {
  statistics(period: $period, interval: $interval, by: $by, geography: $geography) {
    period { from to } province { id }
    calls { total unlocated byCategory { category total } } referrals { cases handovers } victims { persons }
  }
}`;

/** How much of every unit is in a cell, and how much is in no cell of a province or agency. */
const SUMS = `query ($period: PeriodInput!, $by: [Dimension!]! = [], $geography: Geography! = "AS_RECORDED") {
  statistics(period: $period, by: $by, geography: $geography) {
    province { id }
    calls { total unlocated unassigned }
    referrals { cases casesUnlocated casesUnassigned handovers handoversUnlocated }
    victims { persons unlocated unassigned supports { total unlocated unassigned } }
  }
}`;

// biome-ignore lint/suspicious/noExplicitAny: cells of an answer are read by paths that the test knows.
function unitsOf({ calls, referrals, victims }: any): number[] {
  const without = [calls.unlocated, calls.unassigned, referrals.casesUnlocated, referrals.casesUnassigned, referrals.handoversUnlocated, victims.unlocated];
  expect(
    [...without, victims.unassigned, victims.supports.unlocated, victims.supports.unassigned].every((n) => n === 0),
    'demo records have province and agency',
  ).toBe(true);
  return [calls.total, referrals.cases, referrals.handovers, victims.persons, victims.supports.total];
}

/** The embedded engine takes several times as long; all run on the server, in CI. */
const RUNS = ENGINE === 'postgresql' ? 250 : 80;

describe(`statistics on ${ENGINE}`, () => {
  it.each(PUBLISHED)('gives the published totals of $label', async (row) => {
    const { data, errors } = await ask(stack.gateway, TOTALS, { period: { from: row['from'], to: row['to'] } });
    expect(errors).toBeUndefined();
    const [cell] = data.statistics;
    expect(cell.calls.total).toBe(Number(row['calls']));
    expect(cell.calls.byCategory).toEqual([
      { category: 'INFORMATION', total: Number(row['information']) },
      { category: 'COUNSELLING', total: Number(row['counselling']) },
      { category: 'REFERRAL', total: Number(row['referral']) },
    ]);
    expect(cell.referrals.cases).toBe(Number(row['referral']));
    if (row['victims']) expect(cell.victims.persons).toBe(Number(row['victims']));
    if (row['handovers']) expect(cell.referrals.handovers).toBe(Number(row['handovers']));
  });

  it('gives H1, Q3 and 9M of 2021 at once by quarter', async () => {
    const { data } = await ask(stack.gateway, TOTALS, { period: { from: '2021-01-01', to: '2021-09-30' }, interval: 'QUARTER' });
    const [q1, q2, q3] = data.statistics.map((cell: { calls: { total: number } }) => cell.calls.total);
    expect(data.statistics).toHaveLength(3);
    expect(q1 + q2).toBe(1020);
    expect(q3).toBe(1109);
  });

  it.each([
    ['VN34', '2019-01-01', '2025-12-31'],
    ['VN34', '2021-01-01', '2021-12-31'],
    ['VN63', '2021-01-01', '2021-12-31'],
    ['AS_RECORDED', '2021-01-01', '2021-12-31'],
    ['AS_RECORDED', '2019-01-01', '2025-12-31'],
    ['AS_RECORDED', '2025-07-01', '2025-12-31'],
  ])('divides into provinces %s from %s to %s without loss, whatever is counted', async (geography, from, to) => {
    const [divided, whole] = await Promise.all([
      ask(stack.gateway, SUMS, { period: { from, to }, by: ['PROVINCE'], geography }),
      ask(stack.gateway, SUMS, { period: { from, to } }),
    ]);
    expect(divided.errors ?? whole.errors).toBeUndefined();
    if (geography !== 'AS_RECORDED')
      expect(divided.data.statistics.map((cell: { province: { id: string } }) => cell.province.id)).toEqual(provincesOf(geography));
    const sums = divided.data.statistics.map(unitsOf).reduce((all: number[], cell: number[]) => all.map((n, i) => n + (cell[i] ?? 0)));
    expect(sums).toEqual(unitsOf(whole.data.statistics[0]));
    expect(Math.min(...sums)).toBeGreaterThan(0);
  });

  it('divides into agencies without loss', async () => {
    const period = { from: '2019-01-01', to: '2025-12-31' };
    const [divided, whole] = await Promise.all([ask(stack.gateway, SUMS, { period, by: ['AGENCY'] }), ask(stack.gateway, SUMS, { period })]);
    const sums = divided.data.statistics.map(unitsOf).reduce((all: number[], cell: number[]) => all.map((n, i) => n + (cell[i] ?? 0)));
    expect(sums).toEqual(unitsOf(whole.data.statistics[0]));
  });

  it('refuses to divide figures of merged provinces among those that were there before', async () => {
    const refused = await ask(stack.gateway, TOTALS, { period: { from: '2025-01-01', to: '2025-12-31' }, by: ['PROVINCE'], geography: 'VN63' });
    // Every subgraph refuses it; the client is told once.
    expect(refused.data).toEqual({ statistics: null });
    expect(refused.errors).toEqual([
      {
        message: expect.stringContaining('VN63 ended on 2025-06-30'),
        path: ['statistics'],
        extensions: { code: 'GEOGRAPHY_NOT_DIVISIBLE', requestId: expect.any(String) },
      },
    ]);
  });

  it(`agrees with a count over the rows for ${RUNS} random combinations of period, interval, grouping and breakdown`, async () => {
    const day = fc.integer({ min: 0, max: 4_500 }).map((n) => new Date(Date.UTC(2013, 8, 15) + n * 86_400_000).toISOString().slice(0, 10));
    const combination = fc.record({
      days: fc.tuple(day, day).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a })),
      interval: fc.constantFrom(null, 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'),
      byProvince: fc.boolean(),
      byAgency: fc.boolean(),
      geography: fc.constantFrom('VN34', 'AS_RECORDED'),
      figure: fc.constantFrom(...FIGURES),
    });
    await fc.assert(
      fc.asyncProperty(combination, async ({ days, interval, byProvince, byAgency, geography, figure }) => {
        const periods = parts(days.from, days.to, interval as never);
        const provinces = geography === 'VN34' ? provincesOf('VN34') : [...(days.to < '2025-07-01' ? [] : provincesOf('VN34')), ...provincesOf('VN63')];
        const cells: TallyCell[] = periods.flatMap((part) =>
          (byProvince ? provinces : [null]).flatMap((province) => (byAgency ? AGENCIES : [null]).map((agency) => ({ ...part, province, agency }))),
        );
        fc.pre(cells.length <= 3_000);
        const by = [byProvince ? 'PROVINCE' : '', byAgency ? 'AGENCY' : ''].filter(Boolean);
        const query = `query ($period: PeriodInput!, $interval: Interval, $by: [Dimension!]!, $geography: Geography!) {
          statistics(period: $period, interval: $interval, by: $by, geography: $geography) { period { from to } province { id } agency { id } ${figure.select} } }`;
        const { data, errors } = await ask(stack.gateway, query, { period: days, interval, by, geography });
        expect(errors).toBeUndefined();
        const got = data.statistics.map((cell: never) => figure.read(cell));
        expect(
          data.statistics.map((cell: { period: object; province: { id: string } | null; agency: { id: string } | null }) => ({
            ...cell.period,
            province: cell.province?.id ?? null,
            agency: cell.agency?.id ?? null,
          })),
        ).toEqual(cells);
        expect(got).toEqual(cells.map((cell) => figure.expect(inCell(world[figure.fact], cell, geography === 'VN34'))));
      }),
      { numRuns: RUNS, verbose: 1 },
    );
  }, 240_000);

  it.each([
    [1, {}, 0],
    [408, { interval: 'MONTH', by: ['PROVINCE'], geography: 'VN34' }, 1],
  ])('costs one request per subgraph and one statement per breakdown for %i cells, and one for the provinces if any', async (cells, shape, dimensions) => {
    const requestId = `statements-${cells}-${Date.now()}`;
    const { data } = await ask(
      stack.gateway,
      TOTALS.replace('unlocated', ''),
      { period: { from: '2021-01-01', to: '2021-12-31' }, ...shape },
      { 'x-request-id': requestId },
    );
    expect(data.statistics).toHaveLength(cells);
    await expect.poll(() => requestsOf(requestId)).toEqual({ calls: [1 + dimensions], referrals: [2 + dimensions], victims: [1 + dimensions] });
  });

  function requestsOf(requestId: string): Record<string, unknown[]> {
    const found: Record<string, unknown[]> = {};
    for (const name of ['calls', 'referrals', 'victims'] as const) {
      found[name] = stack.subgraphs[name].log.filter((line) => line['requestId'] === requestId && line['msg'] === 'request').map((line) => line['statements']);
    }
    return found;
  }
});

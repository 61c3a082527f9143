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

  it('divides into the 34 provinces of today without loss', async () => {
    const { data } = await ask(stack.gateway, TOTALS, { period: { from: '2019-01-01', to: '2025-12-31' }, by: ['PROVINCE'], geography: 'VN34' });
    const whole = await ask(stack.gateway, TOTALS, { period: { from: '2019-01-01', to: '2025-12-31' } });
    expect(data.statistics.map((cell: { province: { id: string } }) => cell.province.id)).toEqual(provincesOf('VN34'));
    const sum = data.statistics.reduce((total: number, cell: { calls: { total: number } }) => total + cell.calls.total, 0);
    expect(sum).toBe(whole.data.statistics[0].calls.total);
    expect(whole.data.statistics[0].calls.unlocated).toBe(0);
  });

  it('rolls VN63 figures up into VN34, and refuses the reverse', async () => {
    const period = { from: '2021-01-01', to: '2021-12-31' };
    const [recorded, rolledUp, old] = await Promise.all(
      ['AS_RECORDED', 'VN34', 'VN63'].map((geography) => ask(stack.gateway, TOTALS, { period, by: ['PROVINCE'], geography })),
    );
    const total = (answer: typeof recorded) => answer?.data.statistics.reduce((sum: number, cell: { calls: { total: number } }) => sum + cell.calls.total, 0);
    expect(total(rolledUp)).toBe(total(recorded));
    expect(total(old)).toBe(total(recorded));
    const refused = await ask(stack.gateway, TOTALS, { period: { from: '2025-01-01', to: '2025-12-31' }, by: ['PROVINCE'], geography: 'VN63' });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'GEOGRAPHY_NOT_DIVISIBLE' }, message: expect.stringContaining('VN63 ended on 2025-06-30') }]);
  });

  it('agrees with a count over the rows for 250 random combinations of period, interval, grouping and breakdown', async () => {
    const day = fc.integer({ min: 0, max: 4_500 }).map((n) => new Date(Date.UTC(2013, 8, 15) + n * 86_400_000).toISOString().slice(0, 10));
    const combination = fc.record({
      days: fc.tuple(day, day).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a })),
      interval: fc.constantFrom(null, 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'),
      byProvince: fc.boolean(),
      byAgency: fc.boolean(),
      figure: fc.constantFrom(...FIGURES),
    });
    await fc.assert(
      fc.asyncProperty(combination, async ({ days, interval, byProvince, byAgency, figure }) => {
        const periods = parts(days.from, days.to, interval as never);
        const cells: TallyCell[] = periods.flatMap((part) =>
          (byProvince ? provincesOf('VN34') : [null]).flatMap((province) => (byAgency ? AGENCIES : [null]).map((agency) => ({ ...part, province, agency }))),
        );
        fc.pre(cells.length <= 3_000);
        const by = [byProvince ? 'PROVINCE' : '', byAgency ? 'AGENCY' : ''].filter(Boolean);
        const query = `query ($period: PeriodInput!, $interval: Interval, $by: [Dimension!]!) {
          statistics(period: $period, interval: $interval, by: $by, geography: VN34) { period { from to } province { id } agency { id } ${figure.select} } }`;
        const { data, errors } = await ask(stack.gateway, query, { period: days, interval, by });
        expect(errors).toBeUndefined();
        const got = data.statistics.map((cell: never) => figure.read(cell));
        expect(
          data.statistics.map((cell: { period: object; province: { id: string } | null; agency: { id: string } | null }) => ({
            ...cell.period,
            province: cell.province?.id ?? null,
            agency: cell.agency?.id ?? null,
          })),
        ).toEqual(cells);
        expect(got).toEqual(cells.map((cell) => figure.expect(inCell(world[figure.fact], cell, true))));
      }),
      { numRuns: 250, verbose: 1 },
    );
  }, 240_000);

  it.each([
    [1, {}],
    [408, { interval: 'MONTH', by: ['PROVINCE'], geography: 'VN34' }],
  ])('costs one _entities request per subgraph and one statement per breakdown for %i cells', async (cells, shape) => {
    const requestId = `statements-${cells}-${Date.now()}`;
    const { data } = await ask(
      stack.gateway,
      TOTALS.replace('unlocated', ''),
      { period: { from: '2021-01-01', to: '2021-12-31' }, ...shape },
      { 'x-request-id': requestId },
    );
    expect(data.statistics).toHaveLength(cells);
    await expect.poll(() => requestsOf(requestId)).toEqual({ calls: [1], referrals: [2], victims: [1] });
  });

  function requestsOf(requestId: string): Record<string, unknown[]> {
    const found: Record<string, unknown[]> = {};
    for (const name of ['calls', 'referrals', 'victims'] as const) {
      found[name] = stack.subgraphs[name].log.filter((line) => line['requestId'] === requestId && line['msg'] === 'request').map((line) => line['statements']);
    }
    return found;
  }
});

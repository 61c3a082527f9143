import { describe, expect, it } from 'vitest';
import { apportion, demoPlan, LAST_DAY, planOf } from '#demo/plan.ts';
import { type Measure, type PublishedRow, readPublished, remaindersOf } from '#demo/published.ts';
import { dayNumber, dayText } from '#demo/time.ts';

const HEADER = 'from,to,label,calls,information,counselling,referral,victims,handovers,source';
const YEAR = '2020-01-01,2020-12-31,year,100,80,15,5,6,,report';
const HALF = '2020-01-01,2020-06-30,half,40,30,8,2,,,report';

describe('published totals are refused', () => {
  it.each([
    ['a day that does not exist', '2021-02-30,2021-03-31,x,1,1,0,0,,,s', 'expected a day written YYYY-MM-DD, got "2021-02-30"'],
    ['an end before the start', '2021-02-01,2021-01-31,x,1,1,0,0,,,s', '"x": expected the end not before the start, got from 2021-02-01 to 2021-01-31'],
    ['what is no number', '2021-01-01,2021-01-31,x,1,one,0,0,,,s', '"x": information: expected a whole number, got "one"'],
    ['a missing count of calls', '2021-01-01,2021-01-31,x,,1,0,0,,,s', '"x": calls: expected a whole number, got ""'],
    ['categories that do not sum up', '2021-01-01,2021-01-31,x,10,5,3,1,,,s', '"x": expected the categories to sum up to 10 calls, got 9'],
    ['a row with a cell too many', '2021-01-01,2021-01-31,x,1,1,0,0,,,s,more', 'row 2: expected 10 cells, got 11'],
  ])('with %s', (_, line, message) => {
    expect(() => published(line)).toThrow(message);
  });

  it.each<[string, Measure, string[], string]>([
    ['overlap in part', 'referral', [HALF, '2020-04-01,2020-09-30,middle,40,30,8,2,,,s'], '"half" and "middle" overlap, and neither lies within the other'],
    ['differ for the same period', 'information', [HALF, '2020-01-01,2020-06-30,again,41,31,8,2,,,s'], '"half" and "again" have the same period and different'],
    ['count more than the row around them', 'counselling', [YEAR, '2020-01-01,2020-06-30,h,20,0,16,4,,,s'], 'counselling of "year" is 1 less than of "h"'],
    [
      'leave no day for the rest of the row around them',
      'information',
      [YEAR, HALF, '2020-07-01,2020-12-31,second,45,40,5,0,,,s'],
      'information of "year" is 10 more than of "half" + "second", which leave none of its days',
    ],
  ])('when rows %s', (_, measure, lines, message) => {
    expect(() => remaindersOf(published(...lines), measure)).toThrow(message);
    expect(() => planOf(published(...lines), LAST_DAY)).toThrow(message);
  });

  it('when they have persons and leave no referral case', () => {
    expect(() => planOf(published('2020-01-01,2020-12-31,year,100,80,20,0,6,,s'), LAST_DAY)).toThrow('"year" leaves 6 victims without a referral case');
  });

  it('when there are none', () => {
    expect(() => planOf([], LAST_DAY)).toThrow('expected at least one row');
  });
});

describe('remainders', () => {
  it('are what the rows directly within leave, however deep they nest', () => {
    const rows = published(YEAR, HALF, '2020-01-01,2020-01-31,month,10,8,2,0,,,s');
    expect(remaindersOf(rows, 'information').map(({ label, count }) => [label, count])).toEqual([
      ['year', 50],
      ['half', 22],
      ['month', 8],
    ]);
  });

  it('ignore rows that do not state the measure, and take rows that say the same for one', () => {
    expect(remaindersOf(published(YEAR, HALF, YEAR), 'victims').map(({ label, count }) => [label, count])).toEqual([['year', 6]]);
  });
});

describe('the plan', () => {
  const plan = planOf(published(YEAR, HALF), dayNumber('2021-03-31'));

  it('has a segment for each month, without gaps', () => {
    expect(plan.map(({ from }) => dayText(from).slice(0, 7))).toHaveLength(15);
    for (const [i, { to }] of plan.slice(0, -1).entries()) expect(plan[i + 1]?.from).toBe(to + 1);
    expect(dayText(plan.at(-1)?.to ?? 0)).toBe('2021-03-31');
  });

  it('is cut where a published period begins within a month', () => {
    const cut = planOf(published('2020-01-10,2020-02-20,x,10,8,1,1,,,s'), dayNumber('2020-03-15'));
    expect(cut.map(({ from, to }) => [dayText(from), dayText(to)])).toEqual([
      ['2020-01-10', '2020-01-31'],
      ['2020-02-01', '2020-02-20'],
      ['2020-02-21', '2020-02-29'],
      ['2020-03-01', '2020-03-15'],
    ]);
  });

  it('makes every row true at once, and goes on at the same rate where none says', () => {
    const total = (measure: Measure, from: string, to: string) =>
      plan.filter((one) => one.from >= dayNumber(from) && one.to <= dayNumber(to)).reduce((sum, { counts }) => sum + counts[measure], 0);
    expect(total('information', '2020-01-01', '2020-12-31')).toBe(80);
    expect(total('information', '2020-01-01', '2020-06-30')).toBe(30);
    expect(total('referral', '2020-07-01', '2020-12-31')).toBe(3);
    expect(total('victims', '2020-01-01', '2020-12-31')).toBe(6);
    const after = total('information', '2021-01-01', '2021-03-31');
    expect(after).toBeGreaterThan(10);
    expect(after).toBeLessThan(30);
  });

  it('has persons registered before a published period ends', () => {
    expect(plan.slice(0, 12).map(({ until }) => dayText(until.victims))).toEqual(plan.slice(0, 12).map(() => '2020-12-31'));
    expect(dayText(plan[12]?.until.victims ?? 0)).toBe('2021-03-31');
  });

  it('of the demo records runs from the first published day to the last day, with cases for all persons and handovers', () => {
    const segments = demoPlan();
    expect(dayText(segments[0]?.from ?? 0)).toBe('2013-10-01');
    expect(segments.at(-1)?.to).toBe(LAST_DAY);
    for (const { counts, until, to } of segments) {
      if (counts.referral === 0) expect(counts.victims + counts.handovers).toBe(0);
      expect(Math.min(until.victims, until.handovers)).toBeGreaterThanOrEqual(to);
    }
  });
});

describe('apportioning', () => {
  it.each([
    [10, [1, 1, 1], [4, 3, 3]],
    [7, [0, 3, 1], [0, 5, 2]],
    [0, [1, 2], [0, 0]],
    [5, [], []],
    [3, [0, 0], [0, 0]],
  ])('%i by %j gives %j', (total, sizes, parts) => {
    expect(apportion(total, sizes)).toEqual(parts);
  });
});

function published(...lines: string[]): PublishedRow[] {
  return readPublished([HEADER, ...lines].join('\n'));
}

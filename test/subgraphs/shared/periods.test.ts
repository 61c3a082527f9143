import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stretch, stretches } from '#shared/periods.ts';

const DAY = 86_400_000;
const format = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Every day of some years, and of each year and month in them, by counting. */
const CALENDAR: string[] = [];
for (let time = Date.UTC(2011, 0, 1); time <= Date.UTC(2018, 11, 31); time += DAY) CALENDAR.push(format(time));
const BY_YEAR = Map.groupBy(CALENDAR, (day) => day.slice(0, 4));
const BY_MONTH = Map.groupBy(CALENDAR, (day) => day.slice(0, 7));

const daysFrom = (from: string, to: string) => CALENDAR.slice(CALENDAR.indexOf(from), CALENDAR.indexOf(to) + 1);

/** The days that a stretch stands for. */
function daysIn({ grain, startOn }: Stretch): string[] {
  expect(startOn.endsWith({ Y: '-01-01', M: '-01', D: '' }[grain])).toBe(true);
  return { Y: BY_YEAR.get(startOn.slice(0, 4)), M: BY_MONTH.get(startOn.slice(0, 7)), D: [startOn] }[grain] ?? [];
}

/** How many years, months and days are needed at the least: those that lie in the period as a whole, and what they leave over. */
function fewest(from: string, to: string): Record<Stretch['grain'], number> {
  const days = daysFrom(from, to);
  const whole = (all: Map<string, string[]>, length: number) =>
    new Set([...Map.groupBy(days, (day) => day.slice(0, length))].filter(([key, own]) => own.length === all.get(key)?.length).map(([key]) => key));
  const years = whole(BY_YEAR, 4);
  const months = whole(BY_MONTH, 7);
  return {
    Y: years.size,
    M: [...months].filter((month) => !years.has(month.slice(0, 4))).length,
    D: days.filter((day) => !years.has(day.slice(0, 4)) && !months.has(day.slice(0, 7))).length,
  };
}

const tally = (parts: readonly Stretch[]) => ({
  Y: parts.filter(({ grain }) => grain === 'Y').length,
  M: parts.filter(({ grain }) => grain === 'M').length,
  D: parts.filter(({ grain }) => grain === 'D').length,
});

const day = fc.oneof(
  fc.integer({ min: Date.UTC(2011, 0, 1) / DAY, max: Date.UTC(2018, 0, 1) / DAY }).map((n) => format(n * DAY)),
  fc.constantFrom('2012-01-01', '2012-02-28', '2012-02-29', '2012-03-01', '2013-02-28', '2013-12-31', '2014-01-01', '2014-12-30', '2015-12-01'),
);
const period = fc.tuple(day, day).map(([a, b]) => (a <= b ? [a, b] : [b, a]) as [string, string]);

describe('the stretches of a period', () => {
  it('make up exactly its days, in order, and are as few as can be', () => {
    fc.assert(
      fc.property(period, ([from, to]) => {
        const parts = stretches(from, to);
        expect(parts.flatMap(daysIn)).toEqual(daysFrom(from, to));
        expect(tally(parts)).toEqual(fewest(from, to));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['2021-01-01', '2021-12-31', ['Y 2021-01-01']],
    [
      '2021-01-01',
      '2021-09-30',
      ['M 2021-01-01', 'M 2021-02-01', 'M 2021-03-01', 'M 2021-04-01', 'M 2021-05-01', 'M 2021-06-01', 'M 2021-07-01', 'M 2021-08-01', 'M 2021-09-01'],
    ],
    ['2019-12-31', '2021-01-02', ['D 2019-12-31', 'Y 2020-01-01', 'D 2021-01-01', 'D 2021-01-02']],
    ['2020-02-01', '2020-02-29', ['M 2020-02-01']],
    ['2021-02-01', '2021-02-28', ['M 2021-02-01']],
    ['0050-02-01', '0050-02-28', ['M 0050-02-01']],
    ['2021-06-15', '2021-06-15', ['D 2021-06-15']],
    ['2021-06-30', '2021-07-31', ['D 2021-06-30', 'M 2021-07-01']],
    ['9998-12-31', '9999-12-31', ['D 9998-12-31', 'Y 9999-01-01']],
    ['9999-11-30', '9999-12-31', ['D 9999-11-30', 'M 9999-12-01']],
    ['9999-12-30', '9999-12-31', ['D 9999-12-30', 'D 9999-12-31']],
    ['0099-12-31', '0101-01-01', ['D 0099-12-31', 'Y 0100-01-01', 'D 0101-01-01']],
    ['2021-06-16', '2021-06-15', []],
  ])('%s to %s', (from, to, expected) => {
    expect(stretches(from, to).map(({ grain, startOn }) => `${grain} ${startOn}`)).toEqual(expected);
  });

  it('are at most 60 days and 22 months, besides the years', () => {
    expect(tally(stretches('2019-07-02', '2019-08-30'))).toEqual({ Y: 0, M: 0, D: 60 });
    expect(tally(stretches('2019-02-01', '2021-11-30'))).toEqual({ Y: 1, M: 22, D: 0 });
    fc.assert(
      fc.property(period, ([from, to]) => {
        const { M, D } = tally(stretches(from, to));
        expect(D).toBeLessThanOrEqual(60);
        expect(M).toBeLessThanOrEqual(22);
      }),
    );
  });

  it('of the whole calendar are its years', () => {
    expect(tally(stretches('0001-01-01', '9999-12-31'))).toEqual({ Y: 9_999, M: 0, D: 0 });
  });
});

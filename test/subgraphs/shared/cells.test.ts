import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkCells, checkPeriod, countParts, divide, type Interval, MAX_CELLS, type ProvinceOfScheme, provincesOf } from '#shared/cells.ts';

const DAY = 86_400_000;
const INTERVALS = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;
const format = (time: number) => new Date(time).toISOString().slice(0, 10);
const period = (from: string, to: string) => ({ from, to });

/** The code and the message with which something is refused; fails when it is not. */
function refusal(act: () => unknown): { code: unknown; message: string; extensions: Record<string, unknown> } {
  try {
    act();
  } catch (error) {
    if (error instanceof GraphQLError) return { code: error.extensions['code'], message: error.message, extensions: error.extensions };
    throw error;
  }
  throw new Error('expected to be refused');
}

describe('a period', () => {
  it('is one or more days', () => {
    expect(() => checkPeriod(period('2021-01-01', '2021-01-01'))).not.toThrow();
    expect(() => checkPeriod(period('1500-01-01', '2500-12-31'))).not.toThrow();
  });

  it('is of at most a thousand years', () => {
    expect(refusal(() => checkPeriod(period('0001-01-01', '9999-12-31')))).toMatchObject({
      code: 'BAD_PERIOD',
      message: 'period: expected at most 1000 years, got 9998, from 0001-01-01 to 9999-12-31',
    });
  });

  it('does not end before it begins', () => {
    expect(refusal(() => checkPeriod(period('2021-01-02', '2021-01-01')))).toMatchObject({
      code: 'BAD_PERIOD',
      message: 'period: expected `to` not before `from`, got from 2021-01-02 to 2021-01-01',
    });
  });
});

describe('the parts of a period', () => {
  /** Names the part that a day is in, from the calendar alone. */
  function label(day: string, interval: Interval): string {
    const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))];
    switch (interval) {
      case 'DAY':
        return day;
      case 'WEEK':
        // Weeks counted from a Monday before the calendar: 1 January of the year 1 was one.
        return String(Math.floor((Date.parse(day) - Date.parse('0001-01-01')) / (7 * DAY)));
      case 'MONTH':
        return `${year}-${month}`;
      case 'QUARTER':
        return `${year} ${{ 1: 'I', 2: 'I', 3: 'I', 4: 'II', 5: 'II', 6: 'II', 7: 'III', 8: 'III', 9: 'III' }[month] ?? 'IV'}`;
      case 'YEAR':
        return year;
    }
  }

  /** Every day gets the name of its part; days of the same name are one part. */
  function byLabels(from: string, to: string, interval: Interval) {
    const parts = new Map<string, { from: string; to: string }>();
    for (let time = Date.parse(from); time <= Date.parse(to); time += DAY) {
      const day = format(time);
      const part = parts.get(label(day, interval));
      if (part) part.to = day;
      else parts.set(label(day, interval), { from: day, to: day });
    }
    return [...parts.values()];
  }

  const start = fc.oneof(
    fc.integer({ min: Date.UTC(2013, 0, 1) / DAY, max: Date.UTC(2030, 0, 1) / DAY }).map((n) => n * DAY),
    fc.integer({ min: Date.parse('0001-01-01') / DAY, max: Date.parse('9999-12-31') / DAY }).map((n) => n * DAY),
    fc
      .constantFrom('0001-01-01', '0099-12-25', '1999-12-31', '2000-02-28', '2020-02-29', '2020-12-28', '2021-01-03', '9999-11-29', '9999-12-31')
      .map(Date.parse),
  );
  const length = fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 1_100 }));

  it.each(INTERVALS)('by %s are those of a calendar, cut by the period', (interval) => {
    fc.assert(
      fc.property(start, length, (first, days) => {
        const from = format(first);
        const to = format(Math.min(first + days * DAY, Date.parse('9999-12-31')));
        const parts = divide({ from, to }, interval);
        expect(parts).toEqual(byLabels(from, to, interval));
        expect(countParts({ from, to }, interval)).toBeLessThanOrEqual(parts.length);
      }),
      { numRuns: 60 },
    );
  });

  it('without an interval are the period itself', () => {
    expect(divide(period('2021-01-15', '2022-02-15'), null)).toEqual([period('2021-01-15', '2022-02-15')]);
    expect(countParts(period('0001-01-01', '9999-12-31'), null)).toBe(1);
  });

  it.each([
    ['WEEK', '2020-12-30', '2021-01-12', ['2020-12-30/2021-01-03', '2021-01-04/2021-01-10', '2021-01-11/2021-01-12']],
    ['MONTH', '2020-01-31', '2020-03-01', ['2020-01-31/2020-01-31', '2020-02-01/2020-02-29', '2020-03-01/2020-03-01']],
    ['QUARTER', '2021-01-01', '2021-09-30', ['2021-01-01/2021-03-31', '2021-04-01/2021-06-30', '2021-07-01/2021-09-30']],
    ['YEAR', '2021-12-31', '2023-01-01', ['2021-12-31/2021-12-31', '2022-01-01/2022-12-31', '2023-01-01/2023-01-01']],
    // 31 December 9999 is a Friday.
    ['WEEK', '9999-12-26', '9999-12-31', ['9999-12-26/9999-12-26', '9999-12-27/9999-12-31']],
  ] as const)('by %s from %s to %s', (interval, from, to, parts) => {
    expect(divide({ from, to }, interval).map((part) => `${part.from}/${part.to}`)).toEqual(parts);
  });

  it('are counted without being made: never too many, and by day exactly', () => {
    expect(countParts(period('1800-01-01', '2099-12-31'), 'DAY')).toBe(300 * 365 + 73);
    for (const interval of INTERVALS) {
      const found = countParts(period('2020-01-01', '2039-12-31'), interval);
      const exactly = divide(period('2020-01-01', '2039-12-31'), interval).length;
      expect(found).toBeLessThanOrEqual(exactly);
      expect(found, 'near enough to keep a period of centuries out').toBeGreaterThan(exactly * 0.9);
    }
  });
});

describe('the size of an answer', () => {
  it('is at most 10,000 cells', () => {
    expect(MAX_CELLS).toBe(10_000);
    expect(() => checkCells(10_000)).not.toThrow();
    expect(refusal(() => checkCells(10_001))).toMatchObject({
      code: 'TOO_MANY_CELLS',
      message: 'statistics: expected at most 10000 cells, got 10001 (parts of the period × provinces × agencies)',
      extensions: { cells: 10_001, bound: 10_000 },
    });
  });
});

describe('the provinces of a geography', () => {
  function province(id: string, successor: string | null = null, validFrom: string | null = null, validTo: string | null = null): ProvinceOfScheme {
    return { id, scheme: id.split(':', 1)[0] ?? '', validFrom, validTo, successor };
  }
  const old = (code: string, successor: string) => province(`VN63:${code}`, `VN34:${successor}`, null, '2025-06-30');
  const now = (code: string) => province(`VN34:${code}`, null, '2025-07-01');
  /** Bắc Ninh (27) takes in Bắc Giang (24) and has its code, 24; Hà Nội stays as it is; Huế has no successor on record. */
  const VIETNAM = [old('01', '01'), old('24', '24'), old('27', '24'), now('01'), now('24')];
  const of = (geography: string, from: string, to: string, provinces: readonly ProvinceOfScheme[] = VIETNAM) =>
    Object.fromEntries(provincesOf(geography, period(from, to), provinces).map(({ id, members }) => [id, members]));

  it('as recorded are those in force on a day of the period', () => {
    const before = { 'VN63:01': ['VN63:01'], 'VN63:24': ['VN63:24'], 'VN63:27': ['VN63:27'] };
    const after = { 'VN34:01': ['VN34:01'], 'VN34:24': ['VN34:24'] };
    expect(of('AS_RECORDED', '2021-01-01', '2025-06-30')).toEqual(before);
    expect(of('AS_RECORDED', '2025-07-01', '2025-12-31'), 'what is recorded later may lie in a province that has ended').toEqual({ ...before, ...after });
    expect(of('AS_RECORDED', '2025-06-30', '2025-07-01')).toEqual({ ...before, ...after });
    expect(of('AS_RECORDED', '2021-01-01', '2021-12-31', [])).toEqual({});
  });

  it('of today hold those that went into them, also for periods before', () => {
    for (const [from, to] of [
      ['2021-01-01', '2021-12-31'],
      ['2025-01-01', '2025-12-31'],
      ['2026-01-01', '2026-12-31'],
    ] as const) {
      expect(of('VN34', from, to)).toEqual({ 'VN34:01': ['VN63:01', 'VN34:01'], 'VN34:24': ['VN63:24', 'VN63:27', 'VN34:24'] });
    }
  });

  it('of before are themselves, for periods that end by their last day', () => {
    const expected = { 'VN63:01': ['VN63:01'], 'VN63:24': ['VN63:24'], 'VN63:27': ['VN63:27'] };
    expect(of('VN63', '2021-01-01', '2021-12-31')).toEqual(expected);
    expect(of('VN63', '2021-01-01', '2025-06-30')).toEqual(expected);
  });

  it('of before cannot be had for periods that go on after their last day', () => {
    expect(refusal(() => of('VN63', '2025-01-01', '2025-07-01'))).toMatchObject({
      code: 'GEOGRAPHY_NOT_DIVISIBLE',
      message:
        'geography: VN63 ended on 2025-06-30; figures recorded for the provinces after it cannot be divided among its provinces. ' +
        'Expected a period that ends by 2025-06-30, or a later geography; got a period to 2025-07-01',
    });
  });

  it('that nobody knows are refused with those that there are', () => {
    expect(refusal(() => of('VN58', '2021-01-01', '2021-12-31'))).toMatchObject({
      code: 'UNKNOWN_GEOGRAPHY',
      message: 'geography: expected AS_RECORDED or one of VN34, VN63, got VN58',
    });
  });

  it('follow one another over several schemes', () => {
    const chain = [
      province('A:1', 'B:1', null, '1990-12-31'),
      province('A:2', 'B:1', null, '1990-12-31'),
      province('B:1', 'C:1', '1991-01-01', '2000-12-31'),
      province('C:1', null, '2001-01-01'),
    ];
    expect(of('C', '1980-01-01', '2020-12-31', chain)).toEqual({ 'C:1': ['A:1', 'A:2', 'B:1', 'C:1'] });
    expect(of('B', '1980-01-01', '2000-12-31', chain)).toEqual({ 'B:1': ['A:1', 'A:2', 'B:1'] });
    expect(of('A', '1980-01-01', '1990-12-31', chain)).toEqual({ 'A:1': ['A:1'], 'A:2': ['A:2'] });
    expect(refusal(() => of('A', '1980-01-01', '1991-01-01', chain)).code).toBe('GEOGRAPHY_NOT_DIVISIBLE');
    expect(refusal(() => of('B', '1980-01-01', '2001-01-01', chain)).message).toContain('B ended on 2000-12-31');
  });

  it('may end at several times: the last one counts', () => {
    const twice = [province('A:1', 'B:1', null, '1990-12-31'), province('A:2', 'B:1', null, '1995-12-31'), province('B:1')];
    expect(refusal(() => of('A', '1980-01-01', '1993-01-01', twice)).message).toContain('A ended on 1990-12-31');
    expect(refusal(() => of('A', '1980-01-01', '1999-01-01', twice)).message).toContain('A ended on 1995-12-31');
  });

  it('may go into another of their own scheme, which does not end it and counts nothing twice', () => {
    const hanoi = [province('VN64:01'), province('VN64:28', 'VN64:01', null, '2008-07-31')];
    expect(of('VN64', '2005-01-01', '2020-12-31', hanoi)).toEqual({ 'VN64:01': ['VN64:01'], 'VN64:28': ['VN64:28'] });
    const merged = [province('VN64:01', 'VN34:01', null, '2025-06-30'), province('VN64:28', 'VN64:01', null, '2008-07-31'), now('01')];
    expect(of('VN34', '2005-01-01', '2025-12-31', merged)).toEqual({ 'VN34:01': ['VN64:01', 'VN64:28', 'VN34:01'] });
  });

  it('without a successor end without ending the scheme, and one that is not loaded leads nowhere', () => {
    const lost = [province('A:1', null, null, '1990-12-31'), province('A:2', 'B:9', null, null), province('B:1')];
    expect(of('A', '1980-01-01', '2020-12-31', lost)).toEqual({ 'A:1': ['A:1'], 'A:2': ['A:2'] });
    expect(of('B', '1980-01-01', '2020-12-31', lost)).toEqual({ 'B:1': ['B:1'] });
  });

  it('that follow one another in a circle are still divided', () => {
    const circle = [province('A:1', 'B:1'), province('B:1', 'A:1'), province('A:2', 'A:3'), province('A:3', 'A:2'), province('A:4', 'A:4')];
    expect(of('A', '2021-01-01', '2021-12-31', circle)).toEqual({ 'A:1': ['A:1', 'B:1'], 'A:2': ['A:2'], 'A:3': ['A:3'], 'A:4': ['A:4'] });
    expect(of('B', '2021-01-01', '2021-12-31', circle)).toEqual({ 'B:1': ['A:1', 'B:1'] });
  });

  it('share all provinces that lead to them among each other, whatever leads where', () => {
    const ids = ['A:1', 'A:2', 'A:3', 'B:1', 'B:2', 'C:1', 'C:2'];
    const successors = fc.tuple(...ids.map(() => fc.option(fc.constantFrom(...ids, 'C:9'))));
    /** Whether a scheme can be reached, by trying up to as many steps as there are provinces. */
    const leadsTo = (scheme: string, provinces: readonly ProvinceOfScheme[], { id }: ProvinceOfScheme) => {
      let at: string | null | undefined = id;
      for (let step = 0; step <= ids.length; step += 1) {
        if (at?.startsWith(`${scheme}:`) && ids.includes(at)) return true;
        at = provinces.find((other) => other.id === at)?.successor;
      }
      return false;
    };
    fc.assert(
      fc.property(successors, fc.constantFrom('A', 'B', 'C'), (leads, scheme) => {
        const provinces = ids.map((id, i) => province(id, leads[i] ?? null));
        const found = provincesOf(scheme, period('2021-01-01', '2021-12-31'), provinces);
        expect(found.map(({ id }) => id)).toEqual(ids.filter((id) => id.startsWith(scheme)));
        for (const { id, members } of found) expect(members).toContain(id);
        const expected = provinces.filter((one) => leadsTo(scheme, provinces, one)).map(({ id }) => id);
        expect(found.flatMap(({ members }) => members).toSorted()).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

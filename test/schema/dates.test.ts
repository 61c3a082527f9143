import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addDays, daysBetween, isDay, monthEnd, today, weekday } from '#schema/dates.ts';

const day = fc.date({ min: new Date('0100-01-01'), max: new Date('9900-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const few = fc.integer({ min: -30_000, max: 30_000 });

afterEach(() => {
  vi.useRealTimers();
});

describe('a day', () => {
  it.each(['0001-01-01', '1970-01-01', '2020-02-29', '2000-02-29', '2021-12-31', '9999-12-31'])('is %s', (text) => expect(isDay(text)).toBe(true));
  it.each([
    '',
    '2021-02-29',
    '1900-02-29',
    '2021-04-31',
    '2021-13-01',
    '2021-00-10',
    '2021-01-00',
    '0000-01-01',
    '21-01-01',
    '2021-1-1',
    '01/02/2021',
    '2021-01-01T00:00:00Z',
    '2021-01-01\n',
    ' 2021-01-01',
    '+02021-01-01',
    '２０２１-01-01',
  ])('is not %j', (text) => expect(isDay(text)).toBe(false));

  it('in Vietnam begins at 17:00 UTC of the day before', () => {
    vi.useFakeTimers({ now: new Date('2021-12-31T16:59:59Z') });
    expect(today()).toBe('2021-12-31');
    vi.setSystemTime(new Date('2021-12-31T17:00:00Z'));
    expect(today()).toBe('2022-01-01');
  });
});

describe('counting days', () => {
  it('counts both ends', () => {
    expect(daysBetween('2021-01-01', '2021-01-01')).toBe(1);
    expect(daysBetween('2021-01-01', '2021-12-31')).toBe(365);
    expect(daysBetween('2020-01-01', '2020-12-31')).toBe(366);
  });

  it('goes over months and leap years', () => {
    expect(addDays('2020-02-28', 1)).toBe('2020-02-29');
    expect(addDays('2021-02-28', 1)).toBe('2021-03-01');
    expect(addDays('2021-01-01', -1)).toBe('2020-12-31');
  });

  it('goes back as it went forth, and to a day that exists', () => {
    fc.assert(
      fc.property(day, few, (from, days) => {
        const to = addDays(from, days);
        expect(isDay(to)).toBe(true);
        expect(addDays(to, -days)).toBe(from);
        expect(daysBetween(from, to)).toBe(days + 1);
      }),
    );
  });
});

describe('weeks', () => {
  it('begin on Monday', () => {
    expect(weekday('2024-07-01')).toBe(0);
    expect(weekday('2024-07-07')).toBe(6);
  });

  it('have seven days, one after another', () => {
    fc.assert(
      fc.property(day, (from) => {
        expect(weekday(addDays(from, 1))).toBe((weekday(from) + 1) % 7);
      }),
    );
  });
});

describe('months', () => {
  it('end on their last day, some months on or back', () => {
    expect(monthEnd('2021-03-01')).toBe('2021-03-31');
    expect(monthEnd('2021-03-31', 11)).toBe('2022-02-28');
    expect(monthEnd('2021-03-31', -3)).toBe('2020-12-31');
    expect(monthEnd('2019-12-31', 2)).toBe('2020-02-29');
    expect(monthEnd('0099-12-01')).toBe('0099-12-31');
  });

  it('end the day before the next begins', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -1000, max: 1000 }), (from, months) => {
        const last = monthEnd(from, months);
        expect(isDay(last)).toBe(true);
        expect(addDays(last, 1).slice(8)).toBe('01');
        expect(monthEnd(addDays(last, 1), -1)).toBe(last);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMoment, vietnamDay } from '#shared/import/moments.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const FIRST = Date.parse('0001-01-01T00:00:00+07:00');
const LAST = Date.parse('9999-12-31T23:59:59.999+07:00');
const two = (n: number) => String(n).padStart(2, '0');

/** How long February is, from counting the days between two firsts of a month rather than from the rule of leap years. */
function daysOf(year: number, month: number): number {
  const first = (y: number, m: number) => new Date(0).setUTCFullYear(y, m - 1, 1);
  return (first(year, month + 1) - first(year, month)) / DAY;
}

/** A moment in the middle of the calendar or at its ends, with the offset that it is written with, in minutes. */
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2013, 0, 1), max: Date.UTC(2030, 0, 1) }),
  fc.integer({ min: FIRST, max: LAST }),
  fc.integer({ min: FIRST, max: FIRST + DAY }),
  fc.integer({ min: LAST - DAY, max: LAST }),
);
const offset = fc.oneof(fc.constant(7 * 60), fc.constant(0), fc.integer({ min: -12 * 60, max: 14 * 60 }));

/** The wall clock at an offset, as the cell shows it; `undefined` when it shows a year that cannot be written in four digits. */
function clock(time: number, minutes: number): { day: string; h: string; m: string; s: string; ms: string } | undefined {
  const iso = new Date(time + minutes * MINUTE).toISOString();
  if (!/^\d{4}-/.test(iso) || iso.startsWith('0000')) return undefined;
  return { day: iso.slice(0, 10), h: iso.slice(11, 13), m: iso.slice(14, 16), s: iso.slice(17, 19), ms: iso.slice(20, 23) };
}

function offsetForms(minutes: number): string[] {
  const sign = minutes < 0 ? '-' : '+';
  const [h, m] = [two(Math.floor(Math.abs(minutes) / 60)), two(Math.abs(minutes) % 60)];
  return [
    `${sign}${h}:${m}`,
    `${sign}${h}${m}`,
    ...(m === '00' ? [`${sign}${h}`] : []),
    ...(minutes === 0 ? ['Z', '-00:00'] : []),
    ...(minutes === 420 ? [''] : []),
  ];
}

describe('a moment', () => {
  it('is read in every form that it may be written in', () => {
    fc.assert(
      fc.property(instant, offset, (time, minutes) => {
        const shown = clock(time, minutes);
        fc.pre(shown !== undefined);
        const { day, h, m, s, ms } = shown;
        const times = [
          [`${h}:${m}`, time - (Number(s) * 1_000 + Number(ms))],
          [`${h}:${m}:${s}`, time - Number(ms)],
          [`${h}:${m}:${s}.${ms}`, time],
          [`${h}:${m}:${s},${ms}000`, time],
          [`${h}:${m}:${s}.${ms}123999`, time],
        ] as const;
        for (const [clockTime, expected] of times) {
          for (const separator of ['T', ' ']) {
            for (const form of offsetForms(minutes)) {
              const cell = `${day}${separator}${clockTime}${form}`;
              const parsed = parseMoment(cell) ?? '';
              expect(parsed, cell).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d:\d\d$/);
              expect(Date.parse(parsed), cell).toBe(expected);
              expect(vietnamDay(parsed), cell).toBe(new Date(expected + 7 * 60 * MINUTE).toISOString().slice(0, 10));
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its fraction of a second to the microsecond', () => {
    expect(parseMoment('2021-03-05T08:30:00.123456789+07:00')).toBe('2021-03-05T08:30:00.123456+07:00');
    expect(parseMoment('2021-03-05 08:30:00,5')).toBe('2021-03-05T08:30:00.5+07:00');
  });

  it('without an offset is of Vietnam, and a day alone is its midnight there', () => {
    expect(parseMoment('2021-03-05T08:30')).toBe('2021-03-05T08:30:00+07:00');
    expect(parseMoment('2021-03-05')).toBe('2021-03-05T00:00:00+07:00');
    expect(Date.parse(parseMoment('2021-03-05') ?? '')).toBe(Date.UTC(2021, 2, 4, 17));
  });

  it.each([
    ['2021-03-05T08:30:00Z', '2021-03-05T08:30:00+00:00'],
    ['2021-03-05T08:30:00+05:45', '2021-03-05T08:30:00+05:45'],
    ['2021-03-05T08:30:00-0330', '2021-03-05T08:30:00-03:30'],
    ['2021-03-05T08:30:00+14', '2021-03-05T08:30:00+14:00'],
    ['2021-03-05T08:30:00-12:00', '2021-03-05T08:30:00-12:00'],
    ['2021-03-05T23:59:59+07:00', '2021-03-05T23:59:59+07:00'],
  ])('%s is %s', (cell, moment) => {
    expect(parseMoment(cell)).toBe(moment);
  });

  it('lies on a day that exists, in every year', () => {
    const year = fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(4, 100, 400, 1900, 2000, 2020, 2021, 2100));
    fc.assert(
      fc.property(year, fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }), (y, m, d) => {
        const cell = `${String(y).padStart(4, '0')}-${two(m)}-${two(d)}`;
        const exists = m >= 1 && m <= 12 && d >= 1 && d <= daysOf(y, m);
        for (const time of ['', 'T08:30:00+07:00', ' 08:30', 'T08:30:00Z']) expect(parseMoment(cell + time) !== undefined, cell + time).toBe(exists);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has a time of day that exists, in whatever form it is written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 }), fc.nat({ max: 70 }), fc.nat({ max: 70 }), (h, m, s) => {
        const exists = h <= 23 && m <= 59 && s <= 59;
        for (const form of ['+07:00', '', 'Z', '-03:30']) {
          const cell = `2021-03-05T${two(h)}:${two(m)}:${two(s)}${form}`;
          expect(parseMoment(cell) !== undefined, cell).toBe(exists);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('has an offset that is in use somewhere: from -12:00 to +14:00', () => {
    for (let minutes = -15 * 60; minutes <= 15 * 60; minutes += 15) {
      for (const form of offsetForms(minutes)) {
        if (form === '') continue;
        expect(parseMoment(`2021-03-05T08:30:00${form}`) !== undefined, form).toBe(minutes >= -720 && minutes <= 840);
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['the middle of the night after the day', '2021-03-05T24:00'],
    ['the middle of the night after the day, in full', '2021-03-05T24:00:00+07:00'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a day in the form of Vietnam', '05/03/2021'],
    ['a day in the form of America', '3/5/2021 8:30'],
    ['a day without zeros', '2021-3-5'],
    ['a year of two digits', '21-03-05'],
    ['a day in basic form', '20210305'],
    ['an hour alone', '2021-03-05T08'],
    ['an hour of one digit', '2021-03-05 8:30'],
    ['minutes of one digit', '2021-03-05T08:3'],
    ['a comma without a fraction', '2021-03-05T08:30:00,'],
    ['a fraction of ten digits', '2021-03-05T08:30:00.1234567890Z'],
    ['a fraction of a minute', '2021-03-05T08:30.5Z'],
    ['an offset of one digit', '2021-03-05T08:30:00+7'],
    ['an offset with 60 minutes', '2021-03-05T08:30:00+06:60'],
    ['the name of a zone', '2021-03-05T08:30:00 ICT'],
    ['a zone after the offset', '2021-03-05T08:30:00+07:00[Asia/Ho_Chi_Minh]'],
    ['small letters', '2021-03-05t08:30:00z'],
    ['a serial day of a spreadsheet', '44260'],
    ['digits of another script', '２０２１-03-05'],
    ['text after it', '2021-03-05T08:30:00+07:00 '],
    ['a line break after it', '2021-03-05\n'],
    ['a full form with a dot after the hour', '2021-03-05T08.30:00+07:00'],
    ['a full form with a dot after the minutes', '2021-03-05T08:30.00+07:00'],
    ['a full form with letters for digits', '2021-03-05T0x:30:00+07:00'],
    ['the year 0', '0000-12-31'],
    ['a moment that is in the year 0 in Vietnam', '0001-01-01T00:00:00+14:00'],
    ['a moment that is in the year 10000 in Vietnam', '9999-12-31T23:00:00Z'],
  ])('is not %s', (_, cell) => {
    expect(parseMoment(cell)).toBeUndefined();
  });
});

describe('the day in Vietnam', () => {
  it.each([
    ['2021-03-05', '2021-03-05'],
    ['2021-03-05T00:00:00+07:00', '2021-03-05'],
    ['2021-03-05T16:59:59+00:00', '2021-03-05'],
    ['2021-03-05T17:00:00+00:00', '2021-03-06'],
    ['2020-02-28T17:00:00.5+00:00', '2020-02-29'],
    ['2021-12-31T12:00:00-05:00', '2022-01-01'],
    ['2021-03-05T01:59:59.999999+09:00', '2021-03-04'],
  ])('of %s is %s', (moment, day) => {
    expect(vietnamDay(moment)).toBe(day);
  });
});

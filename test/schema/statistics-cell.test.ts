import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCellId, encodeCellId, isDimensionId, type StatisticsCell } from '#schema/statistics-cell.ts';

const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const period = fc.tuple(day, day).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a }));
const letter = fc.constantFrom(...'abzABZ019ĐđạẽữНж語');
const name = fc
  .tuple(letter, fc.array(fc.oneof(letter, fc.constantFrom(...':._-')), { maxLength: 20 }))
  .map(([first, rest]) => first + rest.join(''))
  // "Đ" may be written as one character or as two; an id is what its source wrote, combining marks are no letters.
  .filter(isDimensionId);
const province = fc.record({ id: name, members: fc.array(name, { minLength: 1, maxLength: 5 }) });
const cell: fc.Arbitrary<StatisticsCell> = fc
  .record({ period, province: fc.option(province), agency: fc.option(name) })
  .map(({ period: days, ...dimensions }) => ({ ...days, ...dimensions }));

describe("a cell's id", () => {
  it('gives back the cell that it was made of', () => {
    fc.assert(
      fc.property(cell, (given) => {
        expect(decodeCellId(encodeCellId(given))).toEqual(given);
      }),
    );
  });

  it('is different for different cells', () => {
    fc.assert(
      fc.property(cell, cell, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(encodeCellId(one)).not.toBe(encodeCellId(other));
      }),
    );
  });

  it('of which the text was tampered with is none of ours, or names a cell all the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), spoilt()), (id) => {
        const decoded = decodeCellId(id);
        if (decoded !== undefined) expect(decodeCellId(encodeCellId(decoded))).toEqual(decoded);
      }),
    );
  });

  it.each([
    ['the whole', { from: '2021-01-01', to: '2021-09-30', province: null, agency: null }, '2021-01-01/2021-09-30|*|*'],
    [
      'a province as recorded',
      { from: '2021-01-01', to: '2021-09-30', province: { id: 'VN63:24', members: ['VN63:24'] }, agency: 'c02' },
      '2021-01-01/2021-09-30|VN63:24|c02',
    ],
    [
      'a province into which others went',
      { from: '2021-01-01', to: '2021-03-31', province: { id: 'VN34:24', members: ['VN63:24', 'VN63:27', 'VN34:24'] }, agency: null },
      '2021-01-01/2021-03-31|VN34:24=VN63:24+VN63:27+VN34:24|*',
    ],
  ])('is readable: %s', (_, given, id) => {
    expect(encodeCellId(given)).toBe(id);
    expect(decodeCellId(id)).toEqual(given);
  });

  it.each([
    ['', 'empty'],
    ['2021-01-01/2021-03-31', 'without dimensions'],
    ['2021-01-01/2021-03-31|*', 'without agency'],
    ['2021-03-31/2021-01-01|*|*', 'ending before it begins'],
    ['2021-1-1/2021-03-31|*|*', 'with a date of another form'],
    ['2021-02-30/2021-03-31|*|*', 'beginning on a day that does not exist'],
    ['2021-01-01/2021-06-31|*|*', 'ending on a day that does not exist'],
    ['0000-01-01/2021-06-30|*|*', 'beginning in the year 0'],
    ['2021-01-01/2021-03-31||*', 'with an empty province'],
    ['2021-01-01/2021-03-31|VN34:24=|*', 'with a province of no members'],
    ['2021-01-01/2021-03-31|VN34:24=VN63:24+|*', 'with an empty member'],
    ['2021-01-01/2021-03-31|*=VN63:24|*', 'with members of no province'],
    ["2021-01-01/2021-03-31|VN34:24'; DROP TABLE call; --|*", 'with SQL'],
    ['2021-01-01/2021-03-31|*|*\n', 'with a line break behind it'],
    [' 2021-01-01/2021-03-31|*|*', 'with a space before it'],
    ['2021-01-01/2021-03-31|*|*|*', 'with a dimension too many'],
  ])('is none of ours: %j, %s', (id) => {
    expect(decodeCellId(id)).toBeUndefined();
  });
});

describe('the id of a province or agency', () => {
  it.each(['VN34:24', 'c02', 'pcmt-bdbp', 'Cục_Trẻ.em', 'US50:CA', '語'])('may be %s', (id) => expect(isDimensionId(id)).toBe(true));
  it.each(['', '*', '-c02', 'a b', 'a|b', 'a+b', 'a=b', 'a/b', "a'b", 'a\n', 'x'.repeat(65)])('may not be %j', (id) => expect(isDimensionId(id)).toBe(false));
});

/** Ids with a character changed. */
function spoilt(): fc.Arbitrary<string> {
  return fc
    .tuple(cell.map(encodeCellId), fc.nat(), fc.constantFrom(...'|*=+/-0 \'"\n'))
    .map(([id, at, character]) => id.slice(0, at % id.length) + character + id.slice((at % id.length) + 1));
}

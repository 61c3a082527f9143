import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type PageArguments, readPage } from '#shared/lists/paging.ts';

const ID = '01234567-89ab-8cde-8f01-23456789abcd';
const MOMENT = '2021-03-05T01:30:00.000001Z';
const cursorOf = (list = 'calls', order: 'NEWEST_FIRST' | 'OLDEST_FIRST' = 'NEWEST_FIRST', moment = MOMENT, id = ID) =>
  encodeCursor(list, order, { moment, id });
const refusal = (args: PageArguments) => {
  try {
    return readPage('calls', args);
  } catch (error) {
    return { code: (error as { extensions: { code: string } }).extensions.code, message: (error as Error).message };
  }
};

describe('the arguments of a list', () => {
  it('give fifty records from the beginning, the newest first, when there are none', () => {
    const page = { order: 'NEWEST_FIRST', size: 50, fromEnd: false, after: null, before: null };
    expect(readPage('calls', {})).toEqual(page);
    expect(readPage('calls', { first: null, after: null, last: null, before: null, orderBy: null })).toEqual(page);
  });

  it('give as many from the end', () => {
    expect(readPage('calls', { last: 500, orderBy: 'OLDEST_FIRST' })).toMatchObject({ order: 'OLDEST_FIRST', size: 500, fromEnd: true });
  });

  it('may have a cursor at either end or at both', () => {
    const position = { moment: MOMENT, id: ID };
    expect(readPage('calls', { first: 3, after: cursorOf(), before: cursorOf() })).toMatchObject({ after: position, before: position });
    expect(readPage('calls', { last: 3, before: cursorOf() })).toMatchObject({ after: null, before: position });
  });

  it.each([0, -1, 501, 2_147_483_647, -2_147_483_648])('are refused when they ask for %d', (n) => {
    expect(refusal({ first: n })).toEqual({ code: 'BAD_PAGE', message: `expected \`first\` from 1 to 500, got ${n}` });
    expect(refusal({ last: n })).toEqual({ code: 'BAD_PAGE', message: `expected \`last\` from 1 to 500, got ${n}` });
  });

  it('are refused when they ask for both ends', () => {
    expect(refusal({ first: 1, last: 1 })).toEqual({ code: 'BAD_PAGE', message: 'expected either `first` or `last`, got both' });
  });

  it.each([
    ['empty', ''],
    ['no base64', '§§§'],
    ['no JSON', Buffer.from('calls').toString('base64url')],
    ['JSON of another kind', Buffer.from('{"list":"calls"}').toString('base64url')],
    ['of another list', cursorOf('cases')],
    ['of the other order', cursorOf('calls', 'OLDEST_FIRST')],
    ['of a day that does not exist', cursorOf('calls', 'NEWEST_FIRST', '2021-02-30T01:30:00.000001Z')],
    ['of an hour that does not exist', cursorOf('calls', 'NEWEST_FIRST', '2021-02-03T25:30:00.000001Z')],
    ['of a moment in no form of ours', cursorOf('calls', 'NEWEST_FIRST', 'now')],
    ['of no id', cursorOf('calls', 'NEWEST_FIRST', MOMENT, "' OR true --")],
    ['with more in it', Buffer.from(JSON.stringify(['calls', 'NEWEST_FIRST', MOMENT, ID, ''])).toString('base64url')],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('are refused with a cursor that is none of the list in this order: %s', (_, cursor) => {
    for (const side of ['after', 'before']) {
      const { code, message } = refusal({ first: 1, [side]: cursor }) as { code: string; message: string };
      expect(code).toBe('BAD_PAGE');
      expect(message).toMatch(`expected \`${side}\` to be a cursor of this list, ordered NEWEST_FIRST, got "`);
      expect(message.length).toBeLessThan(250);
    }
  });
});

describe('a cursor', () => {
  it('is the position that it was made of, to the microsecond, in letters that need no escape', () => {
    const moment = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 999 }), fc.uuid(), fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'), (at, micro, id, order) => {
        const position = { moment: at.toISOString().replace('Z', `${String(micro).padStart(3, '0')}Z`), id };
        const cursor = encodeCursor('calls', order, position);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor('calls', order, cursor)).toEqual(position);
      }),
    );
  });

  it('is never anything that nobody made', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeCursor('calls', 'NEWEST_FIRST', text) === undefined));
  });
});

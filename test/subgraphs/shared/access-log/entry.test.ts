import { describe, expect, it } from 'vitest';
import { type AccessEntry, AccessEntryError, entryText } from '#shared/access-log/entry.ts';
import { entryOf } from '../../../testkit/access-log.ts';

const entry = entryOf(1);
const with_ = (change: Record<string, unknown>) => ({ ...entry, ...change }) as unknown as AccessEntry;

describe('an entry of the access log', () => {
  it('has one text whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as AccessEntry;
    expect(entryText(reversed)).toBe(entryText(entry));
    expect(entryText(entry)).toBe(
      '{"agency":"c02","at":"2026-11-26T08:00:00.001Z","details":{"number":1},"fields":["Call.category"],"kind":"read","operationHash":"hash-1","operationName":"CaseFile","purpose":"OVERSIGHT","records":["0a1b2c3d-0000-8f00-8000-000000000001","0a1b2c3d-0000-8f00-8000-000000000002"],"requestId":"request-1","subject":"officer-1"}',
    );
    expect(JSON.parse(entryText(entry))).toEqual(entry);
  });

  it.each([
    { purpose: null, subject: null, agency: null, operationName: null },
    { records: [] },
    { records: ['cuc-tre-em', 'VN63:01'] },
    { kind: 'statistics', details: { cells: 64, figures: ['calls', 'victims.bySex'] } },
    { kind: 'act', details: { act: 'handoverAccept' } },
  ])('takes %j', (change) => {
    expect(JSON.parse(entryText(with_(change)))).toMatchObject(change);
  });

  it.each<[string, Record<string, unknown>]>([
    ['PII-01 a name among the records', { records: ['Nguyễn Thị Hoa'] }],
    ['PII-02 a name without marks', { records: ['Nguyen Thi Hoa'] }],
    ['PII-03 the number of an identity card', { records: ['001090012345'] }],
    ['PII-04 a birth date', { records: ['1999-02-03'] }],
    ['PII-05 a telephone number', { records: ['+84 912 345 678'] }],
    ['PII-06 a name in the details', { details: { name: 'Nguyễn Thị Hoa' } }],
    ['PII-07 a field of its own', { victimName: 'Hoa' }],
    ['PII-08 a name for an operation', { operationName: 'Nguyễn Thị Hoa' }],
    ['PII-09 text as a purpose', { purpose: 'Hoa asked me to' }],
    ['PII-10 an object in the details', { details: { person: { name: 'x' } } }],
    ['PII-11 a subject with spaces', { subject: 'Nguyen Thi Hoa' }],
    ['PII-12 free text as a request id', { requestId: 'for Nguyen Thi Hoa' }],
    ['a moment that is none', { at: '2026-02-30T00:00:00.000Z' }],
    ['a moment in microseconds', { at: '2026-02-20T00:00:00.000000Z' }],
    ['no kind', { kind: undefined }],
    ['an unknown kind', { kind: 'peek' }],
    ['no records', { records: undefined }],
    ['a character that PostgreSQL cannot hold', { records: ['a\u0000'] }],
  ])('MUST not have %s', (_, change) => {
    const attempt = () => entryText(with_(change));
    expect(attempt).toThrow(AccessEntryError);
    expect(attempt).toThrow(Object.keys(change).find((name) => name in entry) ?? 'no other fields');
    expect(attempt).not.toThrow(/Hoa|Nguy|0010|1999|912/);
  });
});

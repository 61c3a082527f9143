import { describe, expect, it } from 'vitest';
import { endsAfterItCameIn } from '../../../subgraphs/calls/rules.ts';

describe('a call', () => {
  it.each([
    ['came in and did not end', '2021-03-05T08:30:00+07:00', null],
    ['ended later', '2021-03-05T08:30:00+07:00', '2021-03-05T08:31:00+07:00'],
    ['ended at once', '2021-03-05T08:30:00+07:00', '2021-03-05T08:30:00+07:00'],
    ['ended later by the clock of another zone', '2021-03-05T08:30:00+07:00', '2021-03-05T01:30:01+00:00'],
    ['has no moment that could be read', null, null],
    ['has only an end that could be read', null, '2021-03-05T08:30:00+07:00'],
  ])('may be one that %s', (_, receivedAt, endedAt) => {
    expect(endsAfterItCameIn(receivedAt, endedAt)).toBeUndefined();
  });

  it.each([
    ['before it came in', '2021-03-05T08:30:00+07:00', '2021-03-05T08:29:59+07:00'],
    ['before it came in, by the clock of another zone', '2021-03-05T08:30:00+07:00', '2021-03-05T01:29:00+00:00'],
    ['the day before', '2021-03-05T00:00:00+07:00', '2021-03-04T00:00:00+07:00'],
  ])('cannot end %s', (_, receivedAt, endedAt) => {
    expect(endsAfterItCameIn(receivedAt, endedAt)).toBe('a moment not before receivedAt');
  });
});

import { describe, expect, it } from 'vitest';
import { codes } from '#schema/code-lists.ts';
import { ageBand, agesOf, endsAfterItBegan, maySupport, minorIsUnder18, missingForIdentification } from '../../../subgraphs/victims/rules.ts';

describe('the band of an age', () => {
  it('is one of the code list, at every age and at its edges', () => {
    const bands: Record<string, number[]> = {};
    for (let age = 0; age <= 120; age += 1) bands[ageBand(age)] = [...(bands[ageBand(age)] ?? []), age];
    expect(Object.entries(bands).map(([band, ages]) => [band, ages[0], ages.at(-1), ages.length])).toEqual([
      ['AGE_0_10', 0, 10, 11],
      ['AGE_11_14', 11, 14, 4],
      ['AGE_15', 15, 15, 1],
      ['AGE_16_17', 16, 17, 2],
      ['AGE_18_PLUS', 18, 120, 103],
    ]);
    expect([...Object.keys(bands), ageBand(null)]).toEqual(codes('VictimAgeBand'));
  });

  it('is unknown when the age is, or is none', () => {
    expect(ageBand(null)).toBe('UNKNOWN');
    expect(ageBand(-1)).toBe('UNKNOWN');
  });

  it('has the ages that are in it, and those without an age have none', () => {
    for (const band of codes('VictimAgeBand').filter((name) => name !== 'UNKNOWN')) {
      const ages = agesOf(band) ?? { from: Number.NaN, to: Number.NaN };
      expect([ages.from, ages.to].map(ageBand)).toEqual([band, band]);
      expect(ageBand(ages.from - 1)).not.toBe(band);
      expect(band === 'AGE_18_PLUS' || ageBand(ages.to + 1) !== band).toBe(true);
    }
    expect(agesOf('UNKNOWN')).toBeNull();
  });
});

describe('to identify a person as a victim', () => {
  const ACT = 'an act';
  const PURPOSE = 'a purpose';
  const MEANS = 'a means (the person is not known to be under 18)';

  it.each([
    // acts, means, purposes, age → what is missing
    [1, 1, 1, 30, []],
    [1, 1, 1, null, []],
    [1, 1, 1, 17, []],
    [3, 2, 4, 18, []],
    [1, 0, 1, 17, []],
    [1, 0, 1, 0, []],
    [1, 0, 1, 18, [MEANS]],
    [1, 0, 1, null, [MEANS]],
    [0, 1, 1, 30, [ACT]],
    [0, 0, 1, 17, [ACT]],
    [0, 0, 1, 18, [ACT, MEANS]],
    [1, 1, 0, 30, [PURPOSE]],
    [1, 0, 0, 17, [PURPOSE]],
    [1, 0, 0, null, [PURPOSE, MEANS]],
    [0, 1, 0, 30, [ACT, PURPOSE]],
    [0, 0, 0, 17, [ACT, PURPOSE]],
    [0, 0, 0, 18, [ACT, PURPOSE, MEANS]],
    [0, 0, 0, null, [ACT, PURPOSE, MEANS]],
  ])('on %i acts, %i means, %i purposes at the age of %s, there is missing: %j', (acts, means, purposes, age, missing) => {
    expect(missingForIdentification({ acts, means, purposes, age })).toEqual(missing);
  });
});

describe('a person', () => {
  it.each([
    ['ACCOMPANYING_MINOR', '0', undefined],
    ['ACCOMPANYING_MINOR', '17', undefined],
    ['ACCOMPANYING_MINOR', null, undefined],
    ['ACCOMPANYING_MINOR', '18', 'an age under 18, since the person is an ACCOMPANYING_MINOR'],
    ['ACCOMPANYING_MINOR', '120', 'an age under 18, since the person is an ACCOMPANYING_MINOR'],
    ['VICTIM', '18', undefined],
    ['VICTIM', '5', undefined],
    ['IN_IDENTIFICATION', '40', undefined],
    ['NOT_VICTIM', null, undefined],
  ])('who is %s at the age of %s: expected %s', (legal_status, age_at_trafficking, expected) => {
    expect(minorIsUnder18({ legal_status, age_at_trafficking })).toBe(expected);
  });
});

describe('support', () => {
  it.each([
    ['2021-03-05T00:00:00+07:00', null, undefined],
    ['2021-03-05T00:00:00+07:00', '2021-03-05T00:00:00+07:00', undefined],
    ['2021-03-05T00:00:00+07:00', '2021-03-04T17:00:00+00:00', undefined],
    ['2021-03-05T00:00:00+07:00', '2021-07-05T00:00:00+07:00', undefined],
    ['2021-03-05T00:00:00+07:00', '2021-03-04T23:59:59+07:00', 'a moment not before startedAt'],
    ['2021-03-05T00:00:00+07:00', '2021-03-04T16:59:59+00:00', 'a moment not before startedAt'],
    [null, '2021-03-04T16:59:59+00:00', undefined],
  ])('from %s to %s: expected %s', (started_at, ended_at, expected) => {
    expect(endsAfterItBegan({ started_at, ended_at })).toBe(expected);
  });
});

describe('support of a type to a person', () => {
  const rule = [
    { legalStatus: 'IN_IDENTIFICATION', supportType: 'MEDICAL' },
    { legalStatus: 'VICTIM', supportType: 'LOAN' },
  ];

  it.each([
    ['IN_IDENTIFICATION', 'MEDICAL', true],
    ['IN_IDENTIFICATION', 'LOAN', false],
    ['VICTIM', 'LOAN', true],
    ['NOT_VICTIM', 'MEDICAL', false],
  ])('who is %s, of %s, may begin as the rule says: %s', (status, type, allowed) => {
    expect(maySupport(rule, status, type)).toBe(allowed);
  });
});

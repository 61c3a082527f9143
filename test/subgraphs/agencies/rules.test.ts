import { describe, expect, it } from 'vitest';
import { type AgencyVersion, fitVersion, inForce } from '../../../subgraphs/agencies/rules.ts';

describe('the version in force', () => {
  const versions = [{ validFrom: null }, { validFrom: '2017-01-01' }, { validFrom: '2025-03-01' }];

  it.each([
    ['0001-01-01', null],
    ['2016-12-31', null],
    ['2017-01-01', '2017-01-01'],
    ['2025-02-28', '2017-01-01'],
    ['2025-03-01', '2025-03-01'],
    ['9999-12-31', '2025-03-01'],
  ])('on %s is the one from %s', (day, validFrom) => {
    expect(inForce(versions, day)).toEqual({ validFrom });
  });

  it('is the nearest where none is in force yet', () => {
    expect(inForce(versions.slice(1), '2016-12-31')).toEqual({ validFrom: '2017-01-01' });
  });

  it('is none where there is none', () => {
    expect(inForce([], '2021-01-01')).toBeUndefined();
  });
});

describe('a version of an agency', () => {
  const version = (validFrom: string | null, validTo: string | null): AgencyVersion => ({
    validFrom,
    validTo,
    type: 'NGO',
    nameVi: 'a',
    nameEn: 'a',
    parentVi: null,
    parentEn: null,
  });
  const always = version(null, null);
  const year = (n: number) => version(`${n}-01-01`, `${n}-12-31`);

  it.each([
    ['is the first', [], always],
    ['replaces the one that begins on the same day', [year(2024)], version('2024-01-01', '2024-06-30')],
    ['replaces the one since ever', [always], version(null, '2024-12-31')],
    ['comes the day after another', [year(2024)], year(2025)],
    ['comes the day before another', [year(2025)], year(2024)],
    ['lies between two', [year(2023), year(2025)], year(2024)],
    ['lasts on after others', [year(2023)], version('2024-01-01', null)],
    ['was there before others', [year(2024)], version(null, '2023-12-31')],
  ])('fits when it %s', (_, versions, candidate) => {
    expect(fitVersion(versions, candidate)).toEqual({ ends: null });
  });

  it.each([
    [[always], version('2025-03-01', null), version(null, '2025-02-28')],
    [[version('2020-01-01', null)], version('2024-03-01', '2024-12-31'), version('2020-01-01', '2024-02-29')],
    [[year(2020), version('2021-01-01', null)], version('2021-01-02', null), version('2021-01-01', '2021-01-01')],
  ])('ends the one that is open the day before: %j and %j', (versions, candidate, ends) => {
    expect(fitVersion(versions, candidate)).toEqual({ ends });
  });

  it.each([
    ['one day at the end', [year(2024)], version('2024-12-31', '2025-12-31'), year(2024)],
    ['one day at the beginning', [year(2024)], version('2023-01-01', '2024-01-01'), year(2024)],
    ['all days', [year(2024)], version('2023-01-01', null), year(2024)],
    ['days of one since ever', [version(null, '2024-12-31')], version('2024-06-01', null), version(null, '2024-12-31')],
    ['days of one that is open and begins later', [version('2024-01-01', null)], version('2023-01-01', '2024-01-01'), version('2024-01-01', null)],
    ['days of one that is open, being since ever', [version('2024-01-01', null)], always, version('2024-01-01', null)],
  ])('shares with no other %s', (_, versions, candidate, overlaps) => {
    expect(fitVersion(versions, candidate)).toEqual({ overlaps });
  });
});

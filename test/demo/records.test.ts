import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CODE_LISTS, type CodeListName } from '#schema/code-lists.ts';
import { demoAgencies, demoPlans, demoProvinces } from '#demo/agencies.ts';
import { demoCalls } from '#demo/calls.ts';
import { demoCases, demoHandovers } from '#demo/referrals.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { imports as agencyImports } from '../../subgraphs/agencies/import.ts';
import { imports as callImports } from '../../subgraphs/calls/import.ts';
import { imports as referralImports } from '../../subgraphs/referrals/import.ts';
import { imports as victimImports } from '../../subgraphs/victims/import.ts';
import { type CsvRow, count, dayIn, readCsv } from '../testkit/tally.ts';
import { faultsOf, referencesOf } from './faults.ts';

const PUBLISHED = readCsv(join(import.meta.dirname, '../../subgraphs/demo/data/published-totals.csv'));
const LAST_DAY = '2025-12-31';

const provinces = [...demoProvinces()];
const agencies = [...demoAgencies()];
const plans = [...demoPlans()];
const calls = [...demoCalls()];
const cases = [...demoCases()];
const handovers = [...demoHandovers()];
const victims = [...demoVictims()];
const supports = [...demoSupports()];

const callById = byId(calls);
const caseById = byId(cases);
const handoverById = byId(handovers);
const victimById = byId(victims);

describe('the demo records reproduce', () => {
  it.each(PUBLISHED)('the published totals of $label', (row) => {
    const inPeriod = (rows: CsvRow[], column: string) => rows.filter((one) => within(one[column], row['from'], row['to']));
    const received = inPeriod(calls, 'receivedAt');
    expect(received).toHaveLength(Number(row['calls']));
    expect(count(received, (call) => call['category'] ?? '')).toEqual({
      INFORMATION: Number(row['information']),
      COUNSELLING: Number(row['counselling']),
      REFERRAL: Number(row['referral']),
    });
    expect(inPeriod(cases, 'openedAt')).toHaveLength(Number(row['referral']));
    if (row['victims']) expect(inPeriod(victims, 'registeredAt')).toHaveLength(Number(row['victims']));
    if (row['handovers']) expect(inPeriod(sent(), 'sentAt')).toHaveLength(Number(row['handovers']));
  });

  it('the reported shares of callers', () => {
    const { UNKNOWN: _, ...known } = count(calls, (row) => row['callerType'] ?? '');
    const all = sum(Object.values(known));
    const shares = Object.fromEntries(Object.entries(known).map(([type, n]) => [type, (100 * n) / all]));
    for (const [type, share] of Object.entries({ PUBLIC: 85.3, RELATIVE_FRIEND: 9.6, OFFICIAL_PRESS: 3.1, VICTIM: 2 })) {
      expect(Math.abs((shares[type] ?? 0) - share), type).toBeLessThan(0.5);
    }
  });
});

describe('the demo records', () => {
  it('are the same whenever they are generated', async () => {
    vi.resetModules();
    const again = {
      ...(await import('#demo/agencies.ts')),
      ...(await import('#demo/calls.ts')),
      ...(await import('#demo/referrals.ts')),
      ...(await import('#demo/victims.ts')),
    };
    const { demoProvinces, demoAgencies, demoPlans, demoCalls, demoCases, demoHandovers, demoVictims, demoSupports } = again;
    const generators = [demoProvinces, demoAgencies, demoPlans, demoCalls, demoCases, demoHandovers, demoVictims, demoSupports];
    expect(digest(generators.map((generate) => [...generate()]))).toBe(digest([provinces, agencies, plans, calls, cases, handovers, victims, supports]));
  });

  it.each([
    ['provinces', agencyImports['provinces'], provinces],
    ['agencies', agencyImports['agencies'], agencies],
    ['plans', agencyImports['plans'], plans],
    ['provinces, elsewhere', callImports['provinces'], provinces],
    ['agencies, elsewhere', callImports['agencies'], agencies],
    ['calls', callImports['calls'], calls],
    ['cases', referralImports['cases'], cases],
    ['handovers', referralImports['handovers'], handovers],
    ['victims', victimImports['victims'], victims],
    ['supports', victimImports['supports'], supports],
  ] as const)('pass every check of the import: %s', (_, spec, rows) => {
    if (spec === undefined) throw new Error('expected an import spec');
    expect(rows.length).toBeGreaterThan(0);
    expect(faultsOf(spec, rows, referencesOf(provinces, agencies))).toEqual([]);
  });

  it('say that they are synthetic', () => {
    const records = [...calls, ...cases, ...handovers, ...victims, ...supports];
    expect(records.filter(({ source }) => source !== 'demo')).toEqual([]);
  });

  it('have nothing after their last day', () => {
    const moments = [...calls, ...cases, ...handovers, ...victims, ...supports].flatMap((row) => Object.values(row).filter((cell) => cell.endsWith('+07:00')));
    expect(moments.sort().at(-1)?.slice(0, 10)).toBe(LAST_DAY);
  });

  it('refer to records that are there', () => {
    expect(cases.filter((row) => !callById.has(row['call'] ?? ''))).toEqual([]);
    expect([...handovers, ...victims].filter((row) => !caseById.has(row['case'] ?? ''))).toEqual([]);
    expect(handovers.filter((row) => row['redirectedFrom'] && !handoverById.has(row['redirectedFrom']))).toEqual([]);
    expect(supports.filter((row) => !victimById.has(row['victim'] ?? ''))).toEqual([]);
  });

  it('lie in a province of the scheme that was in force', () => {
    const placed = [
      ...[...calls, ...cases].map((row) => [row['receivedAt'] ?? row['openedAt'], row['province']]),
      ...victims.map((row) => [row['registeredAt'], row['originProvince']]),
    ];
    for (const [moment = '', province = ''] of placed) {
      if (province.startsWith(moment < '2025-07-01' ? 'VN63:' : 'VN34:')) continue;
      expect.fail(`${province} on ${moment}`);
    }
  });

  it.each<[CodeListName, () => Record<string, number>]>([
    ['CallCategory', () => values(calls, 'category')],
    ['CallTopic', () => values(calls, 'topics')],
    ['CallerType', () => values(calls, 'callerType')],
    ['CallerType', () => values(cases, 'callerType')],
    ['CallerAgeBand', () => values(calls, 'callerAgeBand')],
    ['CallChannel', () => values(calls, 'channel')],
    ['Sex', () => values(calls, 'callerSex')],
    ['CaseStage', () => values(cases, 'stage')],
    ['HandoverState', () => values(handovers, 'state')],
    ['LegalBasis', () => values(handovers, 'legalBasis')],
    ['RejectionReason', () => values(handovers, 'rejectionReason')],
    ['LegalStatus', () => values(victims, 'legalStatus')],
    ['Sex', () => values(victims, 'sex')],
    ['EthnicityGroup', () => values(victims, 'ethnicity')],
    ['Act', () => values(victims, 'acts')],
    ['Means', () => values(victims, 'means')],
    ['Purpose', () => values(victims, 'purposes')],
    ['SupportType', () => values(supports, 'type')],
  ])('have every code of %s', (list, found) => {
    expect(Object.keys(found()).sort()).toEqual(Object.keys(CODE_LISTS[list]).sort());
  });
});

describe('a demo case', () => {
  it('is what the referral call became, on the same day and in the same place', () => {
    expect(cases.map((row) => row['call'])).toEqual(calls.filter((row) => row['category'] === 'REFERRAL').map((row) => row['externalId']));
    for (const row of cases) {
      const call = callById.get(row['call'] ?? '');
      expect({ at: row['callReceivedAt'], by: row['callerType'], in: row['province'] }).toEqual({
        at: call?.['receivedAt'],
        by: call?.['callerType'],
        in: call?.['province'],
      });
      expect(dayIn(row['openedAt'] ?? '')).toBe(dayIn(call?.['receivedAt'] ?? ''));
      expect((row['openedAt'] ?? '') >= (call?.['receivedAt'] ?? '')).toBe(true);
    }
  });

  it('of an old year is closed nearly always', () => {
    const old = cases.filter((row) => (row['openedAt'] ?? '') < '2023');
    expect(old.filter((row) => row['stage'] === 'CLOSED').length / old.length).toBeGreaterThan(0.95);
  });

  it('has ended its handovers when it is closed', () => {
    for (const row of handovers) {
      const closed = caseById.get(row['case'] ?? '')?.['closedAt'];
      if (!closed) continue;
      expect(['COMPLETED', 'REJECTED', 'REVOKED', 'DRAFT']).toContain(row['state']);
      for (const column of ['createdAt', 'sentAt', 'completedAt', 'rejectedAt', 'revokedAt']) expect((row[column] ?? '') <= closed).toBe(true);
    }
  });
});

describe('a demo handover', () => {
  it('is answered after it was sent', () => {
    for (const row of handovers) {
      for (const column of ['rejectedAt', 'revokedAt']) {
        const before = ['createdAt', 'sentAt', 'acknowledgedAt', 'acceptedAt', 'startedAt'].map((name) => row[name] ?? '');
        if (row[column]) for (const moment of before) expect(moment <= row[column]).toBe(true);
      }
    }
  });

  it('that redirects points back to a rejected one of its case, at another agency', () => {
    const redirects = handovers.filter((row) => row['redirectedFrom']);
    expect(redirects.length).toBeGreaterThan(20);
    for (const row of redirects) {
      const before = handoverById.get(row['redirectedFrom'] ?? '');
      expect(before).toMatchObject({ case: row['case'], state: 'REJECTED' });
      expect(before?.['toAgency']).not.toBe(row['toAgency']);
      expect((before?.['rejectedAt'] ?? '') <= (row['createdAt'] ?? '')).toBe(true);
    }
  });

  it.each(['SENT', 'ACKNOWLEDGED'])('may be %s and beyond its deadline on the last day', (state) => {
    expect(handovers.filter((row) => row['state'] === state && (row['sentAt'] ?? '') < '2025-12-28').length).toBeGreaterThan(0);
  });

  it("rests on the law towards the police, on consent towards the women's union, which is missing now and then", () => {
    const basis = (agency: string) =>
      count(
        sent().filter((row) => row['toAgency'] === agency),
        (row) => row['legalBasis'] ?? '',
      );
    const most = (counts: Record<string, number>) => Object.entries(counts).sort((a, b) => b[1] - a[1])[0]?.[0];
    expect(most(basis('c02'))).toBe('STATUTORY_REPORT');
    expect(most(basis('pcmt-bdbp'))).toBe('STATUTORY_REPORT');
    expect(most(basis('hlhpn'))).toBe('CONSENT');
    expect(basis('hlhpn')['']).toBeGreaterThan(0);
  });
});

describe('a demo person', () => {
  it('is identified as a victim on an act, a purpose, and a means unless under 18', () => {
    for (const row of victims) {
      const identified = row['legalStatus'] === 'VICTIM';
      expect(row['identifiedAt'] !== '').toBe(identified);
      if (!identified) continue;
      expect((row['identifiedAt'] ?? '') >= (row['registeredAt'] ?? '')).toBe(true);
      expect(row['acts']).not.toBe('');
      expect(['', 'UNKNOWN']).not.toContain(row['purposes']);
      const minor = row['ageAtTrafficking'] !== '' && Number(row['ageAtTrafficking']) < 18;
      expect(row['means'] !== '' || minor).toBe(true);
    }
  });

  it('is registered once the case is open, of every age band, within Vietnam, abroad and where it is not known', () => {
    for (const row of victims) expect((row['registeredAt'] ?? '') >= (caseById.get(row['case'] ?? '')?.['openedAt'] ?? '')).toBe(true);
    const ages = victims.map((row) => row['ageAtTrafficking'] ?? '');
    expect(ages).toContain('');
    const bands = [0, 11, 15, 16, 18, 121];
    for (const [i, from] of bands.slice(0, -1).entries()) {
      expect(ages.some((age) => age !== '' && Number(age) >= from && Number(age) < (bands[i + 1] ?? 0))).toBe(true);
    }
    expect(Object.keys(count(victims, (row) => row['destinationCountry'] ?? ''))).toEqual(expect.arrayContaining(['', 'VN', 'CN', 'KH']));
  });

  it('stays in a shelter beyond 120 days now and then, and some still stay on the last day', () => {
    const stays = supports.filter((row) => row['inShelter'] === 'true');
    const days = (row: CsvRow) => (Date.parse(row['endedAt'] || `${LAST_DAY}T23:59+07:00`) - Date.parse(row['startedAt'] ?? '')) / 86_400_000;
    expect(stays.filter((row) => days(row) > 120).length).toBeGreaterThan(10);
    expect(stays.filter((row) => row['endedAt'] === '' && days(row) > 90).length).toBeGreaterThan(0);
  });

  it('is supported by an agency that has accepted the case, or by the hotline', () => {
    const accepted = new Set(handovers.filter((row) => row['acceptedAt']).map((row) => `${row['case']} ${row['toAgency']}`));
    for (const row of supports) {
      if (row['agency'] !== 'cuc-tre-em') expect(accepted).toContain(`${victimById.get(row['victim'] ?? '')?.['case']} ${row['agency']}`);
    }
    expect(Object.keys(count(supports, (row) => row['agency'] ?? '')).sort()).toEqual(['c02', 'cuc-tre-em', 'hlhpn', 'pcmt-bdbp']);
  });
});

describe('the demo agencies', () => {
  it('have the hotline under another ministry from 1 March 2025 on', () => {
    const versions = agencies.filter(({ id }) => id === 'cuc-tre-em').map(({ parentEn, validFrom, validTo }) => [parentEn, validFrom, validTo]);
    expect(versions).toEqual([
      ['Ministry of Labour, Invalids and Social Affairs', '', '2025-02-28'],
      ['Ministry of Health', '2025-03-01', ''],
    ]);
  });
});

function sent(): CsvRow[] {
  return handovers.filter((row) => row['state'] !== 'DRAFT');
}

function within(moment: string | undefined, from: string | undefined, to: string | undefined): boolean {
  const day = dayIn(moment ?? '');
  return day >= (from ?? '') && day <= (to ?? '');
}

function values(rows: CsvRow[], column: string): Record<string, number> {
  return count(rows, (row) => (row[column] ? row[column].split(';') : []));
}

function byId(rows: CsvRow[]): Map<string, CsvRow> {
  const map = new Map(rows.map((row) => [row['externalId'] ?? '', row]));
  expect(map.size, 'external ids tell rows apart').toBe(rows.length);
  return map;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function digest(rows: unknown): string {
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

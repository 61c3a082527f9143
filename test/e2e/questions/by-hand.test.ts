/** A dozen records of March 2024, written by hand, and the figures that they must give, worked out by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoAgencies } from '#demo/agencies.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCsv } from '../../testkit/csv-files.ts';
import { runImport } from '../../testkit/import-command.ts';
import { ask, ENGINE, type Stack, startStack } from '../../testkit/stack.ts';
import type { CsvRow } from '../../testkit/tally.ts';
import { expectWellMade, figuresOnly } from './answers.ts';

const ROOT = join(import.meta.dirname, '../../..');
const HOTLINE = 'cuc-tre-em';
const MARCH = { from: '2024-03-01', to: '2024-03-31' };
const FROM_THE_START = { from: '2013-10-01', to: '2100-12-31' };

const march = (day: string, time: string) => `2024-03-${day}T${time}:00+07:00`;
/** An hour over so many days ago, so that as many are completed however long the test takes. */
const daysAgo = (days: number) => new Date(Date.now() - (days * 24 + 1) * 3_600_000).toISOString();
/** Rows with the columns of all of them, empty where a row has none. */
const rows = (...given: CsvRow[]): CsvRow[] => {
  const empty = Object.fromEntries(given.flatMap((row) => Object.keys(row)).map((name) => [name, '']));
  return given.map((row) => ({ ...empty, source: 'by-hand', ...row }));
};
const inHanoi = { province: 'VN63:01', agency: HOTLINE };
const inHaGiang = { province: 'VN63:02', agency: HOTLINE };

const RECORDS = {
  calls: rows(
    { externalId: 'K1', receivedAt: march('01', '08:00'), category: 'REFERRAL', callerType: 'VICTIM', ...inHanoi },
    // Nobody noted where from, and who took it.
    { externalId: 'K2', receivedAt: march('02', '08:00'), category: 'REFERRAL', callerType: 'RELATIVE_FRIEND' },
    { externalId: 'K3', receivedAt: march('03', '08:00'), category: 'INFORMATION', callerType: 'PUBLIC', ...inHaGiang },
  ),
  cases: rows(
    {
      externalId: 'C1',
      call: 'K1',
      callReceivedAt: march('01', '08:00'),
      callerType: 'VICTIM',
      openedAt: march('01', '09:00'),
      stage: 'SUPPORTING',
      ...inHanoi,
    },
    // Without a call, a province, an agency.
    { externalId: 'C2', openedAt: march('05', '08:00'), stage: 'RECEIVED' },
    {
      ...{ externalId: 'C3', call: 'K2', callReceivedAt: march('02', '08:00'), callerType: 'RELATIVE_FRIEND' },
      ...{ openedAt: march('06', '08:00'), stage: 'VERIFYING', ...inHaGiang },
    },
  ),
  handovers: rows(
    // Accepted a day after it was sent, then revoked.
    {
      ...{ externalId: 'H1', case: 'C1', fromAgency: HOTLINE, toAgency: 'c02', state: 'REVOKED', legalBasis: 'STATUTORY_REPORT' },
      ...{ createdAt: march('01', '09:30'), sentAt: march('01', '10:00'), acknowledgedAt: march('01', '11:00') },
      ...{ acceptedAt: march('02', '10:00'), revokedAt: march('03', '10:00') },
    },
    // Rejected after four days, and redirected.
    {
      ...{ externalId: 'H2', case: 'C1', fromAgency: HOTLINE, toAgency: 'pcmt-bdbp', state: 'REJECTED', legalBasis: 'STATUTORY_REPORT' },
      ...{ createdAt: march('04', '09:30'), sentAt: march('04', '10:00'), acknowledgedAt: march('04', '12:00') },
      ...{ rejectedAt: march('08', '10:00'), rejectionReason: 'OUTSIDE_JURISDICTION' },
    },
    {
      ...{ externalId: 'H3', case: 'C1', fromAgency: HOTLINE, toAgency: 'hlhpn', state: 'COMPLETED', legalBasis: 'CONSENT', redirectedFrom: 'H2' },
      ...{ createdAt: march('08', '10:30'), sentAt: march('08', '11:00'), acknowledgedAt: march('08', '12:00') },
      ...{ acceptedAt: march('09', '11:00'), startedAt: march('09', '12:00'), completedAt: march('20', '12:00') },
    },
    // Waits ever since, and without consent.
    {
      ...{ externalId: 'H4', case: 'C2', fromAgency: HOTLINE, toAgency: 'hlhpn', state: 'SENT' },
      ...{ createdAt: march('05', '09:30'), sentAt: march('05', '10:00') },
    },
    { externalId: 'H5', case: 'C3', fromAgency: HOTLINE, toAgency: 'c02', state: 'DRAFT', createdAt: march('06', '09:30') },
  ),
  victims: rows(
    {
      ...{ externalId: 'V1', case: 'C1', registeredAt: march('10', '08:00'), legalStatus: 'VICTIM', ageAtTrafficking: '15', agency: 'c02' },
      ...{ originProvince: 'VN63:01', destinationCountry: 'CN', purposes: 'SEXUAL_EXPLOITATION;FORCED_LABOUR' },
    },
    // An accompanying minor of unknown age, origin and agency.
    { externalId: 'V2', case: 'C1', registeredAt: march('10', '08:00'), legalStatus: 'ACCOMPANYING_MINOR' },
    // Without a case.
    {
      ...{ externalId: 'V3', registeredAt: march('11', '08:00'), legalStatus: 'VICTIM', ageAtTrafficking: '30', agency: 'c02' },
      ...{ originProvince: 'VN63:02', destinationCountry: 'VN', purposes: 'FORCED_LABOUR' },
    },
    // No victim, yet with a purpose.
    {
      ...{ externalId: 'V4', case: 'C2', registeredAt: march('12', '08:00'), legalStatus: 'NOT_VICTIM', ageAtTrafficking: '17', agency: 'hlhpn' },
      ...{ originProvince: 'VN63:02', purposes: 'FORCED_LABOUR' },
    },
    // The case was drafted to an agency, and sent to none.
    { externalId: 'V5', case: 'C3', registeredAt: march('13', '08:00'), legalStatus: 'IN_IDENTIFICATION', ageAtTrafficking: '12', purposes: 'UNKNOWN' },
    {
      ...{ externalId: 'V6', case: 'C2', registeredAt: march('14', '08:00'), legalStatus: 'VICTIM', ageAtTrafficking: '20', agency: 'hlhpn' },
      ...{ originProvince: 'VN63:02', destinationCountry: 'VN', purposes: 'FORCED_LABOUR' },
    },
  ),
  supports: rows(
    { externalId: 'S1', victim: 'V1', type: 'ESSENTIAL_NEEDS', startedAt: daysAgo(106), inShelter: 'true', agency: 'hlhpn' },
    { externalId: 'S2', victim: 'V1', type: 'ESSENTIAL_NEEDS', startedAt: daysAgo(121), inShelter: 'true' },
    // The limit to the minute: not beyond it.
    {
      ...{ externalId: 'S3', victim: 'V1', type: 'ESSENTIAL_NEEDS', inShelter: 'true', agency: 'hlhpn' },
      ...{ startedAt: march('10', '00:00'), endedAt: '2024-07-08T00:00:00+07:00' },
    },
    { externalId: 'S4', victim: 'V3', type: 'MEDICAL', startedAt: march('12', '00:00'), inShelter: 'false' },
  ),
};

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ demo: false });
  await load('provinces', join(ROOT, 'subgraphs/demo/data/provinces.csv'));
  for (const [kind, written] of Object.entries({ agencies: [...demoAgencies()], ...RECORDS })) {
    await load(kind, writeCsv(join(stack.folder, `${kind}.csv`), written));
  }
}, 240_000);
afterAll(() => stack?.stop());

async function load(kind: string, file: string): Promise<void> {
  const { code, output } = await runImport(stack.env, kind, file);
  expect(code, output).toBe(0);
}

// biome-ignore lint/suspicious/noExplicitAny: cells of an answer are read by paths that the tests know.
type Cell = any;

/** The cells that a document gives, by their province and agency; figures alone. */
async function figures(document: string, variables: object, root = 'statistics'): Promise<Record<string, Cell>> {
  const text = readFileSync(join(ROOT, 'schema/operations', `${document}.graphql`), 'utf8');
  const { data, errors } = await ask(stack.gateway, text, { period: MARCH, ...variables });
  expect(errors).toBeUndefined();
  for (const cell of data[root]) expectWellMade(cell);
  return Object.fromEntries(figuresOnly(data[root]).map((cell: Cell) => [cell.province?.id ?? cell.agency?.id ?? 'all', cell]));
}

const ratio = (numerator: number, denominator: number) => ({ numerator, denominator, value: denominator === 0 ? null : numerator / denominator });
const times = (observations: number, minutes: number | null) => ({ observations, medianMinutes: minutes, p90Minutes: minutes });

describe(`records by hand on ${ENGINE}`, () => {
  const steps = ({ calls, referrals, victims }: Cell) => [
    ...[calls.total, referrals.cases, referrals.casesFromCalls, referrals.handovers, referrals.accepted],
    ...[victims.persons, victims.identified, victims.supported, victims.identifiedSupported],
  ];

  it('5: from calls to support', async () => {
    const { all } = await figures('FromCallsToSupport', {});
    expect(steps(all)).toEqual([3, 3, 2, 4, 1, 6, 3, 2, 2]);
  });

  it('5: by agency, each in its own role, and none where none is recorded', async () => {
    const cells = await figures('FromCallsToSupport', { by: ['AGENCY'] });
    expect(steps(cells[HOTLINE])).toEqual([2, 2, 2, 0, 0, 0, 0, 0, 0]);
    expect(steps(cells['c02'])).toEqual([0, 0, 0, 1, 0, 2, 2, 2, 2]);
    expect(steps(cells['hlhpn'])).toEqual([0, 0, 0, 2, 1, 2, 1, 0, 0]);
    expect(steps(cells['pcmt-bdbp'])).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('5: by province, and none where none is recorded', async () => {
    const { 'VN63:01': hanoi, 'VN63:02': haGiang, ...others } = await figures('FromCallsToSupport', { by: ['PROVINCE'] });
    expect(steps(hanoi)).toEqual([1, 1, 1, 3, 1, 1, 1, 1, 1]);
    expect(steps(haGiang)).toEqual([1, 1, 1, 0, 0, 3, 2, 1, 1]);
    expect(
      Object.values(others)
        .flatMap(steps)
        .every((n) => n === 0),
    ).toBe(true);
  });

  it('7: what was accepted and revoked is neither accepted nor rejected', async () => {
    const cells = await figures('AcceptanceByAgency', {});
    expect(cells['c02'].referrals).toMatchObject({ accepted: 0, rejected: 0, acceptanceRate: ratio(0, 0), rejectionRate: ratio(0, 0) });
    expect(cells['hlhpn'].referrals).toMatchObject({ accepted: 1, rejected: 0, acceptanceRate: ratio(1, 1) });
    const { accepted, rejected, rejectionRate, handoversByRejectionReason } = cells['pcmt-bdbp'].referrals;
    expect({ accepted, rejected, rejectionRate }).toEqual({ accepted: 0, rejected: 1, rejectionRate: ratio(1, 1) });
    expect(handoversByRejectionReason.filter((one: Cell) => one.handovers > 0)).toEqual([
      { rejectionReason: 'OUTSIDE_JURISDICTION', handovers: 1, share: ratio(1, 1) },
    ]);
  });

  it('10: what was accepted and revoked was decided', async () => {
    const cells = await figures('VerificationsBeyondDeadline', {});
    const of = (agency: string) => [cells[agency].referrals.handovers, cells[agency].referrals.verification];
    expect(of('c02')).toEqual([1, { deadlineDays: 3, overdue: 0, decided: 1, decidedLate: 0, lateShare: ratio(0, 1) }]);
    expect(of('hlhpn')).toEqual([2, { deadlineDays: 3, overdue: 1, decided: 1, decidedLate: 0, lateShare: ratio(0, 1) }]);
    expect(of('pcmt-bdbp')).toEqual([1, { deadlineDays: 3, overdue: 0, decided: 1, decidedLate: 1, lateShare: ratio(1, 1) }]);
    // What is overdue counts when it was sent.
    const later = await figures('VerificationsBeyondDeadline', { period: { from: '2024-04-01', to: '2100-12-31' } });
    expect(later['hlhpn'].referrals.verification.overdue).toBe(0);
  });

  it('12: shares by purpose are of those with an answer, shares by destination of all', async () => {
    const { victims } = (await figures('VictimsByPurposeAndDestination', {}))['all'];
    expect(victims).toMatchObject({ persons: 6, identified: 3, purposeAnswered: 4 });
    expect(victims.byPurpose.filter((one: Cell) => one.persons > 0)).toEqual([
      { purpose: 'SEXUAL_EXPLOITATION', persons: 1, share: ratio(1, 4) },
      { purpose: 'FORCED_LABOUR', persons: 4, share: ratio(4, 4) },
      { purpose: 'UNKNOWN', persons: 1, share: null },
    ]);
    expect(victims.byDestination).toEqual([
      { destinationCountry: null, domestic: null, persons: 3, share: ratio(3, 6) },
      { destinationCountry: 'VN', domestic: true, persons: 2, share: ratio(2, 6) },
      { destinationCountry: 'CN', domestic: false, persons: 1, share: ratio(1, 6) },
    ]);
    const labour = victims.byPurposeAndDestination.filter((one: Cell) => one.purpose === 'FORCED_LABOUR');
    expect(labour.map((one: Cell) => `${one.destinationCountry} ${one.domestic} ${one.persons}`).sort()).toEqual(['CN false 1', 'VN true 2', 'null null 1']);
  });

  it('15: whose calls led to the victims', async () => {
    const { calls, victims } = (await figures('CallersWhoLedToVictims', {}))['all'];
    expect([calls.total, victims.identified]).toEqual([3, 3]);
    const { byCallerType, ...cases } = victims.identifiedCases;
    expect(cases).toEqual({ persons: 2, cases: 2, withoutCase: 1, withoutCall: { cases: 1, persons: 1 }, unknown: { cases: 0, persons: 0 } });
    expect(byCallerType.filter((one: Cell) => one.cases > 0)).toEqual([{ callerType: 'VICTIM', cases: 1, persons: 1, share: ratio(1, 1) }]);
  });

  it('16: to whom minors were referred, accompanying ones of unknown age among them', async () => {
    const { victims } = (await figures('MinorsReferredByAgency', {}))['all'];
    expect(victims.minorCases).toEqual({
      ...{ persons: 4, withoutCase: 0, referred: 3, referredShare: ratio(3, 4) },
      byAgency: [
        // Two of the case of a week and two hours, one of that of two hours.
        { agency: { id: 'hlhpn' }, persons: 3, share: ratio(3, 3), openedToSent: times(3, 10_200), sentToAccepted: times(2, 1440) },
        { agency: { id: 'c02' }, persons: 2, share: ratio(2, 3), openedToSent: times(2, 60), sentToAccepted: times(2, 1440) },
        { agency: { id: 'pcmt-bdbp' }, persons: 2, share: ratio(2, 3), openedToSent: times(2, 4380), sentToAccepted: times(0, null) },
      ],
    });
  });

  it('18: stays near the limit and beyond it, those of no agency in the total alone', async () => {
    const asked = { period: FROM_THE_START };
    const limits = { limitDays: 120, nearDays: 14 };
    const { hlhpn, ...others } = await figures('ShelterStaysNearLimit', asked);
    expect(hlhpn.victims.shelterStays).toEqual({ ...limits, open: 1, near: 1, beyond: 0, ended: 1, endedBeyond: 0, shareBeyond: ratio(0, 2) });
    for (const { victims } of Object.values(others)) expect(victims.shelterStays).toMatchObject({ open: 0, near: 0, beyond: 0, ended: 0, endedBeyond: 0 });
    const { all } = await figures('ShelterStaysNearLimit', asked, 'total');
    expect(all.victims.shelterStays).toEqual({ ...limits, open: 2, near: 1, beyond: 1, ended: 1, endedBeyond: 0, shareBeyond: ratio(1, 3) });
  });

  it('20: cases with several agencies, rejected and revoked handovers among them, drafts not', async () => {
    const { referrals } = (await figures('CasesWithSeveralAgencies', {}))['all'];
    expect(referrals).toMatchObject({ cases: 3, handovers: 4, handoversPerCase: ratio(4, 3) });
    expect(referrals.casesByHandovers.map((one: Cell) => [one.handovers, one.cases])).toEqual([0, 1, 3].map((n) => [n, 1]));
    expect(referrals.casesByAgencies.map((one: Cell) => [one.agencies, one.cases])).toEqual([0, 1, 3].map((n) => [n, 1]));
    expect(referrals.agencyPairs.map((one: Cell) => `${one.first.id} ${one.second.id} ${one.cases}`)).toEqual([
      ...['c02 hlhpn 1', 'c02 pcmt-bdbp 1', 'hlhpn pcmt-bdbp 1'],
    ]);
    expect(referrals.sharedCases).toEqual({ cases: 1, share: ratio(1, 3), persons: 2, identified: 1 });
    expect(referrals.missingConsent).toEqual({ needed: 2, missing: 1, share: ratio(1, 2) });
  });
});

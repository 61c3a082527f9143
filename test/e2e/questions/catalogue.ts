/** The twenty questions: by which document each is asked, with which variables, and which figures of the testkit its cells hold. */

/** A part of the variables of `statistics`, as a document passes them on. */
export interface Asked {
  readonly period: { readonly from: string; readonly to: string };
  readonly interval?: 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR' | null;
  readonly by?: readonly ('PROVINCE' | 'AGENCY')[];
  readonly geography?: 'AS_RECORDED' | 'VN34' | 'VN63';
}

// biome-ignore lint/suspicious/noExplicitAny: documents have different variables, and each question knows its own.
export type Variables = any;

export interface Question {
  readonly number: number;
  readonly document: string;
  /** Names of figures (testkit/figures.ts) that every cell holds. */
  readonly figures: readonly string[];
  readonly variables: readonly Readonly<Record<string, unknown>>[];
  /** What the document asks of `statistics`, by the field of the answer. `figures`: those of its cells, where they are others. */
  readonly roots: (variables: Variables) => Readonly<Record<string, Asked & { readonly figures?: readonly string[] }>>;
}

const days = (from: string, to: string) => ({ from, to });
const Y2021 = days('2021-01-01', '2021-12-31');
const ALL_YEARS = days('2013-10-01', '2026-12-31');

/** Whole periods and odd days, and one by month, province and agency. */
const GROUPINGS = [
  { period: Y2021 },
  { period: days('2013-10-09', '2021-09-17'), interval: 'YEAR', by: ['AGENCY'] },
  { period: days('2020-11-03', '2021-02-20'), interval: 'MONTH', by: ['PROVINCE', 'AGENCY'], geography: 'VN34' },
  { period: days('2024-01-01', '2025-12-31'), interval: 'QUARTER', by: ['PROVINCE'] },
];
const PERIODS = [
  { period: days('2024-07-01', '2024-09-30') },
  { period: days('2013-12-05', '2025-11-30'), interval: 'MONTH' },
  { period: ALL_YEARS, interval: 'YEAR' },
];
const one = (variables: Variables) => ({ statistics: variables });
const byAgency = (variables: Variables) => ({ statistics: { ...variables, by: ['AGENCY'] as const } });
const byAgencyAndTotal = (variables: Variables) => ({ ...byAgency(variables), total: variables });

export const QUESTIONS: readonly Question[] = [
  {
    number: 1,
    document: 'CallsByCategoryCompared',
    figures: ['calls.total', 'calls.byCategory'],
    variables: [
      { period: days('2021-07-01', '2021-09-30'), before: days('2021-04-01', '2021-06-30'), yearEarlier: days('2020-07-01', '2020-09-30') },
      {
        period: days('2025-08-01', '2025-08-31'),
        before: days('2025-07-01', '2025-07-31'),
        yearEarlier: days('2024-08-01', '2024-08-31'),
        by: ['PROVINCE', 'AGENCY'],
      },
    ],
    roots: ({ period, before, yearEarlier, by }) => ({ period: { period, by }, before: { period: before, by }, yearEarlier: { period: yearEarlier, by } }),
  },
  {
    number: 2,
    document: 'CallsToDate',
    figures: ['calls.total', 'calls.byCategory'],
    variables: [
      { yearToDate: days('2021-01-01', '2021-09-30'), sinceStart: days('2013-10-01', '2021-09-30') },
      { yearToDate: days('2025-01-01', '2025-06-30'), sinceStart: days('2013-10-01', '2025-06-30'), by: ['PROVINCE'], geography: 'VN63' },
    ],
    roots: ({ yearToDate, sinceStart, by, geography }) => ({
      yearToDate: { period: yearToDate, by, geography },
      sinceStart: { period: sinceStart, by, geography },
    }),
  },
  { number: 3, document: 'ShareOfCallsReferred', figures: ['calls.total', 'referrals.casesFromCalls'], variables: GROUPINGS, roots: one },
  { number: 4, document: 'VictimsPerCase', figures: ['referrals.cases', 'victims.persons'], variables: GROUPINGS, roots: one },
  {
    number: 5,
    document: 'FromCallsToSupport',
    figures: [
      ...['calls.total', 'referrals.cases', 'referrals.casesFromCalls', 'referrals.handovers', 'referrals.accepted'],
      ...['victims.persons', 'victims.identified', 'victims.supported', 'victims.identifiedSupported'],
    ],
    variables: GROUPINGS,
    roots: one,
  },
  { number: 6, document: 'HandoversByAgencyAndState', figures: ['referrals.handovers', 'referrals.handoversByState'], variables: PERIODS, roots: byAgency },
  {
    number: 7,
    document: 'AcceptanceByAgency',
    figures: ['referrals.accepted', 'referrals.rejected', 'referrals.acceptanceRate', 'referrals.rejectionRate', 'referrals.handoversByRejectionReason'],
    variables: PERIODS,
    roots: byAgency,
  },
  {
    number: 8,
    document: 'TimeFromCallToFirstHandover',
    figures: ['calls.total', 'referrals.cases', 'referrals.callToFirstHandover'],
    variables: GROUPINGS,
    roots: one,
  },
  {
    number: 9,
    document: 'TimeToAcceptanceByAgency',
    figures: ['referrals.handovers', 'referrals.sentToAcknowledged', 'referrals.acknowledgedToAccepted', 'referrals.sentToAccepted'],
    variables: PERIODS,
    roots: byAgency,
  },
  { number: 10, document: 'VerificationsBeyondDeadline', figures: ['referrals.handovers', 'referrals.verification'], variables: PERIODS, roots: byAgency },
  {
    number: 11,
    document: 'VictimsBySexAndAge',
    figures: ['victims.persons', 'victims.identified', 'victims.bySexAndAgeBand'],
    variables: GROUPINGS,
    roots: one,
  },
  {
    number: 12,
    document: 'VictimsByPurposeAndDestination',
    figures: [
      ...['victims.persons', 'victims.identified', 'victims.purposeAnswered'],
      ...['victims.byPurpose', 'victims.byPurposeAndDestination', 'victims.byDestination'],
    ],
    variables: GROUPINGS,
    roots: one,
  },
  {
    number: 13,
    document: 'VictimsByProvinceOfOrigin',
    figures: ['victims.persons', 'victims.identified'],
    variables: [
      { period: Y2021, geography: 'VN34' },
      { period: days('2025-01-01', '2025-12-31'), interval: 'MONTH' },
      { period: Y2021, geography: 'VN63' },
    ],
    roots: ({ period, interval, geography }) => ({ statistics: { period, interval, geography, by: ['PROVINCE'] }, total: { period, interval } }),
  },
  {
    number: 14,
    document: 'CallsAndVictimsByProvince',
    figures: ['calls.total', 'victims.persons', 'victims.identified'],
    variables: [{ period: Y2021 }, { period: ALL_YEARS, interval: 'YEAR' }, { period: Y2021, interval: 'MONTH', geography: 'AS_RECORDED' }],
    roots: ({ period, interval, geography = 'VN34' }) => ({
      statistics: { period, interval, geography, by: ['PROVINCE'] },
      total: { period, interval },
    }),
  },
  {
    number: 15,
    document: 'CallersWhoLedToVictims',
    figures: ['victims.identified', 'victims.identifiedCases', 'calls.total', 'calls.byCallerType'],
    variables: GROUPINGS,
    roots: one,
  },
  { number: 16, document: 'MinorsReferredByAgency', figures: ['victims.minorCases'], variables: GROUPINGS, roots: one },
  {
    number: 17,
    document: 'SupportByTypeAndAgency',
    figures: ['victims.supports'],
    variables: PERIODS,
    roots: byAgencyAndTotal,
  },
  { number: 18, document: 'ShelterStaysNearLimit', figures: ['victims.shelterStays'], variables: PERIODS, roots: byAgencyAndTotal },
  {
    number: 19,
    document: 'ResultsByCoordinationPlan',
    figures: [
      ...['calls.total', 'calls.byCategory', 'referrals.cases', 'referrals.casesFromCalls', 'referrals.handovers', 'referrals.accepted'],
      ...['referrals.rejected', 'referrals.acceptanceRate', 'victims.persons', 'victims.identified', 'victims.identifiedSupported'],
    ],
    variables: [{ period: days('2016-01-01', '2025-12-31') }, { period: days('2020-02-03', '2020-12-30') }],
    roots: ({ period }) => ({ total: { period } }),
  },
  {
    number: 20,
    document: 'CasesWithSeveralAgencies',
    figures: [
      ...['referrals.cases', 'referrals.handovers', 'referrals.handoversPerCase', 'referrals.casesByHandovers', 'referrals.casesByAgencies'],
      ...['referrals.agencyPairs', 'referrals.sharedCases', 'referrals.missingConsent'],
    ],
    variables: GROUPINGS,
    roots: one,
  },
];

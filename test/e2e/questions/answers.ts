/** What is true of every answer to one of the twenty questions, whichever it is. */
import { expect } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by paths.
type Json = any;

const CALLS = { 'calls.unit': 'CALLS', 'calls.referral.share': 'CASES/CALLS' };
const REFERRALS = {
  'referrals.caseUnit': 'CASES',
  'referrals.handoverUnit': 'HANDOVERS',
  'referrals.persons.perCase': 'PERSONS/CASES',
  'referrals.handoversPerCase': 'HANDOVERS/CASES',
  'referrals.verification.unit': 'HANDOVERS',
  'referrals.verification.deadlineUnit': 'DAYS',
  'referrals.missingConsent.unit': 'HANDOVERS',
  'referrals.callToFirstHandover.unit': 'MINUTES',
  'referrals.callToFirstHandover.observationUnit': 'CASES',
};
const VICTIMS = {
  'victims.unit': 'PERSONS',
  'victims.supports.unit': 'SUPPORT_SERVICES',
  'victims.shelterStays.unit': 'SUPPORT_SERVICES',
  'victims.shelterStays.limitUnit': 'DAYS',
  'victims.minorCases.byAgency.openedToSent.unit': 'MINUTES',
  'victims.minorCases.byAgency.openedToSent.observationUnit': 'PERSONS',
  'victims.minorCases.byAgency.sentToAccepted.unit': 'MINUTES',
  'victims.minorCases.byAgency.sentToAccepted.observationUnit': 'PERSONS',
};
/** By path within a cell: the unit, or those of numerator and denominator. */
const UNITS: Readonly<Record<string, string>> = { ...CALLS, ...REFERRALS, ...VICTIMS };

/** By path of a breakdown within a cell: where its shares' denominator stands. */
const WHOLES: Readonly<Record<string, (cell: Json) => number>> = {
  'calls.byCategory': ({ calls }) => calls.total,
  'calls.byCallerType': ({ calls }) => calls.total,
  'referrals.handoversByState': ({ referrals }) => referrals.handovers,
  'referrals.handoversByRejectionReason': ({ referrals }) => referrals.rejected,
  'referrals.casesByHandovers': ({ referrals }) => referrals.cases,
  'referrals.casesByAgencies': ({ referrals }) => referrals.cases,
  'referrals.agencyPairs': ({ referrals }) => referrals.cases,
  'referrals.sharedCases': ({ referrals }) => referrals.cases,
  'victims.bySexAndAgeBand': ({ victims }) => victims.persons,
  'victims.byPurpose': ({ victims }) => victims.purposeAnswered,
  'victims.byPurposeAndDestination': ({ victims }) => victims.purposeAnswered,
  'victims.byDestination': ({ victims }) => victims.persons,
  'victims.supports.byType': ({ victims }) => victims.supports.total,
  'victims.identifiedCases.byCallerType': ({ victims }) => victims.identifiedCases.byCallerType.reduce((sum: number, { cases }: Json) => sum + cases, 0),
  'victims.minorCases.byAgency': ({ victims }) => victims.minorCases.referred,
};
const COUNTED = ['total', 'handovers', 'cases', 'persons'];

/** Each figure names its unit, each ratio is what its parts say, and each part of a breakdown is a share of the whole. */
export function expectWellMade(cell: Json): void {
  for (const [path, value] of Object.entries(WHOLES)) {
    const items: Json[] = [path.split('.').reduce((at, name) => at?.[name], cell) ?? []].flat();
    for (const item of items) {
      if (item.share === null) expect(['UNKNOWN', 'DRAFT'], path).toContain(item.purpose ?? item.state);
      else
        expect(item.share, path).toMatchObject({ numerator: item[path === 'referrals.casesByHandovers' ? 'cases' : countOf(item)], denominator: value(cell) });
    }
  }
  visit(cell, []);
}

function countOf(item: Json): string {
  // Cases have persons too: the share is of the cases.
  return COUNTED.find((name) => typeof item[name] === 'number') ?? '';
}

function visit(value: Json, path: readonly string[]): void {
  if (Array.isArray(value)) for (const item of value) visit(item, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  if ('numeratorUnit' in value) expectRatio(value, path);
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name].join('.');
    if (/^unit$|[a-z]Unit$/.test(name) && !('numeratorUnit' in value)) expect(inner, at).toBe(UNITS[at] ?? unitOfTime(at));
    visit(inner, [...path, name]);
  }
}

function expectRatio({ numerator, denominator, value, numeratorUnit, denominatorUnit }: Json, path: readonly string[]): void {
  const at = path.join('.');
  expect(value, at).toBe(denominator === 0 ? null : numerator / denominator);
  expect(`${numeratorUnit}/${denominatorUnit}`, at).toBe(UNITS[at] ?? sameUnits(at));
}

/** Shares are of the same unit as their whole. */
function sameUnits(at: string): string {
  const unit = at.startsWith('calls.') ? 'CALLS' : at.startsWith('victims.') ? unitOfVictims(at) : /case|agencyPairs/i.test(at) ? 'CASES' : 'HANDOVERS';
  return `${unit}/${unit}`;
}

function unitOfVictims(at: string): string {
  if (/supports|shelterStays/.test(at)) return 'SUPPORT_SERVICES';
  return at.includes('identifiedCases') ? 'CASES' : 'PERSONS';
}

function unitOfTime(at: string): string {
  return at.endsWith('.observationUnit') ? 'HANDOVERS' : 'MINUTES';
}

/** Every ministry's part says how fresh it is, and whether its records are synthetic; imported ones are not. */
export function expectProvenance(data: Json, expected: { synthetic: boolean }): void {
  const cells = Object.values(data as Record<string, Json[]>).flat();
  const parts = cells.flatMap((cell) => ['calls', 'referrals', 'victims'].map((name) => cell[name]).filter((part) => part !== undefined && 'asOf' in part));
  expect(parts.length).toBeGreaterThan(0);
  for (const { asOf, synthetic } of parts) {
    expect(Date.now() - Date.parse(asOf)).toBeLessThan(3_600_000);
    expect(synthetic).toBe(expected.synthetic);
  }
}

/** The answer without what says how it was counted: the figures alone. */
export function figuresOnly(value: Json): Json {
  if (Array.isArray(value)) return value.map(figuresOnly);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !/^(unit|asOf|synthetic|nameVi|nameEn)$|[a-z]Unit$/.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, figuresOnly(inner)]));
}

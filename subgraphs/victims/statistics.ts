import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { codes } from '#schema/code-lists.ts';
import {
  byCode,
  countOver,
  loadCounts,
  loadTogether,
  loadTotal,
  loadUnassigned,
  loadUnlocated,
  mostFirst,
  type Ratio,
  ratio,
  resolveCell,
  share,
  sum,
} from '#shared/figures.ts';
import { reference } from '#shared/records.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { readCases, readOpenStays, readPersons } from './loaders.ts';

/** What is counted here, support apart. */
export function unit() {
  return 'PERSONS';
}

/** Persons registered. */
export function persons(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'victim', 'total');
}

/** Persons whose province of origin is not known. */
export function unlocated(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnlocated(context, cell, 'victim', 'total');
}

/** Persons registered by an agency that is not known. */
export function unassigned(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnassigned(context, cell, 'victim', 'total');
}

/** Persons whose legal status is that of a victim. */
export async function identified(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await loadCounts(context, cell, 'victim', 'legalStatus')).get('VICTIM') ?? 0;
}

/** Persons with any support. */
export function supported(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'victim', 'supported');
}

/** Victims with any support. */
export async function identifiedSupported(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await loadCounts(context, cell, 'victim', 'supported')).get('identified') ?? 0;
}

/** Persons by sex and age band: every combination. */
export async function bySexAndAgeBand(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'victim', 'sexAndAgeBand'), persons(cell, context)]);
  return codes('Sex').flatMap((sex) =>
    codes('VictimAgeBand').map((ageBand) => {
      const n = counts.get(`${sex}|${ageBand}`) ?? 0;
      return { sex, ageBand, persons: n, share: share(n, whole, 'PERSONS') };
    }),
  );
}

/** Persons by purpose, each as a share of those with any answer. */
export async function byPurpose(cell: StatisticsCell, context: RequestContext) {
  const [counts, answered] = await Promise.all([loadCounts(context, cell, 'victim', 'purpose'), purposeAnswered(cell, context)]);
  return codes('Purpose').map((purpose) => {
    const n = counts.get(purpose) ?? 0;
    return { purpose, persons: n, share: shareOfAnswered(purpose, n, answered) };
  });
}

/** Persons by purpose and country of destination; the most first. */
export async function byPurposeAndDestination(cell: StatisticsCell, context: RequestContext) {
  const [counts, answered] = await Promise.all([loadCounts(context, cell, 'victimPlace', 'purposeAndDestination'), purposeAnswered(cell, context)]);
  return mostFirst(counts).map(([value, n]) => {
    const [purpose = '', country] = value.split('|');
    return { purpose, ...destination(country, context), persons: n, share: shareOfAnswered(purpose, n, answered) };
  });
}

/** Persons with any answer on purpose. */
export async function purposeAnswered(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await loadCounts(context, cell, 'victim', 'purposeAnswered')).get('true') ?? 0;
}

/** Persons by legal status. */
export async function byLegalStatus(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'victim', 'legalStatus'), persons(cell, context)]);
  return byCode(counts, 'LegalStatus', 'legalStatus', 'persons', whole, 'PERSONS');
}

/** Persons by ethnicity. */
export async function byEthnicity(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'victim', 'ethnicity'), persons(cell, context)]);
  return byCode(counts, 'EthnicityGroup', 'ethnicity', 'persons', whole, 'PERSONS');
}

/** Persons by province of origin as recorded; the most first. */
export async function byOriginProvince(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'victimPlace', 'originProvince'), persons(cell, context)]);
  return mostFirst(counts).flatMap(([id, n]) =>
    id === '' ? [] : [{ originProvince: reference('Province', id), persons: n, share: share(n, whole, 'PERSONS') }],
  );
}

/** Persons by country of destination, each as a share of all persons; the most first. */
export async function byDestination(cell: StatisticsCell, context: RequestContext) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'victimPlace', 'destination'), persons(cell, context)]);
  return mostFirst(counts).map(([country, n]) => ({ ...destination(country, context), persons: n, share: share(n, whole, 'PERSONS') }));
}

/** Support services begun. */
export async function supports(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'support', 'type');
  const total = sum(counts);
  return {
    unit: 'SUPPORT_SERVICES',
    total,
    unlocated: () => loadUnlocated(context, cell, 'support', 'total'),
    unassigned: () => loadUnassigned(context, cell, 'support', 'total'),
    byType: byCode(counts, 'SupportType', 'type', 'total', total, 'SUPPORT_SERVICES'),
  };
}

/** Stays in a shelter: those that go on are looked through now, those that ended were counted by their days. */
export async function shelterStays(cell: StatisticsCell, context: RequestContext) {
  const [limitDays, nearDays] = [Number(context.settings['SHELTER_DAYS']), Number(context.settings['SHELTER_NEAR_DAYS'])];
  const [ended, open] = await Promise.all([
    loadCounts(context, cell, 'stay', 'days'),
    loadTogether(context, 'open stays', cell, (cells) => readOpenStays(context, cells, limitDays, nearDays)),
  ]);
  const endedBeyond = countOver(ended, limitDays);
  return {
    unit: 'SUPPORT_SERVICES',
    limitUnit: 'DAYS',
    limitDays,
    nearDays,
    ...open,
    ended: sum(ended),
    endedBeyond,
    shareBeyond: share(open.beyond + endedBeyond, open.open + sum(ended), 'SUPPORT_SERVICES'),
  };
}

/** The cases of identified victims, sealed for the service that knows the calls they came from. */
export function identifiedCases(cell: StatisticsCell, context: RequestContext) {
  return loadTogether(context, 'identified cases', cell, (cells) => readCases(context, cells, "v.legal_status = 'VICTIM'", 'identified cases'));
}

/** The cases of minors, sealed for the service that knows to whom they were sent. */
export function minorCases(cell: StatisticsCell, context: RequestContext) {
  return loadTogether(context, 'minor cases', cell, (cells) => readCases(context, cells, MINOR, 'cases of minors'));
}

/** What this service adds to the cases of a cell: who was registered in it. */
export async function casePersons(key: { readonly cell: string; readonly cases: number }, context: RequestContext) {
  const n = await persons(resolveCell({ id: key.cell }), context);
  return { ...key, persons: n, perCase: ratio(n, 'PERSONS', key.cases, 'CASES') };
}

/** What this service adds to cases that were sealed for it: how many persons they have. */
export function sharedCases({ token }: { readonly token: string }, context: RequestContext) {
  return loadTogether(context, 'shared cases', token, (tokens) => readPersons(context, tokens));
}

/** An accompanying minor is one whose age need not be recorded. */
const MINOR = "(v.age_at_trafficking < 18 OR v.legal_status = 'ACCOMPANYING_MINOR')";

/** A country of destination, and whether it is the home country; none is recorded where it is empty. */
function destination(country: string | undefined, context: RequestContext) {
  return { destinationCountry: country || null, domestic: country ? country === context.settings['HOME_COUNTRY'] : null };
}

function shareOfAnswered(purpose: string, n: number, answered: number): Ratio | null {
  return purpose === 'UNKNOWN' ? null : share(n, answered, 'PERSONS');
}

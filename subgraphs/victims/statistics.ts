import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { codes } from '#schema/code-lists.ts';
import { byCode, type Counts, loadCounts, loadTotal, loadUnassigned, loadUnlocated, sum } from '#shared/figures.ts';
import { reference } from '#shared/records.ts';
import type { RequestContext } from '#shared/subgraph.ts';

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

/** Persons by sex and age band: every combination. */
export async function bySexAndAgeBand(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'victim', 'sexAndAgeBand');
  return codes('Sex').flatMap((sex) => codes('VictimAgeBand').map((ageBand) => ({ sex, ageBand, persons: counts.get(`${sex}|${ageBand}`) ?? 0 })));
}

/** Persons by purpose, each as a share of those with any answer. */
export async function byPurpose(cell: StatisticsCell, context: RequestContext) {
  const [counts, denominator] = await Promise.all([loadCounts(context, cell, 'victim', 'purpose'), purposeAnswered(cell, context)]);
  return codes('Purpose').map((purpose) => {
    const numerator = counts.get(purpose) ?? 0;
    const share = { numerator, denominator, value: denominator === 0 ? null : numerator / denominator };
    return { purpose, persons: numerator, share: purpose === 'UNKNOWN' ? null : share };
  });
}

/** Persons with any answer on purpose. */
export async function purposeAnswered(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return (await loadCounts(context, cell, 'victim', 'purposeAnswered')).get('true') ?? 0;
}

/** Persons by legal status. */
export async function byLegalStatus(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'victim', 'legalStatus'), 'LegalStatus', 'legalStatus', 'persons');
}

/** Persons by ethnicity. */
export async function byEthnicity(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'victim', 'ethnicity'), 'EthnicityGroup', 'ethnicity', 'persons');
}

/** Persons by province of origin as recorded; the most first. */
export async function byOriginProvince(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'victimPlace', 'originProvince');
  return mostFirst(counts).flatMap(([id, n]) => (id === '' ? [] : [{ originProvince: reference('Province', id), persons: n }]));
}

/** Persons by country of destination; the most first. */
export async function byDestination(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'victimPlace', 'destination');
  return mostFirst(counts).map(([country, n]) => ({ destinationCountry: country === '' ? null : country, persons: n }));
}

/** Support services begun. */
export async function supports(cell: StatisticsCell, context: RequestContext) {
  const counts = await loadCounts(context, cell, 'support', 'type');
  return {
    total: sum(counts),
    unlocated: () => loadUnlocated(context, cell, 'support', 'total'),
    unassigned: () => loadUnassigned(context, cell, 'support', 'total'),
    byType: byCode(counts, 'SupportType', 'type', 'total'),
  };
}

function mostFirst(counts: Counts): [string, number][] {
  return [...counts].filter(([, n]) => n > 0).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

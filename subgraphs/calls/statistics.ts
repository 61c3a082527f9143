import type { StatisticsCell } from '#schema/statistics-cell.ts';
import { byCode, loadCounts, loadTotal, loadUnassigned, loadUnlocated } from '#shared/figures.ts';
import type { RequestContext } from '#shared/subgraph.ts';

/** All calls. */
export function total(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadTotal(context, cell, 'call', 'total');
}

/** Calls whose province is not known. */
export function unlocated(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnlocated(context, cell, 'call', 'total');
}

/** Calls whose agency is not known. */
export function unassigned(cell: StatisticsCell, context: RequestContext): Promise<number> {
  return loadUnassigned(context, cell, 'call', 'total');
}

/** Calls by primary category. */
export async function byCategory(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'category'), 'CallCategory', 'category', 'total');
}

/** Calls by topic; they need not add up to the total. */
export async function byTopic(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'topic'), 'CallTopic', 'topic', 'total');
}

/** Calls by who called. */
export async function byCallerType(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'callerType'), 'CallerType', 'callerType', 'total');
}

/** Calls by the caller's sex. */
export async function byCallerSex(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'callerSex'), 'Sex', 'callerSex', 'total');
}

/** Calls by the caller's age band. */
export async function byCallerAgeBand(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'callerAgeBand'), 'CallerAgeBand', 'callerAgeBand', 'total');
}

/** Calls by channel. */
export async function byChannel(cell: StatisticsCell, context: RequestContext) {
  return byCode(await loadCounts(context, cell, 'call', 'channel'), 'CallChannel', 'channel', 'total');
}

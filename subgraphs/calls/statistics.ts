import { encodeCellId, type StatisticsCell } from '#schema/statistics-cell.ts';
import type { CodeListName } from '#schema/code-lists.ts';
import { byCode, loadCounts, loadTotal, loadUnassigned, loadUnlocated } from '#shared/figures.ts';
import type { RequestContext } from '#shared/subgraph.ts';

/** What is counted here. */
export function unit() {
  return 'CALLS';
}

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
export function byCategory(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'category', 'CallCategory');
}

/** Calls by topic; they need not add up to the total. */
export function byTopic(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'topic', 'CallTopic');
}

/** Calls by who called. */
export function byCallerType(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'callerType', 'CallerType');
}

/** Calls by the caller's sex. */
export function byCallerSex(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'callerSex', 'Sex');
}

/** Calls by the caller's age band. */
export function byCallerAgeBand(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'callerAgeBand', 'CallerAgeBand');
}

/** Calls by channel. */
export function byChannel(cell: StatisticsCell, context: RequestContext) {
  return breakdown(cell, context, 'channel', 'CallChannel');
}

/** What crosses to the service that knows which calls became cases: the cell, and its calls as the denominator. */
export async function referral(cell: StatisticsCell, context: RequestContext) {
  return { cell: encodeCellId(cell), calls: await total(cell, context) };
}

async function breakdown(cell: StatisticsCell, context: RequestContext, name: string, list: CodeListName) {
  const [counts, whole] = await Promise.all([loadCounts(context, cell, 'call', name), total(cell, context)]);
  return byCode(counts, list, name, 'total', whole, 'CALLS');
}

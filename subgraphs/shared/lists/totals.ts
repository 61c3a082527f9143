import { ALL, isDimensionId, type StatisticsCell } from '#schema/statistics-cell.ts';
import { checkPeriod } from '../cells.ts';
import { type Counts, loadCounts, sum } from '../figures.ts';
import type { RequestContext } from '../subgraph.ts';
import type { Visible } from '../visibility.ts';

/** Which of a list's arguments the rollups count, so that a total costs the same for any number of records. */
export interface Counted {
  readonly fact: string;
  /** The breakdown that every record of the list has exactly one value of. */
  readonly total: string;
  /** The arguments that are the rollups' dimensions; the period only where it is about the day on which the fact counts. */
  readonly province?: string;
  readonly agency: string;
  readonly period?: string;
  /** The breakdowns of the other arguments; a total can be confined by one of them. */
  readonly breakdowns: Readonly<Record<string, string>>;
}

/** What is given for a list's arguments, its parent's among them. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * How many records fit that the request may see, from the rollups: for each entry of `given`, all of which name the same arguments.
 * @returns `undefined` when the rollups do not tell: they count all records, or those of one agency.
 */
export async function countByRollups(counted: Counted, given: readonly Given[], visible: Visible, context: RequestContext): Promise<number[] | undefined> {
  const visibility = visible(context.reach, () => '');
  if (visibility === 'all') return countAll(counted, given, context);
  if (visibility === 'none') return given.map(() => 0);
  if (!('agency' in visibility) || given.some((one) => (one[counted.agency] ?? visibility.agency) !== visibility.agency)) return undefined;
  return countAll(
    counted,
    given.map((one) => ({ ...one, [counted.agency]: visibility.agency })),
    context,
  );
}

async function countAll(counted: Counted, given: readonly Given[], context: RequestContext): Promise<number[] | undefined> {
  const names = Object.keys(given[0] ?? {});
  const coded = names.filter((name) => Object.hasOwn(counted.breakdowns, name));
  const dimensions = names.filter((name) => name === counted.province || name === counted.agency);
  const period = counted.period !== undefined && names.includes(counted.period) ? counted.period : undefined;
  const told = coded.length + dimensions.length + (period === undefined ? 0 : 1) === names.length && coded.length <= 1;
  // What cannot be a dimension's value may be what stands there for "all" or "not known".
  if (!told || !given.every((one) => dimensions.every((name) => isDimensionId(String(one[name]))))) return undefined;
  const breakdown = coded[0] === undefined ? counted.total : (counted.breakdowns[coded[0]] ?? counted.total);
  const places = given.map((one) => ({ province: named(one, counted.province), agency: named(one, counted.agency) }));
  const counts =
    period === undefined
      ? await countAllTime(context, counted.fact, breakdown, places)
      : await countPeriod(context, counted.fact, breakdown, places, given, period);
  return counts.map((values, index) => {
    const wanted = coded[0] === undefined ? undefined : new Set([given[index]?.[coded[0]]].flat() as string[]);
    return sum(wanted === undefined ? values : new Map([...values].filter(([value]) => wanted.has(value))));
  });
}

interface Place {
  readonly province: string | null;
  readonly agency: string | null;
}

function named(given: Given, name: string | undefined): string | null {
  return name === undefined || given[name] === undefined ? null : String(given[name]);
}

function countPeriod(context: RequestContext, fact: string, breakdown: string, places: readonly Place[], given: readonly Given[], period: string) {
  return Promise.all(
    places.map(({ province, agency }, index) => {
      const days = given[index]?.[period] as { from: string; to: string };
      checkPeriod(days);
      const cell: StatisticsCell = { from: days.from, to: days.to, province: province === null ? null : { id: province, members: [province] }, agency };
      return loadCounts(context, cell, fact, breakdown);
    }),
  );
}

/** By the years that there are: as a period, all time would be ten thousand of them. */
const READ_YEARS = `
  SELECT p.place, e.key AS value, sum(e.value::bigint)::float8 AS n
  FROM unnest($1::int[], $2::text[], $3::text[]) AS p (place, province, agency)
  JOIN rollup r ON r.fact = $4 AND r.grain = 'Y' AND r.province = p.province AND (p.agency = '${ALL}' OR r.agency = p.agency)
  CROSS JOIN LATERAL jsonb_each_text(r.counts -> $5) e
  GROUP BY 1, 2`;

async function countAllTime(context: RequestContext, fact: string, breakdown: string, places: readonly Place[]): Promise<Counts[]> {
  const rows = await context.figures.query<{ place: number; value: string; n: number }>(READ_YEARS, [
    places.map((_, index) => index),
    places.map(({ province }) => province ?? ALL),
    places.map(({ agency }) => agency ?? ALL),
    fact,
    breakdown,
  ]);
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return places.map((_, index) => new Map((byPlace.get(index) ?? []).map(({ value, n }) => [value, n])));
}

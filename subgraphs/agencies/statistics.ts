import { encodeCellId } from '#schema/statistics-cell.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import type { Loaders } from './loaders.ts';
import { checkCells, checkPeriod, countParts, divide, type Interval, type Period, type ProvinceOfScheme, provincesOf, ratio } from './rules.ts';

/** The arguments of `statistics`. */
export interface StatisticsArguments {
  readonly period: Period;
  readonly interval?: Interval | null;
  readonly by: readonly ('PROVINCE' | 'AGENCY')[];
  readonly geography: string;
}

/**
 * The cells that the arguments ask for, in order of period, province and agency. They hold no figure: each ministry's subgraph adds its own.
 * @throws BAD_PERIOD, TOO_MANY_CELLS, UNKNOWN_GEOGRAPHY, GEOGRAPHY_NOT_DIVISIBLE
 */
export async function statistics({ period, interval = null, by, geography }: StatisticsArguments, { loaders }: RequestContext<Loaders>) {
  checkPeriod(period);
  // The geography is checked also where nothing is divided by it, so that a mistake shows at once.
  const known = geography === 'AS_RECORDED' && !by.includes('PROVINCE') ? [] : ((await loaders.allProvinces()) as unknown as ProvinceOfScheme[]);
  const located = provincesOf(geography, period, known);
  const provinces = by.includes('PROVINCE') ? located : [null];
  const agencies = by.includes('AGENCY') ? (await loaders.allAgencies()).map(({ id }) => id) : [null];
  checkCells(countParts(period, interval) * provinces.length * agencies.length);
  const parts = divide(period, interval);
  checkCells(parts.length * provinces.length * agencies.length);
  return parts.flatMap((part) =>
    provinces.flatMap((province) =>
      agencies.map((agency) => ({ id: encodeCellId({ ...part, province, agency }), period: part, provinceId: province?.id ?? null, agencyId: agency })),
    ),
  );
}

/** The figures of other ministries that indicators are worked out from; `null` where a ministry did not answer. */
export interface RequiredFigures {
  readonly calls?: { readonly total: number } | null;
  readonly referrals?: { readonly cases: number; readonly accepted: number; readonly rejected: number } | null;
  readonly victims?: { readonly persons: number } | null;
}

/** Shares and ratios across ministries. */
export function indicators({ calls, referrals, victims }: RequiredFigures) {
  const decided = referrals ? referrals.accepted + referrals.rejected : null;
  return {
    referralShare: ratio(referrals?.cases, calls?.total),
    victimsPerCase: ratio(victims?.persons, referrals?.cases),
    acceptanceRate: ratio(referrals?.accepted, decided),
  };
}

import DataLoader from 'dataloader';
import { clientError } from '#schema/errors.ts';
import { encodeCellId, type StatisticsCell } from '#schema/statistics-cell.ts';
import { checkCells, checkPeriod, countParts, divide, type Interval, type Period, type ProvinceOfScheme, provincesOf } from './cells.ts';
import { resolveCell } from './figures.ts';
import { NOT_KNOWN } from './import/reference.ts';
import { reference } from './records.ts';
import type { RequestContext, Resolver } from './subgraph.ts';

/** The arguments of `statistics`. */
interface StatisticsArguments {
  readonly period: Period;
  readonly interval?: Interval | null;
  readonly by: readonly ('PROVINCE' | 'AGENCY')[];
  readonly geography: string;
}

/** What resolvers of StatisticsCell get. */
export interface Cell {
  readonly id: string;
  readonly coordinates: StatisticsCell;
}

/** `Query.statistics`, the same in every subgraph: each makes the cells itself, from its own list of provinces and agencies. */
export const statisticsQuery = { statistics } as const satisfies Record<string, Resolver>;

/** What every subgraph knows of a cell: its coordinates, which are all in its id. */
export const cellFields = {
  __resolveReference: (cell: { readonly id: string }): Cell => ({ ...cell, coordinates: resolveCell(cell) }),
  period: ({ coordinates: { from, to } }: Cell): Period => ({ from, to }),
  province: ({ coordinates: { province } }: Cell) => reference('Province', province?.id),
  agency: ({ coordinates: { agency } }: Cell) => reference('Agency', agency),
} as const;

/**
 * The cells that the arguments ask for, in order of period, province and agency. They hold no figure yet.
 * @throws BAD_PERIOD, TOO_MANY_CELLS, UNKNOWN_GEOGRAPHY, GEOGRAPHY_NOT_DIVISIBLE
 */
async function statistics(_: unknown, { period, interval = null, by, geography }: StatisticsArguments, context: RequestContext): Promise<Cell[]> {
  checkPeriod(period);
  // The geography is checked also where nothing is divided by it, so that a mistake shows at once.
  const { provinces: known, agencies: all } = geography === 'AS_RECORDED' && by.length === 0 ? NONE : await loadDimensions(context);
  if (geography !== 'AS_RECORDED' && known.some(({ successor }) => successor === NOT_KNOWN)) {
    throw clientError('PROVINCES_OUTDATED', `geography: expected AS_RECORDED until the provinces are imported here again, got ${geography}`);
  }
  const located = provincesOf(geography, period, known);
  const provinces = by.includes('PROVINCE') ? located : [null];
  const agencies = by.includes('AGENCY') ? all : [null];
  checkCells(countParts(period, interval) * provinces.length * agencies.length);
  const parts = divide(period, interval);
  checkCells(parts.length * provinces.length * agencies.length);
  return parts.flatMap((part) =>
    provinces.flatMap((province) =>
      agencies.map((agency) => {
        const coordinates = { ...part, province, agency };
        return { id: encodeCellId(coordinates), coordinates };
      }),
    ),
  );
}

/** The provinces and the ids of the agencies that this subgraph knows, by id. */
interface Dimensions {
  readonly provinces: readonly ProvinceOfScheme[];
  readonly agencies: readonly string[];
}

const NONE: Dimensions = { provinces: [], agencies: [] };

/** In the order of the ids' bytes, whatever the database's language: cells come in the same order from every subgraph. */
const READ_DIMENSIONS = `SELECT kind, id, split_part(id, ':', 1) AS scheme, valid_from::text AS "validFrom", valid_to::text AS "validTo", successor
  FROM reference WHERE kind IN ('province', 'agency') ORDER BY id COLLATE "C"`;

function loadDimensions(context: RequestContext): Promise<Dimensions> {
  return context
    .loader<'dimensions', Dimensions>('dimensions', () => {
      return new DataLoader(async (keys) => {
        const rows = await context.sql.query<ProvinceOfScheme & { readonly kind: string }>(READ_DIMENSIONS);
        const dimensions: Dimensions = {
          provinces: rows.filter(({ kind }) => kind === 'province'),
          agencies: rows.filter(({ kind }) => kind === 'agency').map(({ id }) => id),
        };
        return keys.map(() => dimensions);
      });
    })
    .load('dimensions');
}

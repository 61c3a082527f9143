import DataLoader from 'dataloader';
import { ALL, decodeCellId, type StatisticsCell, UNKNOWN } from '#schema/statistics-cell.ts';
import { clientError } from '#schema/errors.ts';
import { type CodeListName, codes } from '#schema/code-lists.ts';
import type { Sql } from './database.ts';
import { stretches } from './periods.ts';
import type { RequestContext, Resolver } from './subgraph.ts';

/** Counts of one breakdown in one cell, by value. */
export type Counts = ReadonlyMap<string, number>;

/**
 * The cell that `reference` names.
 * @throws BAD_CELL_ID when it names none.
 */
export function resolveCell(reference: { readonly id: string }): StatisticsCell {
  const cell = decodeCellId(reference.id);
  if (cell === undefined) throw clientError('BAD_CELL_ID', `expected the id of a StatisticsCell, got ${JSON.stringify(reference.id)}`);
  return cell;
}

/**
 * The counts of `breakdown` of `fact` in `cell`. All cells and breakdowns of a fact that a request asks for share one SQL statement.
 * @returns by value of the breakdown; values without records are absent.
 */
export function loadCounts(context: RequestContext, cell: StatisticsCell, fact: string, breakdown: string): Promise<Counts> {
  return context
    .loader<Wanted, Counts>(fact, () => {
      // Cells are told apart by identity: each is resolved once per request, and a breakdown asks once per cell.
      return new DataLoader((wanted) => readRollups(context.sql, wanted, fact), { cache: false });
    })
    .load({ cell, breakdown });
}

/** How many records of `fact` there are in `cell`; `breakdown` must be one that every record has exactly one value of. */
export async function loadTotal(context: RequestContext, cell: StatisticsCell, fact: string, breakdown: string): Promise<number> {
  return sum(await loadCounts(context, cell, fact, breakdown));
}

/** Records whose province is not known. They are in no province's cell, so a cell confined to a province has none. */
export async function loadUnlocated(context: RequestContext, cell: StatisticsCell, fact: string, breakdown: string): Promise<number> {
  const nowhere = { id: UNKNOWN, members: [UNKNOWN] };
  return cell.province === null ? loadTotal(context, { ...cell, province: nowhere }, fact, breakdown) : 0;
}

/** Records whose agency is not known. They are in no agency's cell, so a cell confined to an agency has none. */
export async function loadUnassigned(context: RequestContext, cell: StatisticsCell, fact: string, breakdown: string): Promise<number> {
  return cell.agency === null ? loadTotal(context, { ...cell, agency: UNKNOWN }, fact, breakdown) : 0;
}

/** One object per value of the code list, in its order, those without records included: `{ [field]: value, [unit]: n }`. */
export function byCode(counts: Counts, list: CodeListName, field: string, unit: string): Record<string, string | number>[] {
  return codes(list).map((value) => ({ [field]: value, [unit]: counts.get(value) ?? 0 }));
}

/** The sum of all counts. */
export function sum(counts: Counts): number {
  let total = 0;
  for (const n of counts.values()) total += n;
  return total;
}

/** The fields by which every ministry's part says what its figures are worth; one statement per request. */
export const provenanceFields: Record<string, Resolver> = {
  asOf: async (_cell, _arguments, context) => (await loadProvenance(context)).asOf,
  synthetic: async (_cell, _arguments, context) => (await loadProvenance(context)).synthetic,
};

/** When records of this subgraph were last written (`null`: never), and whether demo records are among them. */
interface Provenance {
  readonly asOf: Date | null;
  readonly synthetic: boolean;
}

function loadProvenance(context: RequestContext): Promise<Provenance> {
  return context
    .loader<'provenance', Provenance>('provenance', () => {
      return new DataLoader(async (keys) => {
        const [row] = await context.sql.query<{ at: string | null; synthetic: boolean }>(
          `SELECT to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, EXISTS (SELECT FROM demo_seed) AS synthetic FROM record_change`,
        );
        return keys.map(() => ({ asOf: row?.at ? new Date(row.at) : null, synthetic: row?.synthetic ?? false }));
      });
    })
    .load('provenance');
}

/** One breakdown of one cell. */
interface Wanted {
  readonly cell: StatisticsCell;
  readonly breakdown: string;
}

/**
 * Cells by their rows of the rollups. Rows of all agencies lie side by side in the key; they differ only where a cell is confined to one.
 * `$2` has the very type of the column: compared as text, the grain could not be looked up in the key.
 */
const READ_ROLLUPS = `
  SELECT c.cell, b.breakdown, e.key AS value, sum(e.value::bigint)::float8 AS n
  FROM unnest($1::int[], $2::bpchar[], $3::date[], $4::text[], $5::text[]) AS c (cell, grain, start_on, province, agency)
  JOIN rollup r ON r.fact = $6 AND r.grain = c.grain AND r.start_on = c.start_on AND r.province = c.province
    AND (c.agency = '${ALL}' OR r.agency = c.agency)
  CROSS JOIN unnest($7::text[]) AS b (breakdown)
  CROSS JOIN LATERAL jsonb_each_text(r.counts -> b.breakdown) e
  GROUP BY 1, 2, 3`;

async function readRollups(sql: Sql, wanted: readonly Wanted[], fact: string): Promise<Counts[]> {
  const cells = [...new Set(wanted.map(({ cell }) => cell))];
  const breakdowns = [...new Set(wanted.map(({ breakdown }) => breakdown))];
  const at = { cell: [] as number[], grain: [] as string[], startOn: [] as string[], province: [] as string[], agency: [] as string[] };
  cells.forEach((cell, index) => {
    const provinces = cell.province?.members ?? [ALL];
    for (const { grain, startOn } of stretches(cell.from, cell.to)) {
      for (const province of provinces) {
        at.cell.push(index);
        at.grain.push(grain);
        at.startOn.push(startOn);
        at.province.push(province);
        at.agency.push(cell.agency ?? ALL);
      }
    }
  });
  const rows = await sql.query<{ cell: number; breakdown: string; value: string; n: number }>(READ_ROLLUPS, [
    at.cell,
    at.grain,
    at.startOn,
    at.province,
    at.agency,
    fact,
    breakdowns,
  ]);
  const counts = new Map(cells.map((cell) => [cell, new Map(breakdowns.map((breakdown) => [breakdown, new Map<string, number>()]))]));
  for (const { cell, breakdown, value, n } of rows) {
    const own = cells[cell];
    if (own) counts.get(own)?.get(breakdown)?.set(value, n);
  }
  return wanted.map(({ cell, breakdown }) => counts.get(cell)?.get(breakdown) ?? new Map());
}

/** The functions of a statistics.ts, one per figure, as the resolvers of the type whose parent is the cell. */
export function statisticsFields(figures: Readonly<Record<string, (cell: StatisticsCell, context: RequestContext) => unknown>>): Record<string, Resolver> {
  return Object.fromEntries(
    Object.entries(figures).map(([field, figure]): [string, Resolver] => [field, (cell: StatisticsCell, _arguments, context) => figure(cell, context)]),
  );
}

import DataLoader from 'dataloader';
import { openKeys, type SealedKeyUse } from '#schema/sealed-keys.ts';
import { ALL, decodeCellId, type StatisticsCell, UNKNOWN } from '#schema/statistics-cell.ts';
import { clientError } from '#schema/errors.ts';
import { type CODE_LISTS, type CodeListName, codes } from '#schema/code-lists.ts';
import type { Sql } from './database.ts';
import { foreign } from './foreign-ids/foreign-ids.ts';
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
      return new DataLoader((wanted) => readRollups(context.figures, wanted, fact), { cache: false });
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

/**
 * One object per value of the code list, in its order, those without records included: `{ [field]: value, [counted]: n, share }`, the share of
 * `whole`.
 */
export function byCode(counts: Counts, list: CodeListName, field: string, counted: string, whole: number, unit: FigureUnit): Record<string, unknown>[] {
  return codes(list).map((value) => {
    const n = counts.get(value) ?? 0;
    return { [field]: value, [counted]: n, share: share(n, whole, unit) };
  });
}

/** What was counted, the most first. */
export function mostFirst(counts: Counts): [value: string, n: number][] {
  return [...counts].filter(([, n]) => n > 0).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** The sum of all counts. */
export function sum(counts: Counts): number {
  let total = 0;
  for (const n of counts.values()) total += n;
  return total;
}

/** What a figure counts, or what it is measured in: the enum of this name. */
export type FigureUnit = keyof (typeof CODE_LISTS)['FigureUnit'];

/** The fields of `Ratio`. */
export interface Ratio {
  readonly numerator: number;
  readonly numeratorUnit: FigureUnit;
  readonly denominator: number;
  readonly denominatorUnit: FigureUnit;
  readonly value: number | null;
}

/** `numerator` divided by `denominator`, with both and their units; no value where there is nothing to divide by. */
export function ratio(numerator: number, numeratorUnit: FigureUnit, denominator: number, denominatorUnit: FigureUnit): Ratio {
  return { numerator, numeratorUnit, denominator, denominatorUnit, value: denominator === 0 ? null : numerator / denominator };
}

/** A part of a whole of the same unit. */
export function share(part: number, whole: number, unit: FigureUnit): Ratio {
  return ratio(part, unit, whole, unit);
}

/** How many are over `limit`, of counts by a number. */
export function countOver(counts: Counts, limit: number): number {
  return sum(new Map([...counts].filter(([number]) => Number(number) > limit)));
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
        const [row] = await context.figures.query<{ at: string | null; synthetic: boolean }>(
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

/**
 * SQL that counts what rollups cannot know (what is so now, which records they are): `summary` is a SELECT list over the rows `r` of `records` in
 * each `cell`, and the cells without any are not among the rows that come back. `records` is a SELECT with the columns day, province and
 * agency ('' where not known) and any others; `bounds` are all cells' first and last day. Records are read once, and
 * looked up by their day, however many cells there are. Parameters: those of {@link cellParameters}, then the statement's own from $6 on.
 */
export function perCell(records: string, summary: string): string {
  return `
  WITH cell AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::date[], $3::date[], $4::text[], $5::text[]) AS c (cell, from_day, to_day, province, agency)
  ), bounds AS MATERIALIZED (
    SELECT min(from_day)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS since, (max(to_day) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS before FROM cell
  ), record AS MATERIALIZED (${records}), period AS MATERIALIZED (
    SELECT generate_series(greatest(p.from_day, d.first), least(p.to_day, d.last), '1 day')::date AS day, p.from_day, p.to_day
    FROM (SELECT DISTINCT from_day, to_day FROM cell) p CROSS JOIN (SELECT min(day) AS first, max(day) AS last FROM record) d
  ), divided AS MATERIALIZED (SELECT DISTINCT province <> '${ALL}' AS by_province, agency <> '${ALL}' AS by_agency FROM cell), located AS MATERIALIZED (
    SELECT r.*, p.from_day, p.to_day, CASE WHEN d.by_province THEN r.province ELSE '${ALL}' END AS at_province, CASE WHEN d.by_agency THEN r.agency ELSE '${ALL}' END AS at_agency
    FROM record r JOIN period p ON p.day = r.day CROSS JOIN divided d
  )
  SELECT c.cell, ${summary}
  FROM located r JOIN cell c ON c.from_day = r.from_day AND c.to_day = r.to_day AND c.province = r.at_province AND c.agency = r.at_agency`;
}

/** The parameters $1 to $5 of {@link perCell}: a row for every province as recorded of every cell. */
export function cellParameters(cells: readonly StatisticsCell[]): unknown[] {
  const rows = cells.flatMap((cell, index) => (cell.province?.members ?? [ALL]).map((province) => ({ cell, index, province })));
  return [
    rows.map(({ index }) => index),
    rows.map(({ cell }) => cell.from),
    rows.map(({ cell }) => cell.to),
    rows.map(({ province }) => province),
    rows.map(({ cell }) => cell.agency ?? ALL),
  ];
}

/**
 * SQL of the records that sets stand for which another ministry sealed: rows of (set, id, n), `set` the place of the token. Parameters: those
 * of {@link sealedParameters}, then the statement's own from $4 on.
 */
export const SEALED = 'SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[]) AS e (set, id, n)';

/**
 * The parameters $1 to $3 of {@link SEALED}; `whose` records they are: this ministry's own, or another's.
 * @throws BAD_SEALED_KEY
 */
export function sealedParameters(context: RequestContext, use: SealedKeyUse, tokens: readonly string[], whose: 'own' | 'foreign'): unknown[] {
  const [sets, ids, counts]: [number[], string[], number[]] = [[], [], []];
  for (const [set, token] of tokens.entries()) {
    for (const [id, n] of openKeys(context.sealingKey, use, token)) {
      sets.push(set);
      ids.push(id);
      counts.push(n);
    }
  }
  // Written here, as drivers would quote every single one.
  const list = (values: readonly unknown[]) => `{${values.join(',')}}`;
  return [list(sets), whose === 'own' ? list(ids) : foreign(ids), list(counts)];
}

/** What `read` gives for `key`: asked once for all keys that a request asks for at once, under `name`. */
export function loadTogether<K, V>(context: RequestContext, name: string, key: K, read: (keys: readonly K[]) => Promise<readonly V[]>): Promise<V> {
  return context.loader<K, V>(name, () => new DataLoader((keys) => read(keys), { cache: false })).load(key);
}

/** The functions of a statistics.ts, one per figure, as the resolvers of the type whose parent is the cell. */
export function statisticsFields(figures: Readonly<Record<string, (cell: StatisticsCell, context: RequestContext) => unknown>>): Record<string, Resolver> {
  return Object.fromEntries(
    Object.entries(figures).map(([field, figure]): [string, Resolver] => [field, (cell: StatisticsCell, _arguments, context) => figure(cell, context)]),
  );
}

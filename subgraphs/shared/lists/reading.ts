import type DataLoader from 'dataloader';
import { isDimensionId } from '#schema/statistics-cell.ts';
import { isRecordId } from '../record-id.ts';
import { columnOf, fieldOf, parameterOf, type Row, selectList, type VisibleRecords } from '../records.ts';
import type { RequestContext } from '../subgraph.ts';
import { seen } from '../visibility.ts';
import { conditions, type Filters } from './filters.ts';
import type { Page } from './paging.ts';
import { type Counted, countByRollups, type Given } from './totals.ts';

/** A list of records, as data: what it is made of. */
export interface ListSpec extends VisibleRecords {
  /** As its cursors name it. */
  readonly name: string;
  /** The field by which it is ordered, together with the id: an index must have both. */
  readonly moment: string;
  /** The arguments that `filter` may have. */
  readonly filters: Filters;
  /** What it can be found under: the column that refers to it, by the argument of `filter` that would filter by the same. */
  readonly parents: Readonly<Record<string, Parent>>;
  readonly counted?: Counted;
  /** The loader of single records: it need not read again what the list has read. */
  readonly loader: string;
}

/** A column that refers to a record of this service or another (uuid), or to a province or agency (text). */
export interface Parent {
  readonly column: string;
  readonly type: 'uuid' | 'text';
}

/** The records of a list that fit `filter`, in which null stands nowhere; under a parent, where it is not null. */
export interface Part {
  readonly list: ListSpec;
  readonly parent: string | null;
  readonly filter: Given;
}

/** The rows of one page, in the list's order, and whether there are more at the end that the page does not begin at. */
export interface Slice {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** The page of each parent (of the whole list, for whatever single id, where there is none): one statement. */
export async function readSlices(part: Part, ids: readonly string[], page: Page, context: RequestContext): Promise<Slice[]> {
  const { list } = part;
  const statement = startStatement(part, ids, context);
  const moment = `t.${columnOf(list.moment)}`;
  const newestFirst = page.order === 'NEWEST_FIRST';
  const beyond = (position: Page['after'], comparison: '<' | '>') => {
    if (position === null) return [];
    return [`(${moment}, t.id) ${comparison} (${statement.parameter(position.moment)}::timestamptz, ${statement.parameter(position.id)}::uuid)`];
  };
  const where = [...statement.where, ...beyond(page.after, newestFirst ? '<' : '>'), ...beyond(page.before, newestFirst ? '>' : '<')];
  const direction = newestFirst === page.fromEnd ? 'ASC' : 'DESC';
  // The position to the microsecond, which a JavaScript Date does not hold.
  const select = `SELECT ${selectList(list.fields)}, to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS position
    FROM "${list.table}" t ${whereClause(where)} ORDER BY ${moment} ${direction}, t.id ${direction} LIMIT ${page.size + 1}`;
  const rows = await context.sql.query<Row>(
    statement.parent === null
      ? select
      : `SELECT p.id AS "${statement.parentName}", x.* FROM unnest($1::${statement.parent.type}[]) AS p (id) CROSS JOIN LATERAL (${select}) x`,
    statement.parameters,
  );
  const single = (context.loaders as Record<string, DataLoader<string, Row | null>>)[list.loader];
  for (const row of rows) single?.prime(String(row['id']), row);
  // Whatever becomes of the order of parents, the rows of one are read in order.
  const byParent = Map.groupBy(rows, (row) => String(row[statement.parentName] ?? ''));
  return ids.map((id) => {
    const own = byParent.get(statement.key(id)) ?? [];
    const rowsOfPage = own.slice(0, page.size);
    return { rows: page.fromEnd ? rowsOfPage.reverse() : rowsOfPage, more: own.length > page.size };
  });
}

/** How many records there are for each parent (in the whole list, for whatever single id, where there is none): one statement. */
export async function readTotals(part: Part, ids: readonly string[], context: RequestContext): Promise<number[]> {
  const { list, parent, filter } = part;
  // A filter by what the parent is already is rare, and better left to the database.
  if (list.counted !== undefined && !(parent !== null && parent in filter)) {
    const given = ids.map((id) => (parent === null ? filter : { ...filter, [parent]: id }));
    const totals = await countByRollups(list.counted, given, list.visible, context);
    if (totals !== undefined) return totals;
  }
  const statement = startStatement(part, ids, context);
  const from = `FROM "${list.table}" t`;
  if (statement.parent === null) {
    const [row] = await context.sql.query<{ n: number }>(`SELECT count(*)::float8 AS n ${from} ${whereClause(statement.where)}`, statement.parameters);
    return ids.map(() => row?.n ?? 0);
  }
  const rows = await context.sql.query<Row>(
    `SELECT p.id AS "${statement.parentName}", count(*)::float8 AS n FROM unnest($1::${statement.parent.type}[]) AS p (id) JOIN "${list.table}" t ON ${statement.where.join(' AND ')} GROUP BY 1`,
    statement.parameters,
  );
  const byParent = new Map(rows.map((row) => [String(row[statement.parentName]), Number(row['n'])]));
  return ids.map((id) => byParent.get(statement.key(id)) ?? 0);
}

/** What pages and totals have in common: the conditions over the row `t` and, where there is one, the parent `p`, whose ids are `$1`. */
function startStatement({ list, parent: name, filter }: Part, ids: readonly string[], context: RequestContext) {
  const parent = name === null ? null : list.parents[name];
  if (parent === undefined) throw new Error(`the list ${list.name} has no parent ${name}`);
  const key = (id: string) => (parent === null ? '' : parent.type === 'uuid' ? id.toLowerCase() : id);
  // What can be no id is nobody's, and PostgreSQL would refuse it together with all the others.
  const field = parent === null ? '' : fieldOf(parent.column);
  const possible = parent === null ? [] : [...new Set(ids.filter(parent.type === 'uuid' ? isRecordId : isDimensionId).map(key))];
  const parameters: unknown[] = parent === null ? [] : [parameterOf(list, field, possible)];
  // Under the field's own name another ministry's id comes back as the graph has it.
  const parentName = list.foreign?.includes(field) ? field : 'parent';
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const where = [
    ...(parent === null ? [] : [`t.${parent.column} = p.id`]),
    ...conditions(list.filters, filter, { parameter, context }),
    ...seen(list.visible, context.reach, parameter),
  ];
  return { parent, parentName, key, parameters, parameter, where };
}

function whereClause(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

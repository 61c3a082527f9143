import DataLoader from 'dataloader';
import type { Row } from '../records.ts';
import type { RequestContext, Resolver } from '../subgraph.ts';
import { encodeCursor, type PageArguments, readPage } from './paging.ts';
import { type ListSpec, type Part, readSlices, readTotals, type Slice } from './reading.ts';
import type { Given } from './totals.ts';

/** The arguments of a list's field. */
interface ListArguments extends PageArguments {
  readonly filter?: Given | null;
}

/** A page of a list, in the form of the GraphQL Cursor Connections Specification. Each part is read only when it is asked for. */
interface Connection {
  readonly edges: () => Promise<{ cursor: string; node: Row }[]>;
  readonly nodes: () => Promise<readonly Row[]>;
  readonly pageInfo: () => Promise<{ hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }>;
  readonly totalCount: () => Promise<number>;
}

/** The field that gives pages of the whole list. Answers BAD_PAGE when there can be no such page. */
export function listField(list: ListSpec): Resolver {
  return (_, args: ListArguments, context) => connection(list, null, '', args, context);
}

/**
 * The field that gives pages of what belongs to one record; `parent` is one of the list's. All records for which an operation asks the same
 * share one statement, and one for the totals.
 */
export function childField(list: ListSpec, parent: string): Resolver {
  return ({ id }: { readonly id: unknown }, args: ListArguments, context) => connection(list, parent, String(id), args, context);
}

function connection(list: ListSpec, parent: string | null, id: string, args: ListArguments, context: RequestContext): Connection {
  const page = readPage(list.name, args);
  // Null means that it is not filtered by.
  const filter = Object.fromEntries(Object.entries(args.filter ?? {}).filter(([, value]) => value !== null && value !== undefined));
  // Loaders are told apart by what they ask for, so that all parents, and fields that ask the same, share one.
  const part: Part = { list, parent, filter };
  const name = `${list.name} ${parent} ${JSON.stringify(filter)}`;
  const slices = () =>
    context.loader<string, Slice>(`page ${name} ${JSON.stringify(page)}`, () => new DataLoader((ids) => readSlices(part, ids, page, context)));
  const totals = () => context.loader<string, number>(`total ${name}`, () => new DataLoader((ids) => readTotals(part, ids, context)));
  const slice = () => slices().load(id);
  const cursor = (row: Row) => encodeCursor(list.name, page.order, { moment: String(row['position']), id: String(row['id']) });
  return {
    edges: async () => (await slice()).rows.map((row) => ({ cursor: cursor(row), node: row })),
    nodes: async () => (await slice()).rows,
    pageInfo: async () => {
      const { rows, more } = await slice();
      const [start, end] = [rows[0], rows.at(-1)];
      return {
        // A cursor marks a record of the list: on its side of the page there is one.
        hasNextPage: page.before !== null || (more && !page.fromEnd),
        hasPreviousPage: page.after !== null || (more && page.fromEnd),
        startCursor: start ? cursor(start) : null,
        endCursor: end ? cursor(end) : null,
      };
    },
    totalCount: () => totals().load(id),
  };
}

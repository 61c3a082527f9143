import type DataLoader from 'dataloader';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#shared/database.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { resolvers } from '../../../../subgraphs/calls/resolvers.ts';
import { createLoaders } from '../../../../subgraphs/calls/loaders.ts';
import { acting } from '../../../testkit/acting.ts';
import { ENGINE, scratchDatabases } from '../../../testkit/stack.ts';
import { openTables } from '../../../testkit/tables.ts';

/** A call as the plain calculation knows it. `moment` has microseconds. */
interface Call {
  id: string;
  moment: string;
  category: string;
  topics: string[];
  province: string | null;
  agency: string | null;
}
type Filter = { category?: string; topic?: string; province?: string; agency?: string; period?: { from: string; to: string } };
type Field = (parent: unknown, args: object, context: RequestContext) => Connection;
interface Connection {
  edges: () => Promise<{ cursor: string; node: { id: string } }[]>;
  nodes: () => Promise<{ id: string }[]>;
  pageInfo: () => Promise<{ hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }>;
  totalCount: () => Promise<number>;
}
type Fields = Record<'Query' | 'Province' | 'Agency', Record<'calls', Field>>;
const { Query, Province, Agency } = resolvers as unknown as Fields;

const CATEGORIES = ['INFORMATION', 'COUNSELLING', 'REFERRAL'];
const TOPICS = ['LEGAL', 'SHELTER'];
const PROVINCES = ['VN63:01', 'VN34:01'];
const AGENCIES = ['cuc-tre-em', 'c02'];
// Midnight in Vietnam and a microsecond to either side of it, on two days: equal moments are many, and days end where they end.
const MOMENTS = ['2021-01-31T16:59:59.999999Z', '2021-01-31T17:00:00.000000Z', '2021-01-31T17:00:00.000001Z', '2021-02-01T17:00:00.000000Z'];

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
let database: Database;
let serial = 0;

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  database = await openTables('calls', scratch.env);
});
beforeEach(() => database.query('TRUNCATE call'));
afterAll(async () => {
  await database?.close();
  await scratch?.drop();
});

const some = <T>(values: readonly T[]) => fc.constantFrom(...values);
const call: fc.Arbitrary<Call> = fc.record({
  id: fc.uuid({ version: 8 }),
  moment: some(MOMENTS),
  category: some(CATEGORIES),
  topics: fc.subarray(TOPICS),
  province: some([...PROVINCES, null]),
  agency: some([...AGENCIES, null]),
});
const calls = (maxLength: number) => fc.uniqueArray(call, { selector: ({ id }) => id, maxLength });
const day = some(['2021-01-31', '2021-02-01', '2021-02-02']);
const filter: fc.Arbitrary<Filter> = fc.record(
  {
    category: some(CATEGORIES),
    topic: some(TOPICS),
    province: some([...PROVINCES, 'VN63:99', '*', 'a\0b']),
    agency: some([...AGENCIES, '']),
    period: fc.tuple(day, day).map((days) => ({ from: [...days].sort()[0] as string, to: [...days].sort()[1] as string })),
  },
  { requiredKeys: [] },
);
const walk = fc.record({ filter, order: some(['NEWEST_FIRST', 'OLDEST_FIRST'] as const), size: fc.integer({ min: 1, max: 6 }), backward: fc.boolean() });

/** The plain calculation: what fits, sorted. */
function expected(all: readonly Call[], wanted: Filter, order: string): string[] {
  const dayOf = (moment: string) => new Date(Date.parse(moment) + 7 * 3_600_000).toISOString().slice(0, 10);
  const fits = (one: Call) =>
    (wanted.category === undefined || one.category === wanted.category) &&
    (wanted.topic === undefined || one.topics.includes(wanted.topic)) &&
    (wanted.province === undefined || one.province === wanted.province) &&
    (wanted.agency === undefined || one.agency === wanted.agency) &&
    (wanted.period === undefined || (dayOf(one.moment) >= wanted.period.from && dayOf(one.moment) <= wanted.period.to));
  const key = ({ moment, id }: Call) => `${moment} ${id}`;
  const sorted = all.filter(fits).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return (order === 'NEWEST_FIRST' ? sorted.reverse() : sorted).map(({ id }) => id);
}

async function insert(rows: readonly Call[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((_, n) => {
    const [at] = [n * 6];
    return `($${at + 1}::uuid, 's', '${serial++}', $${at + 2}::timestamptz, $${at + 3}, $${at + 4}::text[], 'PUBLIC', 'MALE', 'UNKNOWN', 'PHONE', $${at + 5}, $${at + 6})`;
  });
  await database.query(
    `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, province, agency) VALUES ${values.join(', ')}`,
    rows.flatMap(({ id, moment, category, topics, province, agency }) => [id, moment, category, topics, province, agency]),
  );
}

/** What a resolver is given, and how many statements it has run. */
function request(): RequestContext & { statements: () => number } {
  const loaders = new Map<string, DataLoader<unknown, unknown>>();
  let statements = 0;
  const sql: RequestContext['sql'] = {
    query: (statement, parameters) => {
      statements += 1;
      return database.query(statement, parameters);
    },
  };
  const { reach } = acting('c02');
  const context = {
    sql,
    figures: sql,
    reach,
    loaders: createLoaders(sql, reach),
    loader: (name: string, make: () => DataLoader<unknown, unknown>) => {
      const loader = loaders.get(name) ?? make();
      loaders.set(name, loader);
      return loader;
    },
    statements: () => statements,
  };
  return context as never;
}

type Walk = { filter: Filter; order: 'NEWEST_FIRST' | 'OLDEST_FIRST'; size: number; backward: boolean };

/** Goes through the pages from one end to the other. @returns the ids in the order of the list. */
async function walkThrough({ filter: wanted, order, size, backward }: Walk, between: () => Promise<void> = async () => undefined): Promise<string[]> {
  let found: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const args = backward ? { last: size, before: cursor } : { first: size, after: cursor };
    const page = Query.calls(null, { ...args, filter: wanted, orderBy: order }, request());
    const edges = await page.edges();
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = await page.pageInfo();
    const ids = edges.map(({ node }) => node.id);
    expect((await page.nodes()).map(({ id }) => id)).toEqual(ids);
    expect([startCursor, endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
    expect(backward ? hasNextPage : hasPreviousPage).toBe(cursor !== null);
    found = backward ? [...ids, ...found] : [...found, ...ids];
    if (!(backward ? hasPreviousPage : hasNextPage)) return found;
    expect(ids).toHaveLength(size);
    cursor = backward ? startCursor : endCursor;
    await between();
  }
}

describe(`pages of a list on ${ENGINE}`, () => {
  it('are, put together, the list as it would be sorted: forward and backward, whatever the filter, the size and the order', async () => {
    await fc.assert(
      fc.asyncProperty(calls(25), fc.array(walk, { minLength: 1, maxLength: 3 }), async (all, walks) => {
        await database.query('TRUNCATE call');
        await insert(all);
        for (const one of walks) {
          const ids = expected(all, one.filter, one.order);
          expect(await walkThrough(one)).toEqual(ids);
          expect(await Query.calls(null, { filter: one.filter }, request()).totalCount()).toBe(ids.length);
        }
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('give every record once that is there all the time, whatever comes and goes between pages, and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(calls(20), calls(12), walk, fc.infiniteStream(fc.nat()), async (before, more, one, random) => {
        await database.query('TRUNCATE call');
        await insert(before);
        const lasting = new Map(before.map((own) => [own.id, own]));
        const coming = more.filter(({ id }) => !lasting.has(id));
        const gone: Call[] = [];
        const present = [...before];
        const ids = await walkThrough(one, async () => {
          const [next, leaving] = [coming.pop(), present.splice((random.next().value as number) % Math.max(present.length, 1), 1)[0]];
          if (leaving) {
            gone.push(leaving);
            await database.query('DELETE FROM call WHERE id = $1', [leaving.id]);
          }
          if (next) await insert([next]);
        });
        expect(new Set(ids).size).toBe(ids.length);
        for (const { id } of gone) lasting.delete(id);
        const untouched = expected([...lasting.values()], one.filter, one.order);
        expect(ids.filter((id) => lasting.has(id))).toEqual(untouched);
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  it('lie between two cursors where both are given', async () => {
    const all: Call[] = Array.from({ length: 9 }, (_, n) => ({ ...ONE, id: idOf(n) }));
    await insert(all);
    const edges = await Query.calls(null, { orderBy: 'OLDEST_FIRST' }, request()).edges();
    const between = { after: edges[1]?.cursor, before: edges[7]?.cursor, orderBy: 'OLDEST_FIRST' };
    const ids = async (args: object) => (await Query.calls(null, { ...between, ...args }, request()).nodes()).map(({ id }) => id);
    expect(await ids({})).toEqual([2, 3, 4, 5, 6].map(idOf));
    expect(await ids({ first: 2 })).toEqual([2, 3].map(idOf));
    expect(await ids({ last: 2 })).toEqual([5, 6].map(idOf));
    expect(await Query.calls(null, { ...between, first: 2 }, request()).pageInfo()).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });
});

describe(`pages of what belongs to records, on ${ENGINE}`, () => {
  it('are each what the whole list would be if it were filtered by the record, in one statement and one for the totals', async () => {
    const parents = ['VN63:01', 'VN34:01', 'VN63:99', 'no such: province', 'a\0b', ''];
    await fc.assert(
      fc.asyncProperty(calls(30), walk, async (all, { filter: wanted, order, size, backward }) => {
        await database.query('TRUNCATE call');
        await insert(all);
        const context = request();
        const args = { [backward ? 'last' : 'first']: size, filter: wanted, orderBy: order };
        const pages = parents.map((id) => Province.calls({ id }, args, context));
        const found = await Promise.all(pages.map(async (page) => ({ ids: (await page.nodes()).map(({ id }) => id), ...(await page.pageInfo()) })));
        expect(context.statements()).toBe(1);
        const totals = await Promise.all(pages.map((page) => page.totalCount()));
        expect(context.statements()).toBe(2);
        for (const [n, id] of parents.entries()) {
          const own = expected(
            all.filter(({ province }) => province === id),
            wanted,
            order,
          );
          expect(found[n]?.ids).toEqual(backward ? own.slice(-size) : own.slice(0, size));
          expect([found[n]?.hasNextPage, found[n]?.hasPreviousPage]).toEqual(backward ? [false, own.length > size] : [own.length > size, false]);
          expect(totals[n]).toBe(own.length);
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  it('share nothing where something else is asked', async () => {
    await insert([ONE, { ...ONE, id: idOf(1), category: 'REFERRAL' }]);
    const context = request();
    const nodes = (args: object) => Agency.calls({ id: 'c02' }, args, context).nodes();
    const [all, referrals, one] = await Promise.all([nodes({}), nodes({ filter: { category: 'REFERRAL' } }), nodes({ first: 1 })]);
    expect([all?.length, referrals?.length, one?.length]).toEqual([2, 1, 1]);
    expect(context.statements()).toBe(3);
  });

  it('read nothing that nobody asks for, and leave nothing for the loader of single records to read', async () => {
    await insert([ONE]);
    const context = request();
    Query.calls(null, {}, context);
    expect(context.statements()).toBe(0);
    await Query.calls(null, {}, context).nodes();
    await (context.loaders as ReturnType<typeof createLoaders>).calls.load(ONE.id);
    expect(context.statements()).toBe(1);
  });
});

const ONE: Call = { id: idOf(0), moment: MOMENTS[0] as string, category: 'INFORMATION', topics: [], province: null, agency: 'c02' };

function idOf(n: number): string {
  return `00000000-0000-8100-8000-${String(n).padStart(12, '0')}`;
}

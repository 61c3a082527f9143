import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#shared/database.ts';
import { ask, ENGINE, type Service, SUBGRAPHS, scratchDatabases, startService } from '../../testkit/stack.ts';
import { databaseUrl, openTables } from '../../testkit/tables.ts';

type Scratch = Awaited<ReturnType<typeof scratchDatabases>>;

const MAIN = 'subgraphs/calls/main.ts';

/** The calls subgraph on the scratch databases. */
const startCalls = (scratch: Scratch, demo = false) =>
  startService(MAIN, { ...process.env, ...scratch.env, CALLS_PORT: '0', DEMO_RECORDS: String(demo), LOG_LEVEL: 'info' });

/** What the service counts over all years, by category. */
async function totals(calls: Service) {
  const { data, errors } = await ask(
    calls,
    `{ _entities(representations: [{ __typename: "StatisticsCell", id: "2013-10-01/2021-09-30|*|*" }]) {
      ... on StatisticsCell { calls { total byCategory { category total } } } } }`,
  );
  expect(errors).toBeUndefined();
  return data._entities[0].calls;
}

async function ready(service: Service): Promise<number> {
  return (await fetch(new URL('/health/ready', service.url))).status;
}

describe(`the tables of every subgraph on ${ENGINE}`, () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabases();
  });
  afterAll(() => scratch?.drop());

  it.each(SUBGRAPHS)('are in %s what entities.ts says: the snapshot, and what the migrations make', async (name) => {
    const database = await openTables(name, scratch.env);
    try {
      expect(await database.orm.migrator.checkSchema(), `npm run migration -- ${name} <name> would write something`).toBe(false);
      const update = await database.orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false });
      // What entities.ts cannot say is the migrations' own: tables beside the entities', triggers, indexes of some rows only and
      // row-level security.
      expect(
        update.split('\n').filter((line) => line !== '' && !/^drop (trigger|function|index|policy)|^alter table .* row level security;$/.test(line)),
      ).toEqual([]);
      expect(await database.migrate(), 'migrations run once').toEqual([]);
    } finally {
      await database.close();
    }
  });
});

describe.runIf(ENGINE === 'pglite')('a folder with a database', () => {
  it('is cleared up of what was written and taken away again', async () => {
    const scratch = await scratchDatabases();
    const leftovers = async (work?: (database: Database) => Promise<unknown>) => {
      const database = await openTables('calls', scratch.env);
      await work?.(database);
      const [size] = await database.query<{ bytes: number }>("SELECT pg_relation_size('rollup_pending')::int AS bytes");
      await database.close();
      return size?.bytes;
    };
    try {
      const insert = `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel)
        SELECT gen_random_uuid(), 's', n, '2021-01-01'::timestamptz + n * interval '1 day', 'REFERRAL', '{}', 'PUBLIC', 'MALE', 'UNKNOWN', 'PHONE'
        FROM generate_series(1, 100) n`;
      expect(await leftovers((database) => database.query(insert))).toBeGreaterThan(0);
      expect(await leftovers((database) => database.clearUp())).toBe(0);
    } finally {
      await scratch.drop();
    }
  });
});

describe.runIf(ENGINE === 'postgresql')('replicas on one PostgreSQL database', () => {
  it('may start at once: tables are made and demo records written by one, and both count them', async () => {
    const scratch = await scratchDatabases();
    const replicas = await Promise.all([startCalls(scratch, true), startCalls(scratch, true), startCalls(scratch, true)]);
    try {
      expect(replicas.filter(({ log }) => log.some((line) => 'migrations' in line))).toHaveLength(1);
      expect(replicas.filter(({ log }) => log.some((line) => line['phase'] === 'seeding'))).toHaveLength(1);
      for (const replica of replicas) {
        expect(await ready(replica)).toBe(200);
        // The hotline's published figures for October 2013 to September 2021.
        expect((await totals(replica)).total).toBe(21_046);
      }
      const { rows } = await onDatabase(databaseUrl('calls', scratch.env), (client) =>
        client.query(
          'SELECT count(*)::int AS calls, count(DISTINCT (source, external_id))::int AS distinct, (SELECT count(*)::int FROM demo_seed) AS seeds FROM call',
        ),
      );
      expect(rows).toEqual([{ calls: rows[0].distinct, distinct: rows[0].calls, seeds: 1 }]);
      expect(rows[0].calls).toBeGreaterThan(21_046);
    } finally {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await scratch.drop();
    }
  });
});

describe.runIf(ENGINE === 'postgresql')('a PostgreSQL server that goes away and comes back', () => {
  let scratch: Scratch;
  let calls: Service;
  let name: string;
  let admin: pg.Client;
  beforeAll(async () => {
    scratch = await scratchDatabases();
    calls = await startCalls(scratch);
    const url = new URL(databaseUrl('calls', scratch.env));
    name = url.pathname.slice(1);
    url.pathname = '/postgres';
    admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
  });
  afterAll(async () => {
    await calls?.stop();
    await admin?.end();
    await scratch?.drop();
  });
  const terminate = () => admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);

  it('costs no request when its connections were idle', async () => {
    expect((await totals(calls)).total).toBe(0);
    const { rowCount } = await terminate();
    expect(rowCount).toBeGreaterThan(0);
    await new Promise((done) => setTimeout(done, 100));
    expect((await totals(calls)).total).toBe(0);
    expect(await ready(calls)).toBe(200);
  });

  it('costs the request under way, which says no more than that something went wrong, and no other', async () => {
    await onDatabase(databaseUrl('calls', scratch.env), async (client) => {
      await client.query('BEGIN; LOCK TABLE call IN ACCESS EXCLUSIVE MODE');
      const waiting = ask(calls, '{ call(id: "00000000-0000-4000-8000-000000000000") { id } }');
      const waits = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
      await expect.poll(async () => (await admin.query(waits, [name])).rows[0].n).toBe(1);
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", [name]);
      expect(await waiting).toEqual({
        data: { call: null },
        errors: [{ message: 'internal error', path: ['call'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      });
      await client.query('ROLLBACK');
    });
    expect((await totals(calls)).total).toBe(0);
  });

  it('makes the service not ready, but live, for as long as it is away', async () => {
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await terminate();
    expect(await ready(calls)).toBe(503);
    expect((await fetch(new URL('/health/live', calls.url))).status).toBe(200);
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    expect(await ready(calls)).toBe(200);
    expect((await totals(calls)).total).toBe(0);
    expect(calls.process.exitCode).toBeNull();
  });
});

async function onDatabase<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

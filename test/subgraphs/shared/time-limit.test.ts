import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentKey } from '#schema/development-keys.ts';
import type { Database } from '#shared/database.ts';
import type { Reach } from '#shared/reach.ts';
import type { TimeLimit } from '#shared/time-limit.ts';
import { hopHeaders } from '../../testkit/hop.ts';
import { ask, ENGINE, type ScratchDatabases, type Service, scratchDatabases, startService } from '../../testkit/stack.ts';
import { databaseUrl, openTables } from '../../testkit/tables.ts';

const EVERYTHING: Reach = { agency: 'c02', scopes: ['calls:read', 'calls:act', 'access-log:append'], passes: [], all: true };
const reach = () => EVERYTHING;
const READ = '{ call(id: "00000000-0000-4000-8000-000000000000") { id } }';

const within = (milliseconds: number): TimeLimit => {
  const end = performance.now() + milliseconds;
  return { remaining: () => end - performance.now() };
};
const whenAborted = (signal: AbortSignal): TimeLimit => ({ remaining: () => Number.POSITIVE_INFINITY, signal });

describe(`statements within a limit of time, on ${ENGINE}`, () => {
  let scratch: ScratchDatabases;
  let database: Database;
  beforeAll(async () => {
    scratch = await scratchDatabases('tables');
    database = await openTables('calls', scratch.env);
  });
  afterAll(async () => {
    await database?.close();
    await scratch?.drop();
  });
  const entries = async () => Number((await database.query<{ n: string }>('SELECT count(*) AS n FROM act'))[0]?.n);
  const insert = "INSERT INTO act (agency, key, name, input_hash) VALUES ('c02', $1, 'test', 'hash')";

  it('run as long as there is time', async () => {
    expect(await database.as(reach, within(60_000)).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('do not begin when it is up, or when nobody waits', async () => {
    await expect(database.as(reach, within(-1)).query('SELECT 1')).rejects.toMatchObject({ code: '57014' });
    await expect(database.as(reach, whenAborted(AbortSignal.abort())).query('SELECT 1')).rejects.toMatchObject({ code: '57014' });
  });

  it('leave nothing of an act whose time is up between two of them', async () => {
    let left = 1_000;
    const act = database.acting(
      reach,
      async (sql) => {
        await sql.query(insert, ['half']);
        left = 0;
        await sql.query('SELECT 1');
      },
      { remaining: () => left },
    );
    await expect(act).rejects.toMatchObject({ code: '57014' });
    expect(await entries()).toBe(0);
  });

  // PGlite has neither: a statement runs to its end there.
  it.runIf(ENGINE === 'postgresql')('are cut off by the database when it is up, and leave nothing of an act', async () => {
    const act = database.acting(
      reach,
      async (sql) => {
        await sql.query(insert, ['cut off']);
        await sql.query('SELECT pg_sleep(60)');
      },
      within(200),
    );
    await expect(act).rejects.toMatchObject({ code: '57014' });
    expect(await entries()).toBe(0);
    // What the transaction was allowed is no other's limit.
    expect(await database.as(reach).query('SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  });

  it.runIf(ENGINE === 'postgresql')('are cancelled when nobody waits any more, and none of somebody else in their place', async () => {
    const client = new AbortController();
    const reading = database.as(reach, whenAborted(client.signal)).query('SELECT pg_sleep(60)');
    await new Promise((done) => setTimeout(done, 200));
    client.abort();
    await expect(reading).rejects.toMatchObject({ code: '57014' });
    const others = Array.from({ length: 20 }, () => database.as(reach).query('SELECT pg_sleep(0.05)'));
    expect(await Promise.all(others)).toHaveLength(20);
  });
});

describe.runIf(ENGINE === 'postgresql')('a service whose database does not get on', () => {
  let scratch: ScratchDatabases;
  let calls: Service;
  let blocker: pg.Client;
  beforeAll(async () => {
    scratch = await scratchDatabases('tables');
    calls = await startService('subgraphs/calls/main.ts', { ...process.env, ...scratch.env, CALLS_PORT: '0', DEMO_RECORDS: 'false' });
    blocker = new pg.Client({ connectionString: databaseUrl('calls', scratch.env) });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE call IN ACCESS EXCLUSIVE MODE');
  });
  afterAll(async () => {
    await blocker?.end();
    await calls?.stop();
    await scratch?.drop();
  });
  const waiting = async () =>
    (await blocker.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).rows[0].n;

  it('says so when the time that the gateway gave it is up, and holds no connection longer', async () => {
    expect(await ask(calls, READ, {}, { 'x-deadline-ms': '300' })).toMatchObject({
      data: { call: null },
      errors: [{ path: ['call'], extensions: { code: 'SUBGRAPH_TIMEOUT' } }],
    });
    expect(await waiting()).toBe(0);
  });

  it('stops when the gateway goes away', async () => {
    const gateway = new AbortController();
    const body = JSON.stringify({ query: READ });
    const headers = await hopHeaders(developmentKey(scratch.folder, 'gateway'), 'calls', body);
    const asked = fetch(calls.url, { method: 'POST', headers, body, signal: gateway.signal });
    await expect.poll(waiting).toBe(1);
    gateway.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(waiting, { timeout: 5_000, interval: 20 }).toBe(0);
  });
});

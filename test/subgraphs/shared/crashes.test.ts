import { createServer } from 'node:net';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { runCrashes } from '../../campaigns/crashes/crashes.ts';
import { startPostgres } from '../../testkit/postgres-server.ts';
import { ENGINE, startService } from '../../testkit/stack.ts';

const SEED = Date.now() % 1_000_000_000;
const SMALL = { seed: SEED, lanes: 8, patience: 60_000, progress: () => undefined };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

// Each has a PostgreSQL server of its own, which it may kill.
describe.runIf(ENGINE === 'postgresql')(`acts on two replicas (seed ${SEED})`, () => {
  it('happen exactly once, and none is locked out for good by others on the same case', async () => {
    const report = await runCrashes({ ...SMALL, acts: 200, lanes: 24, crashes: false, forgetful: false });
    expect(report.problems).toEqual([]);
    expect(report.acts).toBeGreaterThanOrEqual(200);
    expect(report.retries, 'without crashes each is answered at once').toBe(0);
  }, 60_000);

  it('would be seen to happen twice in a service that keeps no answers', async () => {
    const report = await runCrashes({ ...SMALL, acts: 30, crashes: false, forgetful: true, patience: 2_000 });
    expect(report.problems.filter((problem) => problem.startsWith('answers to'))).not.toEqual([]);
  }, 60_000);
});

describe.runIf(ENGINE === 'postgresql')('a service whose PostgreSQL server is killed', () => {
  it('says that it is not ready, goes on running, and serves again when the server is back', async () => {
    await using postgres = await startPostgres(await freePort(), 'secret', []);
    const url = (name: string) => `postgres://postgres:secret@127.0.0.1:${postgres.port}/${name}`;
    const client = new pg.Client({ connectionString: url('postgres') });
    await client.connect();
    await client.query('CREATE DATABASE calls');
    await client.end();
    const service = await startService('subgraphs/calls/main.ts', { ...process.env, CALLS_PORT: '0', DEMO_RECORDS: 'false', CALLS_DATABASE_URL: url('calls') });
    try {
      const ready = async () => (await fetch(new URL('/health/ready', service.url))).status;
      // Several at once, so that several connections are open when the server goes.
      expect(await Promise.all([ready(), ready(), ready()])).toEqual([200, 200, 200]);
      await postgres.kill();
      await expect.poll(ready).toBe(503);
      await postgres.start();
      await expect.poll(ready, { timeout: 10_000 }).toBe(200);
      expect(service.process.exitCode).toBeNull();
    } finally {
      await service.stop();
    }
  }, 60_000);
});

/** docker/databases.sql on servers that are not new: it makes what is missing, and may be run again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../testkit/postgres-server.ts';

const SCRIPT = resolve(import.meta.dirname, '../../docker/databases.sql');
const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'];
const SUPERUSER = 'superuserspassword';
const passwords = (which: string) =>
  Object.fromEntries(
    SUBGRAPHS.flatMap((name) => [
      [`${name.toUpperCase()}_DATABASE_PASSWORD`, `${which}app`],
      [`${name.toUpperCase()}_MIGRATOR_PASSWORD`, `${which}migrator`],
    ]),
  );

/** A server from before there were roles: the service logged in as who owned all. */
const BEFORE = `
  CREATE ROLE calls LOGIN PASSWORD 'before';
  CREATE DATABASE calls OWNER calls;
  \\connect calls
  SET ROLE calls;
  CREATE TABLE call (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
  CREATE SEQUENCE apart;
  CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
  INSERT INTO call (n) VALUES (1), (2);`;

const folder = mkdtempSync(join(tmpdir(), 'hotline-databases-'));
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres(await freePort(), SUPERUSER, []);
  const before = join(folder, 'before.sql');
  writeFileSync(before, BEFORE);
  server.run(before, {});
  server.run(SCRIPT, passwords('first'));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(user: string, password: string, database: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database });
  await client.connect();
  try {
    // Of several statements it gives as many results.
    return [await client.query(statement)].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

const OWNERS = `SELECT DISTINCT pg_get_userbyid(owner) AS owner FROM (
  SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'public' UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()) o (owner)`;

it('gives the owner what a database of before holds, and leaves its records as they are', async () => {
  expect(await ask('postgres', SUPERUSER, 'calls', OWNERS)).toEqual([{ owner: 'calls_owner' }]);
  expect(await ask('calls_migrator', 'firstmigrator', 'calls', 'SET ROLE calls_owner; SELECT sum(n)::int AS n FROM call')).toEqual([{ n: 3 }]);
  expect(await ask('postgres', SUPERUSER, 'calls', 'SELECT total(n) AS n FROM call')).toEqual([{ n: 3 }]);
});

it('leaves who owned it nothing, and the application no more than it is granted', async () => {
  await expect(ask('calls', 'before', 'calls', 'SELECT 1')).rejects.toThrow('permission denied for database');
  await expect(ask('calls_app', 'firstapp', 'calls', 'SELECT FROM call')).rejects.toThrow('permission denied for table');
  await expect(ask('calls_app', 'firstapp', 'victims', 'SELECT 1')).rejects.toThrow('permission denied for database');
});

it('may be run again: passwords are then those that it is given, and all else as it was', async () => {
  const roles = `SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls,
    ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid ORDER BY 1) AS member_of FROM pg_roles r WHERE rolname !~ '^pg_' ORDER BY 1`;
  const databases = 'SELECT datname, pg_get_userbyid(datdba) AS owner, datacl::text FROM pg_database ORDER BY 1';
  const all = async () => [await ask('postgres', SUPERUSER, 'postgres', roles), await ask('postgres', SUPERUSER, 'postgres', databases)];
  const before = await all();
  server.run(SCRIPT, passwords('second'));
  expect(await all()).toEqual(before);
  expect(before[0]).toHaveLength(2 + 3 * SUBGRAPHS.length);
  for (const name of SUBGRAPHS) {
    expect(await ask('postgres', SUPERUSER, name, OWNERS), name).toEqual([{ owner: `${name}_owner` }]);
    await expect(ask(`${name}_app`, 'firstapp', name, 'SELECT 1'), name).rejects.toThrow('password authentication failed');
    expect(await ask(`${name}_app`, 'secondapp', name, 'SELECT 1 AS n'), name).toEqual([{ n: 1 }]);
    expect(await ask(`${name}_migrator`, 'secondmigrator', name, `SELECT pg_has_role('${name}_owner', 'MEMBER') AS may`), name).toEqual([{ may: true }]);
  }
});

function freePort(): Promise<number> {
  return new Promise((found) => {
    const taken = createServer().listen(0, '127.0.0.1', () => {
      const { port } = taken.address() as { port: number };
      taken.close(() => found(port));
    });
  });
}

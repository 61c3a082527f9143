import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import pino from 'pino';
import { logOrigin } from '#schema/log-checkpoints.ts';
import type { AccessEntry } from '#shared/access-log/entry.ts';
import { type AccessLog, type AccessLogParts, openAccessLog } from '#shared/access-log/log.ts';
import type { Sql } from '#shared/database.ts';
import { ENGINE, type SubgraphName } from './stack.ts';
import { databaseUrl, openTables } from './tables.ts';

/** A database as its administrator has it: no row and no right is kept from him. */
export interface AdminDatabase {
  readonly sql: Sql;
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Makes the tables of a subgraph in its scratch database and opens it. `migrate: false` when they are there. */
export async function openAdmin(name: SubgraphName, env: NodeJS.ProcessEnv, { migrate = true } = {}): Promise<AdminDatabase> {
  if (migrate) await (await openTables(name, env)).close();
  return ENGINE === 'pglite' ? adminOfFolder(join(env['DATA_FOLDER'] ?? '', name)) : adminOfServer(databaseUrl(name, env));
}

/** {@link openAdmin} by the service's folder. */
export async function adminOfFolder(folder: string): Promise<AdminDatabase> {
  const pglite = await PGlite.create({ dataDir: join(folder, 'pg') });
  const sqlOf = (client: Pick<PGlite, 'query'>): Sql => ({
    query: async <Row>(statement: string, parameters: readonly unknown[] = []) => (await client.query<Row>(statement, [...parameters])).rows,
  });
  return {
    sql: sqlOf(pglite),
    transaction: (work) => pglite.transaction((client) => work(sqlOf(client as never))),
    close: () => pglite.close(),
  };
}

/** {@link openAdmin} by the database's URL. */
export async function adminOfServer(url: string): Promise<AdminDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  const sqlOf = (client: pg.Pool | pg.PoolClient): Sql => ({
    query: async <Row>(statement: string, parameters: readonly unknown[] = []) => (await client.query(statement, [...parameters])).rows as Row[],
  });
  return {
    sql: sqlOf(pool),
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(sqlOf(client));
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** An Ed25519 private key, the same in all processes of a test: RFC 8410's frame around a seed of one repeated byte. */
const keyOf = (byte: number) =>
  createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]), format: 'der', type: 'pkcs8' });

/** The key of the logs of a test, and one of somebody else. */
export const LOG_KEY = keyOf(1);
export const FOREIGN_KEY = keyOf(2);

/** The log of `calls` in a database, signed with {@link LOG_KEY} and only when it must be. */
export function openTestLog(database: AdminDatabase, parts: Partial<AccessLogParts> = {}): AccessLog {
  const transaction: AccessLogParts['transaction'] = (work) => database.transaction(work);
  return openAccessLog({ transaction, origin: logOrigin('calls'), signingKey: LOG_KEY, log: pino({ level: 'silent' }), checkpointEvery: 3_600_000, ...parts });
}

/** The n-th of entries that all differ. */
export function entryOf(n: number): AccessEntry {
  return {
    at: new Date(Date.UTC(2026, 10, 26, 8, 0, 0, n)).toISOString(),
    subject: `officer-${n % 7}`,
    agency: n % 5 === 0 ? null : 'c02',
    purpose: n % 2 === 0 ? 'CASE_WORK' : 'OVERSIGHT',
    operationHash: `hash-${n % 3}`,
    operationName: n % 4 === 0 ? null : 'CaseFile',
    requestId: `request-${n}`,
    kind: 'read',
    fields: ['Call.category'],
    records: [recordId(n), recordId(n + 1)],
    details: { number: n },
  };
}

/** A record that entries n - 1 and n have read. */
export function recordId(n: number): string {
  return `0a1b2c3d-0000-8f00-8000-${String(n).padStart(12, '0')}`;
}

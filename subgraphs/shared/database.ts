import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM as PgliteORM } from '@mikro-orm/pglite';
import { MikroORM as PostgresORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DatabaseConfig } from './config.ts';
import { lockFolder } from './folder-lock.ts';

/** Runs statements; `$1 …` stand for the parameters. */
export interface Sql {
  query<Row = Record<string, unknown>>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One connection, kept for a work of several statements (temporary tables live as long as it does). */
export interface Session extends Sql {
  /** Runs `COPY … FROM STDIN` in text format with the chunks as its data. */
  copyIn(target: string, chunks: AsyncIterable<string>): Promise<void>;
  /** Commits when `work` succeeds, rolls back when it throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** A subgraph's database: the same SQL on PGlite and on a PostgreSQL server. */
export interface Database extends Sql {
  readonly engine: DatabaseConfig['engine'];
  readonly orm: PostgresORM | PgliteORM;
  /** `signal` cancels the statement under way where the engine can. */
  session<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `work` while no other process that uses the same database runs any: replicas that start at once wait for each other. `signal` ends the waiting. */
  exclusively<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Brings the tables up to date; to be run {@link exclusively}. @returns the migrations that ran. */
  migrate(): Promise<string[]>;
  /** Frees what much writing left behind, where the engine does not do so by itself: PGlite has no autovacuum. */
  clearUp(): Promise<void>;
  close(): Promise<void>;
}

/** What a subgraph's tables are made of. */
export interface TablesDefinition {
  readonly entities: readonly EntitySchema[];
  /** Folder of the migrations and their snapshot. */
  readonly migrations: string;
}

/** Any number, the same in all replicas of a subgraph: the key of the advisory lock around what only one may do at a time. */
const START_LOCK = 8_111_530;

/** How long a cancelled statement has to end before it is cancelled again; in milliseconds. */
const CANCEL_AGAIN = 100;

/**
 * Opens the database.
 * @throws FolderLocked when another process has the PGlite folder open.
 */
export async function openDatabase(config: DatabaseConfig, tables: TablesDefinition): Promise<Database> {
  switch (config.engine) {
    case 'pglite':
      return openPglite(config.folder, tables);
    case 'postgresql':
      return openPostgres(config.url, tables);
    default:
      return config satisfies never;
  }
}

function ormOptions(tables: TablesDefinition) {
  return {
    entities: [...tables.entities],
    extensions: [Migrator],
    migrations: {
      path: tables.migrations,
      glob: 'Migration*.ts',
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
      disableForeignKeys: false,
      silent: true,
    },
    discovery: { warnWhenNoEntities: false },
    // A database that is not there is more likely a mistake in its name than one to be made.
    ensureDatabase: false,
  };
}

async function openPglite(folder: string, tables: TablesDefinition): Promise<Database> {
  const unlock = lockFolder(folder);
  try {
    const orm = await PgliteORM.init({ ...ormOptions(tables), dbName: 'postgres', driverOptions: { dataDir: await dataFolder(folder) } });
    const pglite = (await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<PGlite> }).getNativeClient()) as PGlite;
    const sql = pgliteSql(pglite);
    return {
      engine: 'pglite',
      orm,
      ...sql,
      // One process, one connection: statements queue, and a transaction has the connection to itself.
      session: (work) =>
        work({
          ...sql,
          copyIn: (target, chunks) => pgliteCopyIn(pglite, target, chunks),
          transaction: (inner) => pglite.transaction((transaction) => inner(pgliteSql(transaction))),
        }),
      // The folder's lock keeps every other process out already.
      exclusively: (work) => work(),
      migrate: () => migrate(orm),
      clearUp: async () => void (await sql.query('VACUUM')),
      close: async () => {
        await orm.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * The folder with PostgreSQL's files, made where there is none: from a prepared archive, which takes a quarter of the time of initdb, and
 * under another name until it is whole, so that a start that is cut off leaves no half of a database.
 */
async function dataFolder(folder: string): Promise<string> {
  const whole = join(folder, 'pg');
  if (existsSync(whole)) return whole;
  const making = join(folder, 'pg.new');
  rmSync(making, { recursive: true, force: true });
  const { dataDir } = await import('@electric-sql/pglite-prepopulatedfs');
  const pglite = await PGlite.create({ dataDir: making, loadDataDir: await dataDir() });
  await pglite.close();
  renameSync(making, whole);
  return whole;
}

function pgliteSql(client: PGlite | Transaction): Sql {
  return {
    query: async <Row>(statement: string, parameters: readonly unknown[] = []) => {
      const { rows } = await client.query<Row>(statement, [...parameters]);
      // Statements run in this thread: without a turn between them, signals and requests would wait for the end of all.
      await turn();
      return rows;
    },
  };
}

async function pgliteCopyIn(pglite: PGlite, target: string, chunks: AsyncIterable<string>): Promise<void> {
  for await (const chunk of chunks) {
    await pglite.query(`COPY ${target} FROM '/dev/blob'`, [], { blob: new Blob([chunk]) });
    await turn();
  }
}

async function openPostgres(url: string, tables: TablesDefinition): Promise<Database> {
  const orm = await PostgresORM.init({
    ...ormOptions(tables),
    clientUrl: url,
    pool: { min: 0, max: 10 },
    // Compiling a statement takes longer than any takes, and the planner, which knows little of what is passed as parameters, would do it.
    driverOptions: { options: '-c jit=off' },
  });
  const pool = (await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> }).getNativeClient()) as Pool;
  const close = async () => {
    await orm.close();
    // Which leaves a pool open that it has not used itself.
    if (!pool.ending) await pool.end();
  };
  try {
    // The migrator would make a missing database whatever the options say.
    await pool.query('SELECT 1');
  } catch (error) {
    await close();
    throw error;
  }
  const session = async <T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const client = await pool.connect();
    let broken = true;
    const cancel = () => void pool.query('SELECT pg_cancel_backend($1)', [(client as unknown as { processID: number }).processID]).catch(() => undefined);
    let cancelling: NodeJS.Timeout | undefined;
    const abort = () => {
      cancel();
      // Again and again: between two statements there is nothing to cancel.
      cancelling = setInterval(cancel, CANCEL_AGAIN);
    };
    signal?.addEventListener('abort', abort);
    try {
      const result = await work(postgresSession(client));
      broken = false;
      return result;
    } finally {
      signal?.removeEventListener('abort', abort);
      clearInterval(cancelling);
      // After a failure the connection may be in any state: the pool gets a new one instead.
      client.release(broken);
    }
  };
  return {
    engine: 'postgresql',
    orm,
    ...postgresSql(pool),
    session,
    exclusively: (work, signal) =>
      session(async (lock) => {
        await lock.query('SELECT pg_advisory_lock($1)', [START_LOCK]);
        try {
          return await work();
        } finally {
          await lock.query('SELECT pg_advisory_unlock($1)', [START_LOCK]).catch(() => undefined);
        }
      }, signal),
    migrate: () => migrate(orm),
    clearUp: async () => undefined,
    close,
  };
}

function postgresSql(client: Pool | PoolClient): Sql {
  return { query: async <Row>(statement: string, parameters: readonly unknown[] = []) => (await client.query(statement, [...parameters])).rows as Row[] };
}

function postgresSession(client: PoolClient): Session {
  const sql = postgresSql(client);
  return {
    ...sql,
    copyIn: (target, chunks) => pipeline(chunks, client.query(copyFrom(`COPY ${target} FROM STDIN`))),
    transaction: async (work) => {
      await client.query('BEGIN');
      try {
        const result = await work(sql);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // On a connection that broke it fails too, and the first failure is the one to tell.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
}

async function migrate(orm: PostgresORM | PgliteORM): Promise<string[]> {
  return (await orm.migrator.up()).map((migration) => migration.name);
}

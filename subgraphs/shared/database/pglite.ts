import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { MikroORM as PgliteORM } from '@mikro-orm/pglite';
import { contextStatement, type EngineDatabase, ormOptions, runMigrations, type Sql, type TablesDefinition } from '../database.ts';
import { lockFolder } from '../folder-lock.ts';
import type { Reach } from '../reach.ts';
import { checkTime, inTime, type TimeLimit, UNLIMITED } from '../time-limit.ts';
import { prepareRoles } from './roles.ts';

/**
 * V8 is told to compile PGlite's WebAssembly once, and not a second time, optimised, while it runs. Of the functions that run most one (PostgreSQL's
 * interpreter of expressions, it seems: 107 kB) takes V8 600 MB and a second of the processor for that, in every process that opens a database, most
 * of which are commands that live no longer. Measured, two cores: a start takes 1.3 s of the processor instead of 2.5, 350 MB instead of 950;
 * filling a database costs the same; grouping 100,000 rows takes 55 ms instead of 35. Figures come from rollups, and who has
 * many more records has a server.
 */
const COMPILED_ONCE = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

/** A database in the process, kept in a folder. @throws FolderLocked */
export async function openPglite(folder: string, tables: TablesDefinition): Promise<EngineDatabase> {
  for (const flag of COMPILED_ONCE) setFlagsFromString(flag);
  const unlock = lockFolder(folder);
  try {
    const orm = await PgliteORM.init({ ...ormOptions(tables), dbName: 'postgres', driverOptions: { dataDir: await dataFolder(folder) } });
    const pglite = (await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<PGlite> }).getNativeClient()) as PGlite;
    const sql = pgliteSql(pglite);
    const { owner, app } = await prepareRoles(sql, tables.name);
    // COPY reads from what looks like a file of the server; the login is a superuser, which row-level security does not bind.
    await pglite.exec(`GRANT pg_read_server_files TO ${owner}; SET ROLE ${owner}`);
    // A statement under way runs to its end: in WASM there are no signals, and without them no `statement_timeout` and no cancelling.
    const acting = <T>(reach: () => Reach, work: (sql: Sql) => Promise<T>, limit: TimeLimit = UNLIMITED) =>
      pglite.transaction(async (transaction) => {
        checkTime(limit);
        await transaction.exec(`SET LOCAL ROLE ${app}; ${contextStatement(reach())}`);
        return work(inTime(pgliteSql(transaction), limit));
      });
    return {
      engine: 'pglite',
      orm,
      ...sql,
      as: (reach, limit) => ({
        query: <Row>(statement: string, parameters?: readonly unknown[]) => acting(reach, (own) => own.query<Row>(statement, parameters), limit),
      }),
      acting,
      checkApplication: async () => undefined,
      // One process, one connection: statements queue, and a transaction has the connection to itself.
      session: (work) =>
        work({
          ...sql,
          copyIn: (target, chunks) => pgliteCopyIn(pglite, target, chunks),
          transaction: (inner) => pglite.transaction((transaction) => inner(pgliteSql(transaction))),
        }),
      // The folder's lock keeps every other process out already.
      exclusively: (work) => work(),
      migrate: () => runMigrations(orm),
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

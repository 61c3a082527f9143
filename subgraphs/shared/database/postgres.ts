import { pipeline } from 'node:stream/promises';
import { MikroORM as PostgresORM } from '@mikro-orm/postgresql';
import { Client, Pool, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DatabaseConfig } from '../config.ts';
import { contextStatement, type EngineDatabase, ormOptions, runMigrations, type Session, type Sql, type TablesDefinition } from '../database.ts';
import type { Reach } from '../reach.ts';
import { checkApplication, prepareRoles } from './roles.ts';

type PostgresConfig = Extract<DatabaseConfig, { readonly engine: 'postgresql' }>;

/** Any number, the same in all replicas of a subgraph: the key of the advisory lock around what only one may do at a time. */
const START_LOCK = 8_111_530;

/** How long a cancelled statement has to end before it is cancelled again; in milliseconds. */
const CANCEL_AGAIN = 100;

/** A database on a server. @throws RolesMissing */
export async function openPostgres({ url, migratorUrl = url }: PostgresConfig, tables: TablesDefinition): Promise<EngineDatabase> {
  const roles = await withLogin(migratorUrl, (sql) => prepareRoles(sql, tables.name));
  const orm = await PostgresORM.init({
    ...ormOptions(tables),
    clientUrl: migratorUrl,
    pool: { min: 0, max: 10 },
    // Compiling a statement takes longer than any takes, and the planner, which knows little of what is passed as parameters, would do it.
    driverOptions: { options: `-c jit=off -c role=${roles.owner}` },
  });
  const pool = (await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> }).getNativeClient()) as Pool;
  const application = new Pool({ connectionString: url, max: 10, options: `-c jit=off -c role=${roles.app}` });
  // A connection that breaks is replaced, and whoever used it is told by the statement; without listeners it would end the process.
  application.on('error', () => undefined);
  application.on('connect', (client) => void client.on('error', () => undefined));
  const close = async () => {
    if (!application.ending) await application.end();
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
    // As the login, whose statement it is: the owner, which it has become here, may not cancel it.
    const cancel = () =>
      void withLogin(migratorUrl, (sql) => sql.query('SELECT pg_cancel_backend($1)', [(client as unknown as { processID: number }).processID])).catch(
        () => undefined,
      );
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
  const acting = <T>(reach: () => Reach, work: (sql: Sql) => Promise<T>) => inTransaction(application, `BEGIN; ${contextStatement(reach())}`, work);
  return {
    engine: 'postgresql',
    orm,
    ...postgresSql(pool),
    as: (reach) => ({
      query: <Row>(statement: string, parameters?: readonly unknown[]) =>
        inTransaction(application, `BEGIN READ ONLY; ${contextStatement(reach())}`, (sql) => sql.query<Row>(statement, parameters)),
    }),
    acting,
    checkApplication: () => checkApplication(postgresSql(application), roles),
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
    migrate: () => runMigrations(orm),
    clearUp: async () => undefined,
    close,
  };
}

/** A transaction of one connection of the pool, begun with `begin`: one round trip, as PostgreSQL takes several statements at once. */
async function inTransaction<T>(pool: Pool, begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(begin);
    const result = await work(postgresSql(client));
    const { command } = await client.query('COMMIT');
    broken = false;
    // What PostgreSQL answers when a statement had failed, whatever became of that failure.
    if (command !== 'COMMIT') throw new Error('a transaction was rolled back though its work went on after a failure');
    return result;
  } catch (error) {
    // What the transaction knew of its caller ends with it; a connection of which that is not certain is given up.
    if (broken)
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Runs `work` as the login itself, which is none of the roles yet. */
async function withLogin<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(postgresSql(client));
  } finally {
    await client.end();
  }
}

function postgresSql(client: Pool | PoolClient | Client): Sql {
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

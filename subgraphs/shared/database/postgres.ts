import { pipeline } from 'node:stream/promises';
import { MikroORM as PostgresORM } from '@mikro-orm/postgresql';
import { Client, Pool, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DatabaseConfig } from '../config.ts';
import { contextStatement, type EngineDatabase, ormOptions, runMigrations, type Session, type Sql, type TablesDefinition } from '../database.ts';
import type { Reach } from '../reach.ts';
import { checkTime, inTime, type TimeLimit, timeoutStatement, UNLIMITED } from '../time-limit.ts';
import { checkApplication, prepareRoles } from './roles.ts';

type PostgresConfig = Extract<DatabaseConfig, { readonly engine: 'postgresql' }>;

/** Any number, the same in all replicas of a subgraph: the key of the advisory lock around what only one may do at a time. */
const START_LOCK = 8_111_530;
/** The same around what the roles are given: two that give it at once fail ("tuple concurrently updated"). Ends with the connection. */
const ROLES_LOCK = 8_111_531;

/** How long a cancelled statement has to end before it is cancelled again; in milliseconds. */
const CANCEL_AGAIN = 100;

/** A database on a server. @throws RolesMissing */
export async function openPostgres({ url, migratorUrl = url }: PostgresConfig, tables: TablesDefinition): Promise<EngineDatabase> {
  const roles = await withLogin(migratorUrl, async (sql) => {
    await sql.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK]);
    return prepareRoles(sql, tables.name);
  });
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
    const stopCancelling = cancelWhenAborted(migratorUrl, client, signal);
    try {
      const result = await work(postgresSession(client));
      broken = false;
      return result;
    } finally {
      stopCancelling();
      // After a failure the connection may be in any state: the pool gets a new one instead.
      client.release(broken);
    }
  };
  const transaction = <T>(begin: string, reach: () => Reach, work: (sql: Sql) => Promise<T>, limit: TimeLimit = UNLIMITED) =>
    inTransaction(application, () => `${begin}; ${timeoutStatement(limit)}${contextStatement(reach())}`, work, { limit, url });
  return {
    engine: 'postgresql',
    orm,
    ...postgresSql(pool),
    as: (reach, limit) => ({
      query: <Row>(statement: string, parameters?: readonly unknown[]) =>
        transaction('BEGIN READ ONLY', reach, (sql) => sql.query<Row>(statement, parameters), limit),
    }),
    acting: (reach, work, limit) => transaction('BEGIN', reach, work, limit),
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

/** How long a transaction may take, and the login that may cancel its statements. */
interface Bounds {
  readonly limit: TimeLimit;
  readonly url: string;
}

/** A transaction of one connection of the pool, begun with `begin`: one round trip, as PostgreSQL takes several statements at once. */
async function inTransaction<T>(pool: Pool, begin: () => string, work: (sql: Sql) => Promise<T>, { limit, url }: Bounds): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  const stopCancelling = cancelWhenAborted(url, client, limit.signal);
  try {
    checkTime(limit);
    await client.query(begin());
    const result = await work(inTime(postgresSql(client), limit));
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
    // A cancellation that comes late would hit whatever the connection does next.
    const cancelled = stopCancelling();
    client.release(broken || cancelled);
  }
}

/**
 * Cancels the statements of a connection from when the signal is aborted until the returned function is called, which says whether it did. By the
 * login, whose statements they are: the role that it has become there may not cancel them.
 */
function cancelWhenAborted(url: string, client: PoolClient, signal: AbortSignal | undefined): () => boolean {
  const cancel = () =>
    void withLogin(url, (sql) => sql.query('SELECT pg_cancel_backend($1)', [(client as unknown as { processID: number }).processID])).catch(() => undefined);
  let cancelling: NodeJS.Timeout | undefined;
  const abort = () => {
    cancel();
    // Again and again: between two statements there is nothing to cancel.
    cancelling = setInterval(cancel, CANCEL_AGAIN);
  };
  signal?.addEventListener('abort', abort);
  return () => {
    signal?.removeEventListener('abort', abort);
    clearInterval(cancelling);
    return cancelling !== undefined;
  };
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

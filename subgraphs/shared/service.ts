import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { logOrigin } from '#schema/log-checkpoints.ts';
import { GrantsError, openGrants } from './access/grants.ts';
import { exchangeCheckpoints } from './access-log/exchange.ts';
import { openAccessLog } from './access-log/log.ts';
import { ConfigError, loadConfig, type SubgraphConfig } from './config.ts';
import { type Database, openDatabase, type Sql } from './database.ts';
import { explain } from './explain.ts';
import { adoptReferenceKey } from './foreign-ids/adoption.ts';
import { foreignIdsIn } from './foreign-ids/foreign-ids.ts';
import { type ImportService, registerImport, serviceFile } from './import/http.ts';
import { importRows } from './import/importer.ts';
import type { RowFault } from './import/parser.ts';
import { buildServer } from './server.ts';
import type { Reach } from './reach.ts';
import type { Subgraph } from './subgraph.ts';

/** A running subgraph. */
export interface RunningSubgraph {
  /** Its GraphQL endpoint. */
  readonly url: string;
  readonly database: Database;
  /** Finishes the requests under way, cuts off those that take too long, then closes the database. */
  stop(): Promise<void>;
}

/** How long requests under way may take when the service stops, and all of stopping; in milliseconds. Who stops a service kills what takes longer. */
const REQUESTS_END = 1_200;
const ALL_ENDS = 1_800;

/** The access log is kept for no caller. */
const LOGGING: Reach = { agency: null, scopes: ['access-log:append'], passes: [], all: false };

/** How far demo records are logged apart, for progress bars. */
const PROGRESS_ROWS = 500;

/**
 * Starts the subgraph: opens its database, migrates, fills an empty one with demo records where configured, and listens.
 * @throws what explain.ts puts into one line.
 */
export async function startSubgraph(subgraph: Subgraph, config: SubgraphConfig, log: Logger): Promise<RunningSubgraph> {
  log.info({ phase: 'migrating' }, 'migrating');
  const { name, entities, folder, foreign = [] } = subgraph;
  const foreignIds = foreignIdsIn(foreign, config.referenceKeys);
  const database = await openDatabase(config.database, { name, entities, migrations: join(folder, 'migrations'), foreignIds });
  try {
    // What a service left that was killed would lead imports astray.
    if (config.database.engine === 'pglite') rmSync(serviceFile(config.database.folder), { force: true });
    await database.exclusively(async () => {
      const migrations = await database.migrate();
      if (migrations.length > 0) log.info({ migrations }, 'migrated');
      if (config.referenceKeys) await adoptReferenceKey(database, name, config.referenceKeys, log);
      if (config.demoRecords) await seed(subgraph, config, database, log);
    });

    if (config.production) await database.checkApplication();

    let ready = false;
    const typeDefs = readFileSync(join(subgraph.folder, 'schema.graphql'), 'utf8');
    const { recordIdKey, failpoints, settings, gatewayKeys, tls } = config;
    const grantedTo = openGrants(config.grantsFile, log);
    const transaction = <T>(work: (sql: Sql) => Promise<T>) => database.acting(() => LOGGING, work);
    const accessLog = openAccessLog({ origin: logOrigin(subgraph.name), signingKey: config.logKey, transaction, log });
    const app = await buildServer(subgraph, {
      typeDefs,
      database,
      log,
      recordIdKey,
      failpoints,
      settings,
      gatewayKeys,
      grantedTo,
      tls,
      append: accessLog.append,
      ready: () => ready,
    });
    exchangeCheckpoints(app, '/graphql', {
      newest: accessLog.newest,
      sql: { query: (statement, parameters) => transaction((sql) => sql.query(statement, parameters)) },
      witnessed: config.witnessedLogs,
      log,
    });
    const importing = await openImports(app, subgraph, config, database);
    const address = await app.listen({ host: config.host, port: config.port });
    const url = `${address}/graphql`;
    importing.announce(url);
    ready = true;
    log.info({ phase: 'ready', url }, `ready at ${url}`);
    const stop = async () => {
      ready = false;
      log.info({ phase: 'stopping' }, 'stopping');
      importing.withdraw();
      // A connection that is cut takes its import with it: nothing of that is written then.
      const cut = setTimeout(() => app.server.closeAllConnections(), REQUESTS_END);
      await app.close();
      clearTimeout(cut);
      await accessLog.close();
      await database.close();
    };
    let stopped: Promise<void> | undefined;
    return {
      url,
      database,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Runs the subgraph as this process: until SIGTERM or SIGINT, or until the parent that watches it is gone. Exit code 1 when it cannot start. */
export async function runSubgraph(subgraph: Subgraph): Promise<void> {
  let log = openLog(subgraph.name, 'info');
  try {
    const config = loadConfig(subgraph);
    log = openLog(subgraph.name, config.logLevel);
    const running = await startSubgraph(subgraph, config, log);
    const stop = () => {
      // A statement that waits for another's lock would hold up its connection for good.
      setTimeout(() => {
        log.warn('stopped with work under way');
        process.exit(0);
      }, ALL_ENDS);
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'could not stop cleanly');
          process.exit(1);
        },
      );
    };
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, stop);
  } catch (error) {
    log.fatal(
      error instanceof ConfigError || error instanceof GrantsError ? {} : { err: error },
      explain(error, subgraph.name) ?? `cannot start: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}

/** A log on stdout, written at once: an embedded database holds up the event loop, and progress would be told only when it is over. */
function openLog(name: string, level: string): Logger {
  return pino({ name, level }, pino.destination({ fd: 1, sync: true }));
}

/** Fills a database that never held a record with demo records, or goes on where that was cut off: importing again changes nothing. */
async function seed(subgraph: Subgraph, config: SubgraphConfig, database: Database, log: Logger): Promise<void> {
  const [state] = await database.query<{ begun: boolean; finished: boolean; records: boolean }>(
    `SELECT EXISTS (SELECT FROM demo_seed) AS begun, EXISTS (SELECT FROM demo_seed WHERE finished_at IS NOT NULL) AS finished,
      EXISTS (SELECT FROM record_change) OR EXISTS (SELECT FROM reference) AS records`,
  );
  if (state?.finished || (state?.records && !state.begun)) return;
  if (!state?.begun) await database.query('INSERT INTO demo_seed DEFAULT VALUES');
  const sets = subgraph.demo.map(({ records, rows }) => ({ records, rows: [...rows()] }));
  for (const { records, rows } of sets) {
    const spec = subgraph.imports[records];
    if (spec === undefined) throw new Error(`demo records "${records}" have no import`);
    const tell = (done: number) => log.info({ phase: 'seeding', records, done, total: rows.length });
    let told = 0;
    const onProgress = ({ rows: done }: { rows: number }) => {
      if (done - told < PROGRESS_ROWS) return;
      told = done;
      tell(done);
    };
    const onFault = (fault: RowFault) => log.error({ records, fault }, 'a demo record is not what the import expects');
    const { bad } = await importRows(database, spec, rows, { recordIdKey: config.recordIdKey, onProgress, onFault });
    if (bad > 0) throw new Error(`${bad} demo records of "${records}" are not what the import expects`);
    tell(rows.length);
  }
  await database.query('UPDATE demo_seed SET finished_at = clock_timestamp()');
}

/**
 * The running service takes imports itself where no other process can open its database; what is needed to ask it lies in the data folder,
 * where only its owner reads. @returns how it is announced once the service listens, and withdrawn.
 */
async function openImports(app: FastifyInstance, subgraph: Subgraph, config: SubgraphConfig, database: Database) {
  const nothing = () => undefined;
  if (config.database.engine !== 'pglite') return { announce: nothing, withdraw: nothing };
  const file = serviceFile(config.database.folder);
  const token = randomBytes(32).toString('base64url');
  await registerImport(app, { database, imports: subgraph.imports, token, recordIdKey: config.recordIdKey });
  return {
    announce: (url: string) => {
      const service: ImportService = { url: new URL(url).origin, token };
      writeFileSync(file, `${JSON.stringify(service)}\n`, { mode: 0o600, flag: 'wx' });
    },
    withdraw: () => rmSync(file, { force: true }),
  };
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { ConfigError, loadConfig, type SubgraphConfig } from './config.ts';
import { type Database, openDatabase } from './database.ts';
import { FolderLocked } from './folder-lock.ts';
import { registerImport } from './import/http.ts';
import { importRows } from './import/importer.ts';
import { buildServer } from './server.ts';
import type { Subgraph } from './subgraph.ts';

/** A running subgraph. */
export interface RunningSubgraph {
  /** Its GraphQL endpoint. */
  readonly url: string;
  readonly database: Database;
  /** Finishes the requests under way, then closes the database. */
  stop(): Promise<void>;
}

/** How far demo records are logged apart, for progress bars. */
const PROGRESS_ROWS = 500;

/**
 * Starts the subgraph: opens its database, migrates, fills an empty one with demo records where configured, and listens.
 * @throws what {@link explain} puts into one line.
 */
export async function startSubgraph(subgraph: Subgraph, config: SubgraphConfig, log: Logger): Promise<RunningSubgraph> {
  log.info({ phase: 'migrating' }, 'migrating');
  const database = await openDatabase(config.database, { entities: subgraph.entities, migrations: join(subgraph.folder, 'migrations') });
  try {
    const migrations = await database.migrate();
    if (migrations.length > 0) log.info({ migrations }, 'migrated');
    if (config.demoRecords) await seed(subgraph, config, database, log);

    let ready = false;
    const typeDefs = readFileSync(join(subgraph.folder, 'schema.graphql'), 'utf8');
    const app = await buildServer(subgraph, { typeDefs, database, log, ready: () => ready });
    const revoke = await openImports(app, subgraph, config, database);
    const address = await app.listen({ host: config.host, port: config.port });
    const url = `${address}/graphql`;
    announce(config, url, revoke.token);
    ready = true;
    log.info({ phase: 'ready', url }, `ready at ${url}`);
    return {
      url,
      database,
      stop: async () => {
        ready = false;
        log.info({ phase: 'stopping' }, 'stopping');
        revoke.withdraw();
        await app.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Runs the subgraph as this process: until SIGTERM or SIGINT, or until the parent that watches it is gone. Exit code 1 when it cannot start. */
export async function runSubgraph(subgraph: Subgraph): Promise<void> {
  let log = pino({ name: subgraph.name });
  try {
    const config = loadConfig(subgraph.name, subgraph.port);
    log = pino({ name: subgraph.name, level: config.logLevel });
    const running = await startSubgraph(subgraph, config, log);
    const stop = () => {
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'could not stop cleanly');
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
    process.once('disconnect', stop);
  } catch (error) {
    log.fatal(error instanceof ConfigError ? {} : { err: error }, explain(error, subgraph.name));
    process.exit(1);
  }
}

/** A failure to start, in one line for whoever started it. */
export function explain(error: unknown, name: string): string {
  const { code, port, path, address, message } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (error instanceof ConfigError) return message.replaceAll('\n', '; ');
  if (error instanceof FolderLocked) return `${message}: is another ${name} running? Stop it, or set DATA_FOLDER to another folder`;
  if (code === 'EADDRINUSE') return `port ${port} is taken: stop what listens there, or set ${name.toUpperCase()}_PORT`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return `cannot write ${path ?? address ?? 'the data folder'}: make it writable, or set DATA_FOLDER to another folder`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return `no PostgreSQL server answers: check ${name.toUpperCase()}_DATABASE_URL`;
  return `cannot start: ${message ?? String(error)}`;
}

async function seed(subgraph: Subgraph, config: SubgraphConfig, database: Database, log: Logger): Promise<void> {
  const [row] = await database.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM record_change) AS any');
  if (row?.any) return;
  const sets = subgraph.demo.map(({ records, rows }) => ({ records, rows: [...rows()] }));
  for (const { records, rows } of sets) {
    const spec = subgraph.imports[records];
    if (spec === undefined) throw new Error(`demo records "${records}" have no import`);
    let logged = 0;
    const onProgress = ({ rows: done }: { rows: number }) => {
      if (done - logged < PROGRESS_ROWS) return;
      logged = done;
      log.info({ phase: 'seeding', records, done, total: rows.length });
    };
    const result = await importRows(database, spec, rows, { recordIdKey: config.recordIdKey, onProgress });
    if (result.bad > 0) throw new Error(`${result.bad} demo records of "${records}" are not what the import expects`);
    log.info({ phase: 'seeding', records, done: rows.length, total: rows.length });
  }
}

/** The running service takes imports itself where no other process can open its database. The token lies where only its owner reads. */
async function openImports(app: FastifyInstance, subgraph: Subgraph, config: SubgraphConfig, database: Database) {
  if (config.database.engine !== 'pglite') return { token: '', withdraw: () => undefined };
  const file = join(config.database.folder, 'service.json');
  const token = randomBytes(32).toString('base64url');
  await registerImport(app, { database, imports: subgraph.imports, token, recordIdKey: config.recordIdKey });
  return { token, withdraw: () => rmSync(file, { force: true }) };
}

function announce(config: SubgraphConfig, url: string, token: string): void {
  if (config.database.engine !== 'pglite') return;
  mkdirSync(config.database.folder, { recursive: true });
  const file = join(config.database.folder, 'service.json');
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, url: url.replace(/\/graphql$/, ''), token })}\n`, { mode: 0o600 });
}

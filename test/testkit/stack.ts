import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';

/** Which databases tests run on: PGlite, or PostgreSQL when TEST_DATABASE=postgresql. */
export const ENGINE = process.env['TEST_DATABASE'] === 'postgresql' ? 'postgresql' : 'pglite';
const SERVER = process.env['TEST_DATABASE_URL'] ?? 'postgres://root@127.0.0.1:5432/postgres';
const ROOT = resolve(import.meta.dirname, '../..');

export const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

type LogLine = Readonly<Record<string, unknown>>;

/** One service as a process of its own. */
export interface Service {
  readonly process: ChildProcess;
  readonly url: string;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  /** Its exit code when it has ended, however it did; null when by a signal. */
  readonly ended: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Four subgraphs and the gateway as real processes, on databases of their own. */
export interface Stack {
  readonly gateway: Service;
  readonly subgraphs: Readonly<Record<SubgraphName, Service>>;
  /** The environment they run in; for imports by the command line. */
  readonly env: NodeJS.ProcessEnv;
  /** A folder of its own, gone when the stack is stopped. */
  readonly folder: string;
  /** Stops all and drops the databases. */
  stop(): Promise<void>;
}

/** Databases of their own for the four subgraphs. */
export interface ScratchDatabases {
  /** The environment variables that say where they are. */
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Puts an empty database in the place of one, on PostgreSQL. */
  empty(name: SubgraphName): Promise<void>;
  drop(): Promise<void>;
}

/** Makes new databases: folders for PGlite, or databases of the server. */
export async function scratchDatabases(): Promise<ScratchDatabases> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-test-'));
  const removeFolder = async () => rmSync(folder, { recursive: true, force: true });
  if (ENGINE === 'pglite') return { env: { DATA_FOLDER: folder }, folder, empty: async () => undefined, drop: removeFolder };
  const prefix = `hotline_test_${randomBytes(5).toString('hex')}`;
  const create = (name: SubgraphName) => `CREATE DATABASE ${prefix}_${name}`;
  const remove = (name: SubgraphName) => `DROP DATABASE IF EXISTS ${prefix}_${name} WITH (FORCE)`;
  await onServer(...SUBGRAPHS.map(create));
  const urls = SUBGRAPHS.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, SERVER.replace(/\/[^/]*$/, `/${prefix}_${name}`)]);
  return {
    env: { DATA_FOLDER: folder, ...Object.fromEntries(urls) },
    folder,
    empty: (name) => onServer(remove(name), create(name)),
    drop: async () => {
      await onServer(...SUBGRAPHS.map(remove));
      await removeFolder();
    },
  };
}

/** Starts the whole stack, with demo records or empty. */
export async function startStack(options: { demo?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<Stack> {
  const databases = await scratchDatabases();
  const env = {
    ...process.env,
    ...databases.env,
    DEMO_RECORDS: String(options.demo ?? true),
    APOLLO_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'development',
    ...options.env,
  };
  const started = await Promise.all(
    SUBGRAPHS.map(async (name) => [name, await startService(`subgraphs/${name}/main.ts`, { ...env, [`${name.toUpperCase()}_PORT`]: '0' })] as const),
  );
  const subgraphs = Object.fromEntries(started) as Record<SubgraphName, Service>;
  const urls = Object.fromEntries(started.map(([name, { url }]) => [`${name.toUpperCase()}_URL`, url]));
  const gateway = await startService('gateway/main.ts', { ...env, ...urls, GATEWAY_PORT: '0' });
  return {
    gateway,
    subgraphs,
    env: { ...env, ...urls },
    folder: databases.folder,
    stop: async () => {
      await Promise.all([gateway, ...Object.values(subgraphs)].map((service) => service.stop()));
      await databases.drop();
    },
  };
}

/** Starts one service and waits until it says that it is ready. Fails with what it logged when it ends before. */
export function startService(script: string, env: NodeJS.ProcessEnv): Promise<Service> {
  // By the channel the service ends when the test that started it is gone, however it went.
  const child = spawn(process.execPath, [join(ROOT, script)], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }) as ChildProcessByStdio<
    null,
    Readable,
    Readable
  >;
  const log: LogLine[] = [];
  let rest = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return new Promise((done, fail) => {
    void ended.then((code) => fail(new Error(`${script} ended with ${code}: ${JSON.stringify(log.slice(-3))} ${errors}`)));
    child.stdout.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines.filter((line) => line.startsWith('{'))) {
        const line = JSON.parse(text) as LogLine;
        log.push(line);
        if (line['phase'] === 'ready') {
          const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
            if (child.exitCode === null && child.signalCode === null) child.kill(signal);
            return ended;
          };
          done({ process: child, url: String(line['url']), log, ended, stop });
        }
      }
    });
  });
}

/** What a GraphQL answer holds. */
// biome-ignore lint/suspicious/noExplicitAny: tests read answers by paths that they know.
export type Answer = { data?: any; errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, any> }[] };

/** Sends an operation as a client does. */
export async function ask(service: Service, query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(service.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

async function onServer(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

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

/** Databases of their own for the four subgraphs, as environment variables, and how to drop them. */
export async function scratchDatabases(): Promise<{ env: NodeJS.ProcessEnv; folder: string; drop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-test-'));
  if (ENGINE === 'pglite') return { env: { DATA_FOLDER: folder }, folder, drop: async () => rmSync(folder, { recursive: true, force: true }) };
  const prefix = `hotline_test_${randomBytes(5).toString('hex')}`;
  const env: NodeJS.ProcessEnv = { DATA_FOLDER: folder };
  await onServer(async (client) => {
    for (const name of SUBGRAPHS) {
      await client.query(`CREATE DATABASE ${prefix}_${name}`);
      env[`${name.toUpperCase()}_DATABASE_URL`] = SERVER.replace(/\/[^/]*$/, `/${prefix}_${name}`);
    }
  });
  const drop = async () => {
    await onServer(async (client) => {
      for (const name of SUBGRAPHS) await client.query(`DROP DATABASE IF EXISTS ${prefix}_${name} WITH (FORCE)`);
    });
    rmSync(folder, { recursive: true, force: true });
  };
  return { env, folder, drop };
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
          done({ process: child, url: String(line['url']), log, stop });
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

async function onServer(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

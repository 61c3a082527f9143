import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { scopesOf } from '#schema/access.ts';
import { developmentKey } from '#schema/development-keys.ts';
import { hopHeaders } from './hop.ts';
import { findTemplate, type TemplateKind } from './templates.ts';
import { type AskAs, dataFolderOf, EVERYTHING, headersFor } from './tokens.ts';

/** Which databases tests run on: PGlite, or PostgreSQL when TEST_DATABASE=postgresql. */
export const ENGINE = process.env['TEST_DATABASE'] === 'postgresql' ? 'postgresql' : 'pglite';
const SERVER = process.env['TEST_DATABASE_URL'] ?? 'postgres://root@127.0.0.1:5432/postgres';
const ROOT = resolve(import.meta.dirname, '../..');

/** Tests of the machinery are not about who is granted what; those that are take the product's own grants, by an empty value. */
const GRANTS_FOLDER = join(ROOT, 'test/testkit/grants');

export const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

type LogLine = Readonly<Record<string, unknown>>;

/** One service as a process of its own. */
export interface Service {
  readonly process: ChildProcess;
  readonly url: string;
  /** The file that it runs. */
  readonly script: string;
  /** The environment it runs in. */
  readonly env: NodeJS.ProcessEnv;
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

/** Under which services keep other ministries' ids: the same for all databases of tests, since these are copied. */
export const REFERENCE_KEYS = {
  REFERRALS_REFERENCE_KEY: Buffer.alloc(32, 'referrals of tests').toString('base64'),
  VICTIMS_REFERENCE_KEY: Buffer.alloc(32, 'victims of tests').toString('base64'),
};

/** Databases of their own for the four subgraphs. */
export interface ScratchDatabases {
  /** The environment variables that say where they are. */
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Puts an empty database in the place of one, on PostgreSQL. */
  empty(name: SubgraphName): Promise<void>;
  drop(): Promise<void>;
}

/** Makes new databases: folders for PGlite, or databases of the server. Empty, or as templates.ts says where there are templates. */
export async function scratchDatabases(like?: TemplateKind): Promise<ScratchDatabases> {
  const template = like && (await findTemplate(like, (name) => makeTemplate(name, like)));
  const databases = databasesNamed(`hotline_test_${randomBytes(5).toString('hex')}`);
  await databases.make(template);
  return databases;
}

/** The four databases under a name, whether they are there or not. `make` makes them: empty, or like those under another name, which nobody uses then. */
export function databasesNamed(name: string): ScratchDatabases & { make(template?: string): Promise<void> } {
  const folder = join(tmpdir(), name);
  const makeFolder = () => void mkdirSync(folder, { mode: 0o700 });
  const removeFolder = async () => rmSync(folder, { recursive: true, force: true });
  if (ENGINE === 'pglite') {
    const make = async (template?: string) => {
      makeFolder();
      if (template === undefined) return;
      for (const subgraph of SUBGRAPHS) cpSync(join(tmpdir(), template, subgraph, 'pg'), join(folder, subgraph, 'pg'), { recursive: true });
    };
    return { env: { DATA_FOLDER: folder, GRANTS_FOLDER, ...REFERENCE_KEYS }, folder, empty: async () => undefined, drop: removeFolder, make };
  }
  const create = (subgraph: SubgraphName, template?: string) => `CREATE DATABASE ${name}_${subgraph} ${template ? `TEMPLATE ${template}_${subgraph}` : ''}`;
  const remove = (subgraph: SubgraphName) => `DROP DATABASE IF EXISTS ${name}_${subgraph} WITH (FORCE)`;
  const urls = SUBGRAPHS.map((subgraph) => [`${subgraph.toUpperCase()}_DATABASE_URL`, SERVER.replace(/\/[^/]*$/, `/${name}_${subgraph}`)]);
  return {
    env: { DATA_FOLDER: folder, GRANTS_FOLDER, ...REFERENCE_KEYS, ...Object.fromEntries(urls) },
    folder,
    empty: (subgraph) => onServer(remove(subgraph), create(subgraph)),
    drop: async () => {
      await onServer(...SUBGRAPHS.map(remove));
      await removeFolder();
    },
    make: async (template) => {
      makeFolder();
      await onServer(...SUBGRAPHS.map((subgraph) => create(subgraph, template)));
    },
  };
}

/** Makes a template as the product makes its databases: the subgraphs start once and stop. */
async function makeTemplate(name: string, kind: TemplateKind): Promise<void> {
  const databases = databasesNamed(name);
  try {
    await databases.make();
    const subgraphs = await startSubgraphs(environment(databases, kind === 'demo'));
    await Promise.all(Object.values(subgraphs).map((service) => service.stop()));
  } catch (error) {
    await databases.drop();
    throw error;
  }
}

/** Starts the whole stack, with demo records or empty. */
export async function startStack(options: { demo?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<Stack> {
  const demo = options.demo ?? true;
  // With another key the demo records have other ids.
  const databases = await scratchDatabases(demo ? (options.env?.['RECORD_ID_KEY'] === undefined ? 'demo' : undefined) : 'tables');
  const env = { ...environment(databases, demo), ...options.env };
  const subgraphs = await startSubgraphs(env);
  const urls = Object.fromEntries(SUBGRAPHS.map((name) => [`${name.toUpperCase()}_URL`, subgraphs[name].url]));
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

function environment(databases: ScratchDatabases, demo: boolean): NodeJS.ProcessEnv {
  return { ...process.env, ...databases.env, DEMO_RECORDS: String(demo), APOLLO_TELEMETRY_DISABLED: '1', NODE_ENV: 'development' };
}

async function startSubgraphs(env: NodeJS.ProcessEnv): Promise<Record<SubgraphName, Service>> {
  const start = (name: SubgraphName) => startService(`subgraphs/${name}/main.ts`, { ...env, [`${name.toUpperCase()}_PORT`]: '0' });
  const started = await Promise.all(SUBGRAPHS.map(async (name) => [name, await start(name)] as const));
  return Object.fromEntries(started) as Record<SubgraphName, Service>;
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
          done({ process: child, url: String(line['url']), script, env, log, ended, stop });
        }
      }
    });
  });
}

/** What a GraphQL answer holds. */
// biome-ignore lint/suspicious/noExplicitAny: tests read answers by paths that they know.
export type Answer = { data?: any; errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, any> }[] };

/** Sends an operation to the gateway as a client does, or to a subgraph as the gateway does; by default as somebody who may everything. */
export async function ask(
  service: Service,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  { as = EVERYTHING }: { readonly as?: AskAs | null } = {},
): Promise<Answer> {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(service.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await identify(service, body, as)), ...headers },
    body,
  });
  return (await response.json()) as Answer;
}

function identify({ script, env }: Service, body: string, as: AskAs | null): Promise<Record<string, string>> {
  const subgraph = /^subgraphs\/(\w+)\//.exec(script)?.[1];
  if (subgraph === undefined) return headersFor(env, as);
  const { roles = [], subject = null, agency = null, purpose = 'COORDINATION' } = as ?? { purpose: null };
  return hopHeaders(developmentKey(dataFolderOf(env), 'gateway'), subgraph, body, { subject, agency, scopes: scopesOf([...roles, 'public']), purpose });
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

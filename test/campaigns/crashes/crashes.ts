/**
 * Concurrent acts, from clients that ask until they are answered, on two replicas of a subgraph that are killed again and again, by the
 * campaign and by themselves at the failpoints of acts, on a PostgreSQL server that is killed too. In the end each act must have happened once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { developmentKey } from '#schema/development-keys.ts';
import { type PostgresServer, startPostgres } from '../../testkit/postgres-server.ts';
import { AGENCIES, Clients, LIVES } from './clients.ts';
import { type Deaths, keepReplica, noDeaths, type Replica } from './replica.ts';
import { verdict } from './verdict.ts';

/** What is to be done, and how badly. */
export interface Plan {
  /** At least so many acts; more until each failpoint was reached. */
  readonly acts: number;
  readonly seed: number;
  /** So many lives of cases are under way at once. */
  readonly lanes: number;
  /** Whether anything is killed. */
  readonly crashes: boolean;
  /** The bug that the campaign must catch: nothing is kept of what was answered to a key. */
  readonly forgetful: boolean;
  /** How long clients ask for one act; in milliseconds. */
  readonly patience: number;
  readonly progress: (text: string) => void;
}

/** What happened. */
export interface Report {
  readonly acts: number;
  readonly answers: number;
  readonly retries: number;
  readonly postgresKilled: number;
  readonly deaths: Deaths;
  readonly seconds: number;
  /** Empty when each act has happened exactly once. */
  readonly problems: readonly string[];
}

const PASSWORD = 'of the campaign';
/** Time between kills, at least and at most; in milliseconds. */
const REPLICA_KILLED = [1_000, 3_000] as const;
const POSTGRES_KILLED = [3_000, 9_000] as const;

/** So many acts at least are tried until each failpoint was reached: it is by chance that one is. */
const MOST_UNTIL_REACHED = 8_000;

export async function runCrashes(plan: Plan): Promise<Report> {
  const began = Date.now();
  const random = randomFrom(plan.seed);
  await using postgres = await startPostgres(await freePort(), PASSWORD, []);
  const url = await makeDatabase(postgres);
  const deaths = noDeaths();
  const folder = mkdtempSync(join(tmpdir(), 'hotline-crashes-'));
  const gatewayKey = developmentKey(folder, 'gateway');
  const own = { DATA_FOLDER: folder, GRANTS_FOLDER: join(import.meta.dirname, '../../testkit/grants'), REFERRALS_DATABASE_URL: url };
  const env = { ...process.env, NODE_ENV: 'test', DEMO_RECORDS: 'false', LOG_LEVEL: 'info', ...own };
  const replicas: Replica[] = [];
  try {
    for (let i = 0; i < 2; i += 1) replicas.push(await keepReplica(await freePort(), env, deaths, plan.crashes));
    await prepare(url, plan.forgetful);
    const clients = new Clients(
      replicas.map((replica) => replica.url),
      gatewayKey,
      random,
      plan.patience,
    );
    const killing = new AbortController();
    const killed = plan.crashes ? killNowAndThen(postgres, replicas, random, killing.signal) : Promise.resolve(0);
    await live(clients, plan, deaths);
    killing.abort();
    const postgresKilled = await killed;

    for (const replica of replicas) await replica.settle();
    // Unless it is known already that answers are missing.
    if (clients.problems.length === 0) {
      plan.progress('asking for everything once more, of each replica');
      const again = clients.asked.flatMap((asked) => [0, 1].map((replica) => () => clients.askAgain(asked, replica)));
      await inLanes(plan.lanes, again, (error) => clients.problems.push(String(error)));
    }
    for (const replica of replicas) await replica.stop();
    const problems = [...clients.problems, ...deaths.faults, ...(await judge(url, clients))];
    const answers = clients.asked.reduce((sum, asked) => sum + asked.answers.length, 0);
    const { retries } = clients;
    return { acts: clients.asked.length, answers, retries, postgresKilled, deaths, seconds: Math.round((Date.now() - began) / 1_000), problems };
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Cases live their lives until there were enough acts and each failpoint was reached. */
async function live(clients: Clients, { acts, lanes, crashes, progress }: Plan, deaths: Deaths): Promise<void> {
  const isEnough = () => {
    const { length } = clients.asked;
    const reached = !crashes || [...deaths.atFailpoints.values()].every((n) => n > 0);
    return (length >= acts && reached) || length > Math.max(4 * acts, MOST_UNTIL_REACHED) || clients.problems.length > 20;
  };
  const telling = setInterval(() => progress(`${clients.asked.length} acts, ${clients.retries} retries, ${told(deaths)}`), 2_000);
  let next = 0;
  const lane = async () => {
    while (!isEnough()) {
      const life = LIVES[next++ % LIVES.length];
      await life?.(clients).catch((error: unknown) => clients.problems.push(error instanceof Error ? error.message : String(error)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  clearInterval(telling);
  const missed = [...deaths.atFailpoints].filter(([, n]) => crashes && n === 0).map(([step]) => step);
  if (missed.length > 0) clients.problems.push(`failpoints never reached: ${missed}`);
}

/** In words, how often what was killed. */
export function told({ killed, atFailpoints }: Deaths): string {
  return `replicas killed ${killed} times, and ended at failpoints: ${[...atFailpoints].map(([step, n]) => `${step} ${n}`).join(', ')}`;
}

/** @returns how often PostgreSQL was killed. */
async function killNowAndThen(postgres: PostgresServer, replicas: readonly Replica[], random: () => number, signal: AbortSignal): Promise<number> {
  const between = ([least, most]: readonly [number, number]) => sleep(least + random() * (most - least), undefined, { signal }).catch(() => undefined);
  const killReplicas = async () => {
    for (await between(REPLICA_KILLED); !signal.aborted; await between(REPLICA_KILLED)) await replicas[Math.floor(random() * replicas.length)]?.kill();
  };
  let killed = 0;
  const killPostgres = async () => {
    for (await between(POSTGRES_KILLED); !signal.aborted; await between(POSTGRES_KILLED)) {
      await postgres.kill();
      killed += 1;
      await postgres.start();
    }
  };
  await Promise.all([killReplicas(), killPostgres()]);
  return killed;
}

async function makeDatabase({ port }: PostgresServer): Promise<string> {
  const url = (name: string) => `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${name}`;
  await connected(url('postgres'), (client) => client.query('CREATE DATABASE referrals'));
  return url('referrals');
}

async function prepare(url: string, forgetful: boolean): Promise<void> {
  await connected(url, async (client) => {
    for (const [id, type] of Object.entries(AGENCIES)) await client.query("INSERT INTO reference (kind, id, type) VALUES ('agency', $1, $2)", [id, type]);
    if (!forgetful) return;
    await client.query(`CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN DELETE FROM act WHERE agency = NEW.agency AND key = NEW.key; RETURN NULL; END $$`);
    await client.query('CREATE CONSTRAINT TRIGGER forget AFTER INSERT ON act DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION forget()');
  });
}

function judge(url: string, clients: Clients): Promise<string[]> {
  return connected(url, (client) => {
    const query = async <Row>(statement: string, parameters: readonly unknown[] = []) => (await client.query(statement, [...parameters])).rows as Row[];
    return verdict({ query }, clients.asked);
  });
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function inLanes(lanes: number, work: readonly (() => Promise<void>)[], failed: (error: unknown) => void): Promise<void> {
  const left = [...work];
  const lane = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await one().catch(failed);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

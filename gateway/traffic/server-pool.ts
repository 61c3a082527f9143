import { Pool } from 'undici';
import type { TlsIdentity } from '#schema/tls.ts';
import { type Attempt, type Breaker, createBreaker } from './breaker.ts';
import { chooseReplica } from './replicas.ts';

/** One of the servers that answer for a subgraph. */
export interface Server {
  readonly pool: Pool;
  /** Path and search of its GraphQL endpoint. */
  readonly path: string;
}

/** The servers of a subgraph, each with its connections and its breaker. */
export interface ServerPool {
  /**
   * Runs `work` with a server that may be asked, other than those of `tried` where there is one; adds it to these.
   * @throws NoServer when all are known to fail; what `work` throws. `failed` says whether that is the server's fault; undefined: it says nothing.
   */
  use<T>(work: (server: Server) => Promise<T>, options: UseOptions): Promise<T>;
  /** Whether one of them says that it is ready. Takes at most a second; never throws. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** How a server is used. */
export interface UseOptions {
  readonly tried: Set<Server>;
  readonly idempotent: boolean;
  readonly failed: (error: unknown) => boolean | undefined;
}

/** What the servers of a subgraph are reached with. */
export interface ServerPoolOptions {
  readonly urls: readonly string[];
  readonly timeoutMs: number;
  /** Failures in a row that take a server out; 0: nothing does. */
  readonly breakerFailures: number;
  readonly tls?: TlsIdentity | undefined;
  readonly responseLimit: number;
  /** Told when a server is taken out, and when it is back. */
  readonly onChange: (origin: string, state: 'open' | 'closed') => void;
}

/** All servers of a subgraph fail; it is not asked for a while. */
export class NoServer extends Error {}

/** Connections to one server. */
export const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 3_000;
const HEALTH_TIMEOUT_MS = 1_000;
/** A replica that has not answered for so long is looked at. */
const SUSPICIOUS_MS = 1_500;
/** Less than the subgraphs' 75 s, so that it is always the gateway that closes an idle connection and no request meets a closed one. */
const KEEP_ALIVE_MS = 60_000;

interface Replica extends Server {
  readonly breaker: Breaker;
  active: number;
  /** Whether it answers, while that is being looked at. */
  looking: Promise<void> | undefined;
  /** Whether it is being looked at because it lets a request wait. */
  suspected: boolean;
}

/** Opens no connection yet; the first request does. */
export function openServerPool({ urls, timeoutMs, breakerFailures, tls, responseLimit, onChange }: ServerPoolOptions): ServerPool {
  const replicas = urls.map((url): Replica => {
    const { origin, pathname, search } = new URL(url);
    const pool = new Pool(origin, {
      connections: CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: { ...tls, timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: responseLimit,
    });
    return {
      pool,
      path: pathname + search,
      breaker: createBreaker({ failures: breakerFailures, onChange: (state) => onChange(origin, state) }),
      active: 0,
      looking: undefined,
      suspected: false,
    };
  });
  let turn = 0;

  const choose = async ({ tried, idempotent }: UseOptions): Promise<{ replica: Replica; attempt: Attempt }> => {
    const looking = replicas.flatMap((replica) => lookAgain(replica) ?? []);
    const pick = () => chooseReplica(replicas, { turn: turn++, tried, idempotent });
    let replica = pick();
    if (replica === undefined && looking.length > 0) {
      await Promise.race(looking);
      replica = pick();
    }
    const attempt = replica?.breaker.begin();
    if (replica === undefined || attempt === undefined) throw new NoServer(`none of ${urls.length} servers is asked: they failed just now`);
    return { replica, attempt };
  };

  return {
    use: async (work, options) => {
      const { replica, attempt } = await choose(options);
      options.tried.add(replica);
      replica.active += 1;
      const suspicion = replicas.length > 1 ? setTimeout(() => void suspect(replica, replicas), SUSPICIOUS_MS) : undefined;
      try {
        const result = await work(replica);
        attempt.succeeded();
        return result;
      } catch (error) {
        const failed = options.failed(error);
        if (failed === undefined) attempt.abandoned();
        else if (failed) attempt.failed();
        else attempt.succeeded();
        throw error;
      } finally {
        clearTimeout(suspicion);
        replica.active -= 1;
      }
    },
    ready: async () => {
      const statuses = await Promise.all(replicas.map(healthOf));
      return statuses.includes(200);
    },
    close: async () => void (await Promise.all(replicas.map(({ pool }) => pool.close()))),
  };
}

/**
 * Looks how a server does that lets a request wait. One that hangs is taken out then, before all that is sent to it has hung until its time was up; not
 * where there is no other to ask: one that is merely busy is better waited for.
 */
async function suspect(replica: Replica, replicas: readonly Replica[]): Promise<void> {
  if (replica.suspected) return;
  replica.suspected = true;
  const status = await healthOf(replica);
  replica.suspected = false;
  if (status >= 500 && replicas.some((other) => other !== replica && other.breaker.state === 'closed')) replica.breaker.condemn();
}

/** Looks how a server does that is due, by its health and not by a request of a client, which would hang with it. Undefined where there is no need. */
function lookAgain(replica: Replica): Promise<void> | undefined {
  if (replica.breaker.state !== 'due') return undefined;
  replica.looking ??= healthOf(replica).then((status) => {
    replica.looking = undefined;
    replica.breaker.tried(status < 500);
  });
  return replica.looking;
}

/** The status with which it answers; 599 where it does not. */
async function healthOf({ pool }: Server): Promise<number> {
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/health/ready', signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    await body.dump();
    return statusCode;
  } catch {
    return 599;
  }
}

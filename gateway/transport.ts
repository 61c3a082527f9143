import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { HopSigner } from '#schema/hop-signer.ts';
import type { HopClaims } from '#schema/hop-token.ts';
import { type CheckpointRelay, LOG_CHECKPOINT_HEADER, LOG_WITNESS_HEADER } from '#schema/log-checkpoints.ts';
import type { TlsIdentity } from '#schema/tls.ts';
import { DEADLINE_HEADER, REQUEST_ID_HEADER } from '#schema/identity.ts';
import { SubgraphFailure } from './errors.ts';
import { sendPatiently } from './traffic/attempts.ts';
import { BodyTooLarge, exchange } from './traffic/exchange.ts';
import { BulkheadFull, createBulkhead } from './traffic/bulkhead.ts';
import type { Call } from './traffic/call.ts';
import { type Patience, startPatience } from './traffic/patience.ts';
import { createRetryBudget } from './traffic/retry-budget.ts';
import { CONNECTIONS, NoServer, openServerPool, type Server } from './traffic/server-pool.ts';

/** How the gateway reaches one subgraph. */
export interface Transport {
  readonly name: string;
  /**
   * Sends a GraphQL request, as JSON, signed for this subgraph alone; `claims` say on whose behalf, `call` how long it may take. A query may be sent twice; an
   * act is sent once, and not called back once it is sent.
   * @returns the JSON of the answer, not yet looked at.
   * @throws SubgraphFailure when no JSON came, in time and in size.
   */
  post(text: string, claims: HopClaims, call: Call): Promise<unknown>;
  /** Whether the subgraph says that it is ready. Takes at most a second; never throws. */
  ready(): Promise<boolean>;
  /** Waits for the requests under way, then closes the connections. */
  close(): Promise<void>;
}

/** What a transport is made of. */
export interface TransportOptions {
  readonly name: string;
  /** The subgraph's GraphQL endpoints, one for each of its replicas. */
  readonly urls: readonly string[];
  readonly timeoutMs: number;
  /** See {@link sendPatiently}. */
  readonly hedgeAfterMs: number;
  /** Failures in a row after which a replica is not asked for a while; 0: it always is. */
  readonly breakerFailures: number;
  /** The gateway's certificate and key, and the authority of the subgraph's. */
  readonly tls?: TlsIdentity | undefined;
  /** Passes the services' signed checkpoints on. */
  readonly relay: CheckpointRelay;
  /** Signs what is sent. */
  readonly signer: HopSigner;
  /** Bytes. */
  readonly responseLimit: number;
  readonly log: Logger;
}

/** For each request that may be under way, so many may wait for its place; their waiting counts towards the time-out. */
const WAITING = 8;
/** Whoever had less time than this, in milliseconds, has not shown that the server hangs. */
const FAIR_TRIAL_MS = 1_000;

/**
 * Of the bytes that an answer may have, one that does not say how many it has may have the half: the others are refused before a byte of them is read,
 * while these cost their memory, and as much again that is not collected yet.
 */
const UNDECLARED = 2;

/** Opens no connection yet; the first request does. */
export function openTransport(options: TransportOptions): Transport {
  const { name, urls, timeoutMs, hedgeAfterMs, breakerFailures, tls, responseLimit, log } = options;
  const servers = openServerPool({
    urls,
    timeoutMs,
    breakerFailures,
    tls,
    responseLimit,
    onChange: (server, state) =>
      state === 'open'
        ? log.warn({ service: name, server }, 'a server fails and is not asked for a while')
        : log.info({ service: name, server }, 'a server answers again'),
  });
  const places = CONNECTIONS * urls.length;
  const bulkhead = createBulkhead({ places, waiting: places * WAITING });
  const budget = createRetryBudget();

  return {
    name,
    post: async (text, claims, call) => {
      using patience = startPatience(call, timeoutMs);
      const tried = new Set<Server>();
      const fair = call.deadline - performance.now() >= Math.min(timeoutMs, FAIR_TRIAL_MS);
      const use = { tried, idempotent: call.idempotent, failed: (error: unknown) => isFaultOfServer(error, fair) };
      const send = (signal: AbortSignal) => servers.use((server) => ask(server, text, claims, { ...options, patience, signal }), use);
      try {
        await bulkhead.enter(call.priority, patience.signal);
        try {
          patience.signal.throwIfAborted();
          return await sendPatiently(send, { signal: patience.signal, idempotent: call.idempotent, budget, passing: isPassing, hedgeAfterMs });
        } finally {
          bulkhead.leave();
        }
      } catch (error) {
        throw error instanceof SubgraphFailure ? error : asFailure(error);
      }
    },
    ready: servers.ready,
    close: servers.close,
  };
}

interface AskOptions extends Pick<TransportOptions, 'name' | 'relay' | 'signer' | 'responseLimit'> {
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

/** One request and its answer. */
async function ask({ pool, path }: Server, body: string, claims: HopClaims, options: AskOptions): Promise<unknown> {
  const { name, relay, signer, responseLimit, patience, signal } = options;
  const witness = relay.headerFor(name);
  const token = await signer.sign(name, body, claims);
  signal.throwIfAborted();
  patience.sent();
  const text = await exchange(pool, {
    path,
    headers: {
      ...(witness === undefined ? {} : { [LOG_WITNESS_HEADER]: witness }),
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      [REQUEST_ID_HEADER]: claims.requestId,
      [DEADLINE_HEADER]: String(Math.ceil(patience.remaining())),
    },
    body,
    signal,
    undeclaredLimit: responseLimit / UNDECLARED,
    onHead: (statusCode, received) => {
      relay.seen(name, received[LOG_CHECKPOINT_HEADER]);
      if (witness !== undefined && statusCode === 200) relay.delivered(name, witness);
      return refusalOf(statusCode, received, responseLimit);
    },
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', (error as Error).message, { cause: error });
  }
}

/** Why an answer is none, as far as its head says. A GraphQL server answers 4xx in GraphQL's form too; 5xx is a server, or something before it, that cannot answer. */
function refusalOf(statusCode: number, headers: IncomingHttpHeaders, responseLimit: number): Error | undefined {
  if (statusCode >= 500 || !isJson(headers['content-type'])) {
    return new NoAnswer(statusCode, `expected JSON, got status ${statusCode} and ${String(headers['content-type'])}`);
  }
  const length = Number(headers['content-length'] ?? 0);
  if (length > responseLimit) return new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `expected at most ${responseLimit} bytes, got ${length}`);
  return undefined;
}

/** Something answered that is not the subgraph, or a subgraph that cannot answer. */
class NoAnswer extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(graphql-response\+)?json\b/i.test(String(contentType));
}

/** What the network says when there was no server, or it went away. */
const DISCONNECTED = /^(ECONN.*|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

/** Whether another attempt may fare better at once: nobody was there, or somebody who says that they cannot just now. */
function isPassing(error: unknown): boolean {
  return error instanceof NoAnswer ? error.statusCode === 503 : DISCONNECTED.test(codeOf(error));
}

/** Whether a failure speaks against the server; undefined where it says nothing about it. */
function isFaultOfServer(error: unknown, fair: boolean): boolean | undefined {
  // It has answered; that the answer cannot be used is no reason not to ask anything else.
  if (error instanceof SubgraphFailure || error instanceof BodyTooLarge || codeOf(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return false;
  if (isLate(error)) return fair ? true : undefined;
  return (error as Error).name === 'AbortError' ? undefined : true;
}

function asFailure(error: unknown): SubgraphFailure {
  const known = error instanceof NoServer || error instanceof BulkheadFull;
  return new SubgraphFailure(
    isLate(error) ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE',
    (error as Error).message ?? String(error),
    known ? {} : { cause: error },
  );
}

function isLate(error: unknown): boolean {
  return (error as Error).name === 'TimeoutError' || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

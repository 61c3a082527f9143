import type { KeyObject } from 'node:crypto';
import { Pool } from 'undici';
import { type HopClaims, signHopToken } from '#schema/hop-token.ts';
import { type CheckpointRelay, LOG_CHECKPOINT_HEADER, LOG_WITNESS_HEADER } from '#schema/log-checkpoints.ts';
import type { TlsIdentity } from '#schema/tls.ts';
import { REQUEST_ID_HEADER } from '#schema/identity.ts';
import { SubgraphFailure } from './errors.ts';

/** How the gateway reaches one subgraph. */
export interface Transport {
  readonly name: string;
  /**
   * Sends a GraphQL request, signed for this subgraph alone; `claims` say on whose behalf.
   * @returns the JSON of the answer, not yet looked at.
   * @throws SubgraphFailure when no JSON came, in time and in size.
   */
  post(request: object, claims: HopClaims): Promise<unknown>;
  /** Whether the subgraph says that it is ready. Takes at most a second; never throws. */
  ready(): Promise<boolean>;
  /** Waits for the requests under way, then closes the connections. */
  close(): Promise<void>;
}

/** What a transport is made of. */
export interface TransportOptions {
  readonly name: string;
  /** The subgraph's GraphQL endpoint. */
  readonly url: string;
  readonly timeoutMs: number;
  /** The gateway's certificate and key, and the authority of the subgraph's. */
  readonly tls?: TlsIdentity | undefined;
  /** Passes the services' signed checkpoints on. */
  readonly relay: CheckpointRelay;
  /** Signs what is sent. */
  readonly signingKey: KeyObject;
  /** Bytes. */
  readonly responseLimit: number;
}

/** Connections to one subgraph; more requests at a time wait, and their waiting counts towards the time-out. */
const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 3_000;
const HEALTH_TIMEOUT_MS = 1_000;
/** Less than the subgraphs' 75 s, so that it is always the gateway that closes an idle connection and no request meets a closed one. */
const KEEP_ALIVE_MS = 60_000;

/** Opens no connection yet; the first request does. */
export function openTransport({ name, url, timeoutMs, signingKey, tls, relay, responseLimit }: TransportOptions): Transport {
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
    name,
    post: async (request, claims) => {
      try {
        const text = JSON.stringify(request);
        const witness = relay.headerFor(name);
        const token = await signHopToken(signingKey, name, text, claims);
        const { statusCode, headers, body } = await pool.request({
          method: 'POST',
          path: pathname + search,
          headers: {
            ...(witness === undefined ? {} : { [LOG_WITNESS_HEADER]: witness }),
            'content-type': 'application/json',
            accept: 'application/json',
            authorization: `Bearer ${token}`,
            [REQUEST_ID_HEADER]: claims.requestId,
          },
          body: text,
          signal: AbortSignal.timeout(timeoutMs),
        });
        relay.seen(name, headers[LOG_CHECKPOINT_HEADER]);
        if (witness !== undefined && statusCode === 200) relay.delivered(name, witness);
        // A GraphQL server answers 4xx in GraphQL's form too; 5xx is a server, or something before it, that cannot answer.
        if (statusCode >= 500 || !isJson(headers['content-type'])) {
          await body.dump();
          throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `expected JSON, got status ${statusCode} and ${String(headers['content-type'])}`);
        }
        return JSON.parse(await body.text()) as unknown;
      } catch (error) {
        throw error instanceof SubgraphFailure ? error : asFailure(error);
      }
    },
    ready: async () => {
      try {
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/health/ready', signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
        await body.dump();
        return statusCode === 200;
      } catch {
        return false;
      }
    },
    close: () => pool.close(),
  };
}

function isJson(contentType: string | string[] | undefined): boolean {
  return /^application\/(graphql-response\+)?json\b/i.test(String(contentType));
}

function asFailure(error: unknown): SubgraphFailure {
  const { name, code, message } = error as NodeJS.ErrnoException;
  const late = name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
  return new SubgraphFailure(late ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE', message ?? String(error), { cause: error });
}

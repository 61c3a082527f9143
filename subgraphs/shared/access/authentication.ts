import type { KeyObject } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyHash, createHopVerifier, type HopClaims, type VerifiedHop } from '#schema/hop-token.ts';

/** What authentication is made of. */
export interface AuthenticationParts {
  /** The subgraph that tokens must be for. */
  readonly subgraph: string;
  /** The gateway's public keys. */
  readonly gatewayKeys: readonly KeyObject[];
  /** Begins the paths that have an authentication of their own, or need none. */
  readonly exempt: readonly string[];
}

const claims = new WeakMap<FastifyRequest, VerifiedHop>();
const bodiesChecked = new WeakSet<FastifyRequest>();

/**
 * Lets nobody in but the gateway: every request must bring a hop token for this subgraph and this very body. All others get 401 and nothing
 * else, whatever they ask for; why stands in the log.
 */
export function requireGateway(app: FastifyInstance, { subgraph, gatewayKeys, exempt }: AuthenticationParts): void {
  const verify = createHopVerifier(gatewayKeys, subgraph);
  app.addHook('onRequest', async (request, reply) => {
    if (exempt.some((path) => request.url.startsWith(path))) return;
    const [, token] = /^Bearer ([\w.~-]+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return refuse(request, reply, 'no token');
    try {
      claims.set(request, await verify(token));
    } catch (error) {
      return refuse(request, reply, error instanceof Error ? error.message : String(error));
    }
  });
  // The hash is of the bytes that were sent, so it is taken before anything reads them.
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (claims.get(request)?.bodyHash !== bodyHash(body as Buffer)) {
      done(null, undefined);
      return;
    }
    bodiesChecked.add(request);
    parseJson(request, String(body), done);
  });
  app.addHook('preHandler', async (request, reply) => {
    if (claims.has(request) && !bodiesChecked.has(request)) return refuse(request, reply, 'the body is not the one that the token was signed for');
  });
}

/** What the gateway's token says of the request. @throws when the request was not authenticated: its route is exempt. */
export function hopClaims(request: FastifyRequest): HopClaims {
  const found = claims.get(request);
  if (found === undefined || !bodiesChecked.has(request)) throw new Error(`expected an authenticated request at ${request.url}`);
  return found;
}

function refuse(request: FastifyRequest, reply: FastifyReply, reason: string): FastifyReply {
  request.log.warn({ requestId: request.id, reason }, 'refused a request that is not from the gateway');
  return reply.code(401).send();
}

import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { isRequestId, REQUEST_ID_HEADER } from '#schema/identity.ts';
import { httpError } from './errors.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { answerUnreadable } from './unreadable.ts';

/** What the HTTP server is made of. */
export interface AppParts {
  /** The largest request that is taken. Bytes. */
  readonly bodyLimit: number;
  /** Addresses of proxies whose word on a client's address is taken. */
  readonly trustedProxies: readonly string[];
  /** Where the graph is, for who looks elsewhere. */
  readonly endpoint: string;
  /** Whether connections are to end with the next answer on them, because the server is going to. */
  readonly leaving: () => boolean;
  readonly log: Logger;
}

/** A Fastify server that gives every request an id and every failure GraphQL's form, and that closes its connections once it is told to. */
export function createApp({ bodyLimit, trustedProxies, endpoint, leaving, log }: AppParts): FastifyInstance {
  const refuse = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const { status, body } = httpError(explained(error, request, bodyLimit), request.id);
    // What is refused on purpose is no failure, and a line for each would be work that there is no time for.
    if (status >= 500 && error.code !== 'OVERLOADED') log.error({ err: error, requestId: request.id }, 'a request failed');
    return reply.code(status).header(REQUEST_ID_HEADER, request.id).headers(SECURITY_HEADERS).send(body);
  };
  const app = Fastify({
    bodyLimit,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    frameworkErrors: (error, request, reply) => refuse(error, request as FastifyRequest, reply as FastifyReply),
    clientErrorHandler: answerUnreadable,
    genReqId: ({ headers }) => (isRequestId(headers[REQUEST_ID_HEADER]) ? headers[REQUEST_ID_HEADER] : randomUUID()),
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    // What comes on a connection that is still there was sent before anybody could know: it is answered, and the connection ends.
    return503OnClosing: false,
  }) as unknown as FastifyInstance;
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id).headers(SECURITY_HEADERS);
  });
  // A connection that a client keeps alive would hold up the end until it is cut off.
  app.addHook('onSend', async (_request, reply) => {
    if (leaving()) reply.header('connection', 'close');
  });
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((request, reply) => {
    const { status, body } = httpError({ statusCode: 404, message: `nothing is here; the graph is at POST ${endpoint}` }, request.id);
    return reply.code(status).send(body);
  });
  return app;
}

/** The same error in words of this house, where a library's own do not say what was expected and what came. */
function explained(error: FastifyError, { headers }: FastifyRequest, bodyLimit: number): Parameters<typeof httpError>[0] {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const length = headers['content-length'] ?? 'more';
    return { statusCode: 413, message: `Yêu cầu quá lớn: tối đa ${bodyLimit} byte · expected a body of at most ${bodyLimit} bytes, got ${length}` };
  }
  if (error.code === 'FST_ERR_BAD_URL') return { statusCode: 400, message: 'expected a path that can be decoded' };
  return error;
}

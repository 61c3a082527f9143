import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { isRequestId, REQUEST_ID_HEADER } from '#schema/identity.ts';
import { httpError } from './errors.ts';

/** What the HTTP server is made of. */
export interface AppParts {
  /** The largest request that is taken. Bytes. */
  readonly bodyLimit: number;
  /** Where the graph is, for who looks elsewhere. */
  readonly endpoint: string;
  readonly log: Logger;
}

/** A Fastify server that gives every request an id and every failure GraphQL's form, and that closes its connections once it is told to. */
export function createApp({ bodyLimit, endpoint, log }: AppParts): FastifyInstance {
  const app = Fastify({
    bodyLimit,
    genReqId: ({ headers }) => (isRequestId(headers[REQUEST_ID_HEADER]) ? headers[REQUEST_ID_HEADER] : randomUUID()),
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance;
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id);
  });
  // A connection that a client keeps alive would hold up the end until it is cut off.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, body } = httpError(error, request.id);
    if (status >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const { status, body } = httpError({ statusCode: 404, message: `nothing is here; the graph is at POST ${endpoint}` }, request.id);
    return reply.code(status).send(body);
  });
  return app;
}

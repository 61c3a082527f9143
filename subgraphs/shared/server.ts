import { hkdfSync, randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type DataLoader from 'dataloader';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { parse } from 'graphql';
import type { Logger } from 'pino';
import { isErrorCode } from '#schema/errors.ts';
import { isRequestId, REQUEST_ID_HEADER } from '#schema/identity.ts';
import type { FailpointChances } from './acts/failpoints.ts';
import { openFailpoints } from './acts/failpoints.ts';
import { perform } from './acts/perform.ts';
import type { Database, Sql } from './database.ts';
import type { Settings } from './settings.ts';
import type { RequestContext, Resolvers, Subgraph } from './subgraph.ts';

/** Largest request: the coordinates of ten thousand cells, and sealed keys of a million cases, at 27 bytes each. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** What a server of a subgraph is made of, besides the subgraph itself. */
export interface ServerParts {
  readonly typeDefs: string;
  readonly database: Database;
  readonly log: Logger;
  /** Keys the ids of records, see record-id.ts. */
  readonly recordIdKey: string;
  /** How likely acts make the process die at each of their steps; nothing but in tests. */
  readonly failpoints: FailpointChances;
  readonly settings: Settings;
  /** Whether requests are taken; false while the service starts and stops. */
  readonly ready: () => boolean;
}

/**
 * A Fastify server with the subgraph at `/graphql`, and `/health/live` and `/health/ready`. Not yet listening.
 */
export async function buildServer(subgraph: Subgraph, parts: ServerParts): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: (request) => (isRequestId(request.headers[REQUEST_ID_HEADER]) ? request.headers[REQUEST_ID_HEADER] : randomUUID()),
    keepAliveTimeout: 75_000,
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
  });
  closeKeptAlive(app);
  const sealingKey = Buffer.from(hkdfSync('sha256', parts.recordIdKey, '', 'sealed keys', 32));
  const apollo = new ApolloServer<RequestContext>({
    schema: buildSubgraphSchema({ typeDefs: parse(parts.typeDefs), resolvers: lookUpApart(subgraph.resolvers) as never }),
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [fastifyApolloDrainPlugin(app), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled(), logCauses(parts.log)],
    logger: parts.log,
    formatError: (formatted) =>
      isForClients(formatted) ? formatted : { message: 'internal error', path: formatted.path ?? [], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  });
  await apollo.start();
  app.route({
    url: '/graphql',
    method: ['POST'],
    handler: fastifyApolloHandler(apollo, { context: (request, reply) => Promise.resolve(requestContext(subgraph, { ...parts, sealingKey }, request, reply)) }),
  });
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const ready = parts.ready() && (await answers(parts.database));
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
  return app;
}

/** Looks entities up apart from each other: what one lookup throws would otherwise cost all the entities that the gateway asks for at once. */
function lookUpApart(resolvers: Resolvers): Resolvers {
  return Object.fromEntries(
    Object.entries(resolvers).map(([type, fields]) => {
      if (!('__resolveReference' in fields)) return [type, fields];
      const lookUp = fields['__resolveReference'] as (reference: never, context: never) => unknown;
      return [type, { ...fields, __resolveReference: async (reference: never, context: never) => lookUp(reference, context) }];
    }),
  );
}

/** Whether the error was written for clients: it is in the catalogue, and not as what nobody foresaw. */
function isForClients({ extensions }: { readonly extensions?: Record<string, unknown> }): boolean {
  return isErrorCode(extensions?.['code']) && extensions['code'] !== 'INTERNAL_SERVER_ERROR';
}

/** Logs, under the request's id, what clients are not told. */
function logCauses(log: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) if (!isForClients(error)) (contextValue?.log ?? log).error({ err: error, path: error.path }, 'a resolver failed');
      },
    }),
  };
}

/** A connection that the gateway keeps alive would hold up the end: the last answer on it says that it is. */
function closeKeptAlive(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** The context of one request; logs, when it ends, how many SQL statements it took. */
function requestContext(
  subgraph: Subgraph,
  parts: ServerParts & Pick<RequestContext, 'sealingKey'>,
  request: FastifyRequest,
  reply: FastifyReply,
): RequestContext {
  const requestId = request.id;
  const log = parts.log.child({ requestId });
  const started = performance.now();
  let statements = 0;
  const onStatement = () => {
    statements += 1;
  };
  const sql: Sql = {
    query: (statement, parameters) => {
      onStatement();
      return parts.database.query(statement, parameters);
    },
  };
  reply.raw.once('close', () => log.info({ statements, milliseconds: Math.round(performance.now() - started) }, 'request'));
  const named = new Map<string, DataLoader<unknown, unknown>>();
  let loaders = subgraph.loaders(sql);
  return {
    requestId,
    log,
    settings: parts.settings,
    sealingKey: parts.sealingKey,
    sql,
    get loaders() {
      return loaders;
    },
    perform: async (name, act, input) => {
      const { database, recordIdKey } = parts;
      const payload = await perform(name, act, input, { database, recordIdKey, failpoints: openFailpoints(parts.failpoints), onStatement });
      loaders = subgraph.loaders(sql);
      named.clear();
      return payload;
    },
    loader: (name, make) => {
      const existing = named.get(name) ?? (make() as DataLoader<unknown, unknown>);
      named.set(name, existing);
      return existing as never;
    },
  };
}

async function answers(database: Database): Promise<boolean> {
  try {
    await database.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

import { hkdfSync, type KeyObject, randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type DataLoader from 'dataloader';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { parse } from 'graphql';
import type { Logger } from 'pino';
import { isErrorCode } from '#schema/errors.ts';
import { type Caller, isRequestId, REQUEST_ID_HEADER } from '#schema/identity.ts';
import type { TlsIdentity } from '#schema/tls.ts';
import { hopClaims, requireGateway } from './access/authentication.ts';
import { enforceRules, fieldAccess } from './access/enforcement.ts';
import type { Granted } from './access/grants.ts';
import { actEntry, recordReading, startReading } from './access/recording.ts';
import { appendAccess } from './access-log/append.ts';
import type { AccessLog } from './access-log/log.ts';
import type { FailpointChances } from './acts/failpoints.ts';
import { openFailpoints } from './acts/failpoints.ts';
import { type ActParts, perform } from './acts/perform.ts';
import type { Database, Sql } from './database.ts';
import { openReach, type Reach } from './reach.ts';
import type { Settings } from './settings.ts';
import { explainTime, timeLimitOf } from './time-limit.ts';
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
  /** What the gateway's tokens are verified with. */
  readonly gatewayKeys: readonly KeyObject[];
  /** What the ministry grants a caller. */
  readonly grantedTo: (caller: Caller) => Granted;
  /** Writes into the access log; rejects when it cannot. */
  readonly append: AccessLog['append'];
  /** With it, only who has a certificate of the same authority is let in at all. */
  readonly tls?: TlsIdentity | undefined;
  /** Whether requests are taken; false while the service starts and stops. */
  readonly ready: () => boolean;
}

/**
 * A Fastify server with the subgraph at `/graphql`, and `/health/live` and `/health/ready`. Not yet listening.
 */
export async function buildServer(subgraph: Subgraph, parts: ServerParts): Promise<FastifyInstance> {
  const app = Fastify({
    ...(parts.tls ? { https: { ...parts.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' as const } } : {}),
    bodyLimit: BODY_LIMIT,
    genReqId: (request) => (isRequestId(request.headers[REQUEST_ID_HEADER]) ? request.headers[REQUEST_ID_HEADER] : randomUUID()),
    keepAliveTimeout: 75_000,
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
  });
  closeKeptAlive(app);
  requireGateway(app, { subgraph: subgraph.name, gatewayKeys: parts.gatewayKeys, exempt: ['/health/', '/import/'] });
  const sealingKey = Buffer.from(hkdfSync('sha256', parts.recordIdKey, '', 'sealed keys', 32));
  const passKey = Buffer.from(hkdfSync('sha256', parts.recordIdKey, '', 'case pass', 32));
  const schema = buildSubgraphSchema({ typeDefs: parse(parts.typeDefs), resolvers: lookUpApart(subgraph.resolvers) as never });
  enforceRules(schema);
  const apollo = new ApolloServer<RequestContext>({
    schema,
    introspection: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      logCauses(parts.log),
      recordReading(parts.append),
    ],
    logger: parts.log,
    // Without Apollo Server's line break at the end, for which V8 makes the whole text once more.
    stringifyResult: (result) => JSON.stringify(result),
    formatError: (formatted) =>
      isForClients(formatted) ? formatted : { message: 'internal error', path: formatted.path ?? [], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  });
  await apollo.start();
  app.route({
    url: '/graphql',
    method: ['POST'],
    handler: fastifyApolloHandler(apollo, {
      context: (request, reply) => Promise.resolve(requestContext(subgraph, { ...parts, sealingKey, passKey }, request, reply)),
    }),
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
  parts: ServerParts & Pick<RequestContext, 'sealingKey' | 'passKey'>,
  request: FastifyRequest,
  reply: FastifyReply,
): RequestContext {
  const requestId = request.id;
  const claims = hopClaims(request);
  const { caller, all, field } = parts.grantedTo(claims.caller);
  const reach = openReach(caller, all);
  const log = parts.log.child({ requestId });
  const started = performance.now();
  let statements = 0;
  const limit = timeLimitOf(request, reply);
  const onStatement = () => {
    statements += 1;
  };
  const counted = (as: Reach): Sql => {
    const own = parts.database.as(() => as, limit);
    return {
      query: (statement, parameters) => {
        onStatement();
        return own.query<never>(statement, parameters).catch(explainTime);
      },
    };
  };
  const figures = counted(reach);
  // What may be counted may not therefore be read one by one. Passes that are shown later hold for both.
  const records = { ...reach, scopes: reach.scopes.filter((scope) => scope !== 'statistics:exact') };
  const sql = counted(records);
  reply.raw.once('close', () => log.info({ statements, milliseconds: Math.round(performance.now() - started) }, 'request'));
  const named = new Map<string, DataLoader<unknown, unknown>>();
  let loaders = subgraph.loaders(sql, reach);
  return {
    requestId,
    log,
    caller,
    access: fieldAccess(caller, field, startReading(claims, parts.database.foreignIds)),
    reach,
    settings: parts.settings,
    sealingKey: parts.sealingKey,
    passKey: parts.passKey,
    sql,
    figures,
    get loaders() {
      return loaders;
    },
    perform: async (name, act, input) => {
      const failpoints = openFailpoints(parts.failpoints);
      const recordAct: ActParts['recordAct'] = (writing, done, record) => appendAccess(writing, [actEntry(claims, new Date(), done, record)]);
      const acting = { ...records, scopes: [...records.scopes, 'access-log:append'] };
      const payload = await perform(name, act, input, { ...parts, caller, reach: acting, failpoints, recordAct, limit, onStatement });
      loaders = subgraph.loaders(sql, reach);
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
    await database.as(() => openReach({ agency: null, scopes: [] }, false)).query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryPlan } from '@apollo/query-planner';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { openCheckpointRelay } from '#schema/log-checkpoints.ts';
import { finishAnswers } from './answers.ts';
import { createAuthentication } from './auth.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayContext } from './context.ts';
import { createDataSource } from './datasource.ts';
import { formatError } from './errors.ts';
import { createHandler } from './handler.ts';
import { registerCors } from './headers.ts';
import { registerHealth } from './health.ts';
import { createApp } from './http.ts';
import { BOUNDS, limitOperations, MAX_VALIDATION_ERRORS } from './limits/index.ts';
import { createOpenRequests } from './open-requests.ts';
import { refuseUnrunnable } from './operations.ts';
import { readOwnership } from './ownership.ts';
import { enforcePolicy, type Policy } from './policy/index.ts';
import { limitRate } from './rate-limit.ts';
import { observeOperations, requestLine } from './request-log.ts';
import { createSharedLists } from './shared-lists.ts';
import { createShedding } from './shedding.ts';
import { createGateway, readSupergraph, type Supergraph, SupergraphError } from './supergraph.ts';
import { openTransport, type Transport } from './transport.ts';
import { readTrustedDocuments, type TrustedDocuments } from './trusted-documents.ts';

/** A running gateway. */
export interface RunningGateway {
  /** Its GraphQL endpoint. */
  readonly url: string;
  /** Says that it is not ready; takes no more requests after the time that is configured for others to see that, gives those under way ten seconds to finish, then closes the connections to the subgraphs. */
  stop(): Promise<void>;
}

/** What a gateway may be given besides its configuration. */
export interface GatewayOptions {
  readonly log?: Logger;
  /** Told the plan of every operation before it runs. */
  readonly onQueryPlan?: (plan: QueryPlan) => void;
}

const ENDPOINT = '/graphql';
/** Of the built-in issuer. */
const TOKENS = '/development/token';

/**
 * Loads the supergraph and listens. Starts whether or not the subgraphs answer.
 * @throws SupergraphError, or what listening fails with (EADDRINUSE).
 */
export async function startGateway(
  config: GatewayConfig,
  { log = pino({ name: 'gateway', level: config.logLevel }), onQueryPlan }: GatewayOptions = {},
): Promise<RunningGateway> {
  log.info({ phase: 'loading' }, 'loading the supergraph');
  const supergraph = readSupergraph(config.supergraphFile);
  const documents = readTrustedDocuments(config.trustedDocumentsFile);
  const transports = openTransports(supergraph, config, log);
  // Libraries tell at "info" what phases tell already.
  const quiet = log.child({}, { level: log.level === 'info' ? 'warn' : log.level });
  let state: 'starting' | 'ready' | 'leaving' = 'starting';
  const leaving = () => state === 'leaving';
  const app = createApp({ bodyLimit: config.bodyLimit, trustedProxies: config.trustedProxies, endpoint: ENDPOINT, leaving, log: quiet });
  const { schema } = supergraph;
  const parts = { schema, sharedLists: createSharedLists(schema, readOwnership(schema)), transport: (name: string) => theOne(transports, name) };
  const gateway = createGateway(supergraph, {
    ask: createDataSource(parts),
    log: quiet,
    onQueryPlan,
  });
  const apollo = createApollo({ gateway, policy: supergraph.policy, app, log: quiet });

  const close = async () => {
    try {
      await apollo.stop();
    } finally {
      await app.close();
      await Promise.all(transports.map((transport) => transport.close()));
    }
  };
  try {
    await apollo.start().catch((error: unknown) => {
      throw new SupergraphError(`${config.supergraphFile} is not a supergraph: ${(error as Error).message}`, { cause: error });
    });
    await registerCors(app, config.corsOrigins);
    registerGraphQL(app, apollo, { config, documents, log });
    registerHealth(app, { transports, ready: () => state === 'ready' });
    if (!config.production) await registerPlayground(app, config);
    const url = `${await app.listen({ host: config.host, port: config.port })}${ENDPOINT}`;
    state = 'ready';
    log.info({ phase: 'ready', url }, `ready at ${url}`);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      state = 'leaving';
      log.info({ phase: 'stopping' }, 'stopping');
      // Until whoever sends requests here has seen that it is not ready, they are answered like any others.
      await sleep(config.drainMs);
      return close();
    };
    return {
      url,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function openTransports(supergraph: Supergraph, config: GatewayConfig, log: Logger): Transport[] {
  const relay = openCheckpointRelay();
  return [...supergraph.urls].map(([name, usual]) => {
    const urls = config.subgraphUrls[name] ?? [usual];
    if (!urls.every((url) => URL.canParse(url)))
      throw new SupergraphError(`${config.supergraphFile}: expected the URL of the subgraph "${name}", got "${usual}"`);
    return openTransport({
      name,
      urls,
      timeoutMs: config.subgraphTimeoutMs,
      hedgeAfterMs: config.hedgeAfterMs,
      breakerFailures: config.breakerFailures,
      signingKey: config.signingKey,
      tls: config.tls,
      relay,
      responseLimit: config.subgraphResponseLimit,
      log,
    });
  });
}

function theOne(transports: readonly Transport[], name: string): Transport {
  const found = transports.find((transport) => transport.name === name);
  if (found === undefined) throw new Error(`the supergraph asks for a subgraph "${name}" that it does not name`);
  return found;
}

function createApollo({
  gateway,
  policy,
  app,
  log,
}: {
  gateway: GatewayInterface;
  policy: Policy;
  app: FastifyInstance;
  log: Logger;
}): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    gateway,
    // Both are per caller: enforcePolicy, finishAnswers.
    introspection: true,
    hideSchemaDetailsFromClientErrors: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    // A backstop: createDocumentLimits says it with the number.
    parseOptions: { maxTokens: BOUNDS.tokens },
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    stopOnTerminationSignals: false,
    plugins: [
      refuseUnrunnable(),
      limitOperations(),
      enforcePolicy(policy),
      finishAnswers(),
      observeOperations(),
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
    ],
    logger: log,
    formatError,
  });
}

function registerGraphQL(
  app: FastifyInstance,
  apollo: ApolloServer<GatewayContext>,
  { config, documents, log }: { config: GatewayConfig; documents: TrustedDocuments; log: Logger },
): void {
  const { contextOf, watch } = createOpenRequests(config.operationTimeoutMs, log);
  app.route({
    url: ENDPOINT,
    method: ['GET', 'POST'],
    onRequest: [watch, limitRate({ perMinute: config.rateLimitPerMinute }, createAuthentication(app, config, log))],
    handler: createHandler(apollo, { documents, contextOf, shedding: createShedding(config.loadShedding) }),
    onResponse: async (request, reply) => log.info(requestLine(contextOf(request), reply.statusCode, reply.elapsedTime), 'request'),
  });
}

/** GraphiQL at `/`, and where only this machine reaches it, tokens to try it with; loaded only here, so that a gateway in production does not even read it. */
async function registerPlayground(app: FastifyInstance, { operationsFolder, issuer }: GatewayConfig): Promise<void> {
  const { loadExampleOperations, registerGraphiQL } = await import('./graphiql/index.ts');
  const served = issuer.kind === 'development' && issuer.served;
  await registerGraphiQL(app, { endpoint: ENDPOINT, operations: await loadExampleOperations(operationsFolder), tokens: served ? TOKENS : null });
  if (!served) return;
  const { registerDevelopmentIssuer } = await import('./development/issuer.ts');
  registerDevelopmentIssuer(app, TOKENS, issuer.key);
}

import type { QueryPlan } from '@apollo/query-planner';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import pino, { type Logger } from 'pino';
import { openCheckpointRelay } from '#schema/log-checkpoints.ts';
import { finishAnswers } from './answers.ts';
import { createAuthentication } from './auth.ts';
import type { GatewayConfig } from './config.ts';
import { createContext, type GatewayContext } from './context.ts';
import { createDataSource } from './datasource.ts';
import { formatError } from './errors.ts';
import { createHandler } from './handler.ts';
import { registerCors } from './headers.ts';
import { registerHealth } from './health.ts';
import { createApp } from './http.ts';
import { BOUNDS, limitOperations, MAX_VALIDATION_ERRORS } from './limits/index.ts';
import { refuseUnrunnable } from './operations.ts';
import { readOwnership } from './ownership.ts';
import { enforcePolicy, type Policy } from './policy/index.ts';
import { limitRate } from './rate-limit.ts';
import { observeOperations, requestLine } from './request-log.ts';
import { createSharedLists } from './shared-lists.ts';
import { createGateway, readSupergraph, type Supergraph, SupergraphError } from './supergraph.ts';
import { openTransport, type Transport } from './transport.ts';
import { readTrustedDocuments, type TrustedDocuments } from './trusted-documents.ts';

/** A running gateway. */
export interface RunningGateway {
  /** Its GraphQL endpoint. */
  readonly url: string;
  /** Takes no more requests, gives those under way ten seconds to finish, then closes the connections to the subgraphs. */
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
  const transports = openTransports(supergraph, config);
  // Libraries tell at "info" what phases tell already.
  const quiet = log.child({}, { level: log.level === 'info' ? 'warn' : log.level });
  const app = createApp({ bodyLimit: config.bodyLimit, trustedProxies: config.trustedProxies, endpoint: ENDPOINT, log: quiet });
  const { schema } = supergraph;
  const parts = { schema, sharedLists: createSharedLists(schema, readOwnership(schema)), transport: (name: string) => theOne(transports, name) };
  const gateway = createGateway(supergraph, {
    ask: createDataSource(parts),
    log: quiet,
    onQueryPlan,
  });
  const apollo = createApollo({ gateway, policy: supergraph.policy, app, log: quiet });

  let ready = false;
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
    registerHealth(app, { transports, ready: () => ready });
    if (!config.production) await registerPlayground(app, config);
    const url = `${await app.listen({ host: config.host, port: config.port })}${ENDPOINT}`;
    ready = true;
    log.info({ phase: 'ready', url }, `ready at ${url}`);
    let stopped: Promise<void> | undefined;
    const stop = () => {
      ready = false;
      log.info({ phase: 'stopping' }, 'stopping');
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

function openTransports(supergraph: Supergraph, config: GatewayConfig): Transport[] {
  const relay = openCheckpointRelay();
  return [...supergraph.urls].map(([name, usual]) => {
    const url = config.subgraphUrls[name] ?? usual;
    if (!URL.canParse(url)) throw new SupergraphError(`${config.supergraphFile}: expected the URL of the subgraph "${name}", got "${url}"`);
    return openTransport({
      name,
      url,
      timeoutMs: config.subgraphTimeoutMs,
      signingKey: config.signingKey,
      tls: config.tls,
      relay,
      responseLimit: config.subgraphResponseLimit,
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
  const contexts = new WeakMap<FastifyRequest, GatewayContext>();
  const contextOf = (request: FastifyRequest) => {
    const context = contexts.get(request) ?? createContext(request.id, request.caller, log);
    contexts.set(request, context);
    return context;
  };
  app.route({
    url: ENDPOINT,
    method: ['GET', 'POST'],
    onRequest: limitRate({ perMinute: config.rateLimitPerMinute }, createAuthentication(app, config, log)),
    handler: createHandler(apollo, { documents, contextOf }),
    onResponse: async (request, reply) => log.info(requestLine(contextOf(request), reply.statusCode, reply.elapsedTime), 'request'),
    onRequestAbort: async (request) => log.info({ requestId: request.id }, 'the client went away before it was answered'),
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

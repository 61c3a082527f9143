import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryPlan } from '@apollo/query-planner';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { finishAnswers } from './answers.ts';
import { createAuthentication } from './auth.ts';
import { type Composition, type CompositionParts, openComposition } from './composition.ts';
import { type Compositions, createCompositions } from './compositions.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayContext } from './context.ts';
import { createDataSource } from './datasource.ts';
import { createDocumentStore } from './document-store.ts';
import { formatError } from './errors.ts';
import { createHandler, stringifyRefusal } from './handler.ts';
import { registerCors } from './headers.ts';
import { registerHealth } from './health.ts';
import { createApp } from './http.ts';
import { BOUNDS, limitOperations, MAX_VALIDATION_ERRORS } from './limits/index.ts';
import { createOpenRequests } from './open-requests.ts';
import { refuseUnrunnable } from './operations.ts';
import { readOwnership } from './ownership.ts';
import { enforcePolicy } from './policy/index.ts';
import { limitRate } from './rate-limit.ts';
import { observeOperations, requestLine } from './request-log.ts';
import { createSharedLists } from './shared-lists.ts';
import { createSharing } from './sharing.ts';
import { createShedding, type Shedding } from './shedding.ts';
import { parseSupergraph, type Supergraph } from './supergraph.ts';
import { followSupergraph, type SupergraphChanges } from './supergraph-changes.ts';
import { openSupergraphSource } from './supergraph-source.ts';
import { createTransports, type Transports } from './transports.ts';
import { readTrustedDocuments } from './trusted-documents.ts';

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
  const source = await openSupergraphSource(config);
  const supergraph = parseSupergraph(source.text, source.origin);
  const transports = createTransports(config, log);
  // Libraries tell at "info" what phases tell already.
  const quiet = log.child({}, { level: log.level === 'info' ? 'warn' : log.level });
  const shedding = createShedding(config.loadShedding);
  // Who shares what another does gives its place back at once.
  const sharing = createSharing({ onJoin: shedding.ended });
  const open = (wanted: Supergraph) => openOn(wanted, transports, { config, log: quiet, onQueryPlan, sharing });
  const compositions = createCompositions(await open(supergraph));
  let state: 'starting' | 'ready' | 'leaving' = 'starting';
  const leaving = () => state === 'leaving';
  const app = createApp({ bodyLimit: config.bodyLimit, trustedProxies: config.trustedProxies, endpoint: ENDPOINT, leaving, log: quiet });
  const changes = followSupergraph({
    source,
    intervalMs: config.supergraphPollMs,
    trialMs: config.supergraphTrialMs,
    compositions,
    open,
    silent: async (wanted) => {
      const asked = await Promise.all(transports.of(wanted).map(async ({ name, ready }) => ({ name, ready: await ready() })));
      return asked.flatMap(({ name, ready }) => (ready ? [] : name));
    },
    log,
  });
  const apollo = createApollo({ compositions, changes, app, log: quiet });

  const close = async () => {
    try {
      await changes.stop();
      await apollo.stop();
    } finally {
      await app.close();
      await transports.close();
    }
  };
  try {
    await apollo.start();
    if (config.planAhead) await compositions.current.prepare();
    await registerCors(app, config.corsOrigins);
    registerGraphQL(app, apollo, { config, compositions, shedding, log });
    registerHealth(app, { transports: () => transports.of(compositions.current.supergraph), ready: () => state === 'ready' });
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

/** A composition of the supergraph whose subgraphs are reached by these transports. */
function openOn(
  supergraph: Supergraph,
  transports: Transports,
  { config, ...parts }: Pick<CompositionParts, 'log' | 'onQueryPlan' | 'sharing'> & { readonly config: GatewayConfig },
): Promise<Composition> {
  const { schema } = supergraph;
  const own = new Map(transports.of(supergraph).map((transport) => [transport.name, transport]));
  const transport = (name: string) => {
    const found = own.get(name);
    if (found === undefined) throw new Error(`the supergraph asks for a subgraph "${name}" that it does not name`);
    return found;
  };
  const ask = createDataSource({ sharedLists: createSharedLists(schema, readOwnership(schema)), transport });
  const documents = readTrustedDocuments(config.trustedDocumentsFile);
  return openComposition(supergraph, documents, { ...parts, overrideLabels: new Set(config.overrideLabels), ask });
}

function createApollo({
  compositions,
  changes,
  app,
  log,
}: {
  compositions: Compositions;
  changes: SupergraphChanges;
  app: FastifyInstance;
  log: Logger;
}): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    gateway: compositions,
    // Both are per caller: enforcePolicy, finishAnswers.
    introspection: true,
    hideSchemaDetailsFromClientErrors: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    documentStore: createDocumentStore(),
    includeStacktraceInErrorResponses: false,
    // A backstop: createDocumentLimits says it with the number.
    parseOptions: { maxTokens: BOUNDS.tokens },
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    stopOnTerminationSignals: false,
    plugins: [
      refuseUnrunnable(),
      limitOperations(),
      enforcePolicy((schema) => compositions.of(schema).supergraph.policy),
      finishAnswers(),
      observeOperations(changes),
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
    ],
    logger: log,
    formatError,
    stringifyResult: stringifyRefusal,
  });
}

function registerGraphQL(
  app: FastifyInstance,
  apollo: ApolloServer<GatewayContext>,
  { config, compositions, shedding, log }: { config: GatewayConfig; compositions: Compositions; shedding: Shedding; log: Logger },
): void {
  const { contextOf, watch } = createOpenRequests(config.operationTimeoutMs, log);
  app.route({
    url: ENDPOINT,
    method: ['GET', 'POST'],
    onRequest: [watch, limitRate({ perMinute: config.rateLimitPerMinute }, createAuthentication(app, config, log))],
    handler: createHandler(apollo, { compositions, contextOf, shedding }),
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

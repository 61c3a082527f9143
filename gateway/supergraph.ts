import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import type { QueryPlan } from '@apollo/query-planner';
import type { GatewayExecutionResult, GatewayInterface } from '@apollo/server-gateway-interface';
import { buildASTSchema, type DocumentNode, type GraphQLSchema, Kind, parse } from 'graphql';
import type { Logger } from 'pino';
import { installScalars } from '#schema/scalars.ts';
import { disableTelemetry } from './config.ts';
import type { GatewayContext } from './context.ts';
import { createExecution, type SubgraphAnswer, type SubgraphRequest } from './execution/index.ts';
import { type Planner, startPlanner } from './execution/planner.ts';
import { type Policy, readPolicy, stripPolicies } from './policy/index.ts';

/** The composed supergraph as it was committed. */
export interface Supergraph {
  /** Its text without the rules of access, which Apollo's gateway refuses to load. */
  readonly sdl: string;
  /** What it asks of callers. */
  readonly policy: Policy;
  /** Its types, the machinery of composition included. */
  readonly schema: GraphQLSchema;
  /** The URL that the supergraph gives for each subgraph, by its name. */
  readonly urls: ReadonlyMap<string, string>;
}

/** As many places of an answer are logged: the rest is mostly the same for other cells. */
const LOGGED_PLACES = 5;

/** There is no supergraph to run. */
export class SupergraphError extends Error {}

/**
 * Reads a supergraph. Nothing is composed here: what runs is what was reviewed.
 * @throws SupergraphError saying what to do when the file is missing, is no supergraph, or has a field that anybody might have because no rule says who may.
 */
export function readSupergraph(file: string): Supergraph {
  let sdl: string;
  try {
    sdl = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SupergraphError(`cannot read ${file}: run npm run schema:compose, or set SUPERGRAPH_FILE`, { cause: error });
  }
  try {
    const document = parse(sdl);
    const urls = readUrls(document);
    if (urls.size === 0) throw new Error('it names no subgraph');
    const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
    return { sdl: stripPolicies(sdl), policy: readPolicyOf(file, document), schema, urls };
  } catch (error) {
    if (error instanceof SupergraphError) throw error;
    throw new SupergraphError(`${file} is not a supergraph: ${(error as Error).message}`, { cause: error });
  }
}

function readPolicyOf(file: string, document: DocumentNode): Policy {
  try {
    return readPolicy(document);
  } catch (error) {
    throw new SupergraphError(`${file} does not say of everything who may ask for it: ${(error as Error).message}`, { cause: error });
  }
}

/** What the gateway is made of, besides the supergraph. */
export interface GatewayParts {
  /** Asks a subgraph on behalf of a client's request. */
  readonly ask: (service: string, request: SubgraphRequest, context: GatewayContext) => Promise<SubgraphAnswer>;
  readonly log: Logger;
  /** Told the plan of every operation before it runs. */
  readonly onQueryPlan?: ((plan: QueryPlan) => void) | undefined;
}

/**
 * Apollo's gateway over `supergraph`, with its planner in a thread of its own and an executor of ours (execution/). To be handed to Apollo Server,
 * which loads and stops it.
 */
export function createGateway({ sdl, schema: supergraphSchema }: Supergraph, { ask, log, onQueryPlan }: GatewayParts): GatewayInterface {
  disableTelemetry();
  const apollo = new ApolloGateway({ supergraphSdl: sdl, logger: log });
  let apiSchema: GraphQLSchema | undefined;
  apollo.onSchemaLoadOrUpdate((loaded) => {
    installScalars(loaded.apiSchema);
    apiSchema = loaded.apiSchema;
  });
  let planner: Planner | undefined;
  return {
    onSchemaLoadOrUpdate: (listener) => apollo.onSchemaLoadOrUpdate(listener),
    load: async (options) => {
      await apollo.load(options);
      if (apiSchema === undefined) throw new Error('expected a schema');
      planner = await startPlanner(sdl);
      const execute = createExecution({ apiSchema, supergraphSchema, planner, overrides: new Map() });
      return {
        executor: ({ document, operation, request, context: given }) => {
          const context = given as GatewayContext;
          return execute({
            document,
            operation,
            variables: request.variables,
            ask: (service, asked) => ask(service, asked, context),
            onPlan: onQueryPlan,
            onFaults: (places) => {
              context.log.error(
                { places: places.slice(0, LOGGED_PLACES), count: places.length },
                'subgraphs left out values, or gave some that are not of their types',
              );
            },
          }) as Promise<GatewayExecutionResult>;
        },
      };
    },
    stop: async () => {
      await planner?.close();
      await apollo.stop();
    },
  };
}

/** From `enum join__Graph { CALLS @join__graph(name: "calls", url: "http://…") … }`. */
function readUrls(document: DocumentNode): Map<string, string> {
  const urls = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const directive of (definition.values ?? []).flatMap((value) => value.directives ?? [])) {
      if (directive.name.value !== 'join__graph') continue;
      const given = new Map(directive.arguments?.map(({ name, value }) => [name.value, value.kind === Kind.STRING ? value.value : '']));
      urls.set(given.get('name') ?? '', given.get('url') ?? '');
    }
  }
  return urls;
}

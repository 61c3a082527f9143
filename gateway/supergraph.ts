import { readFileSync } from 'node:fs';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { buildASTSchema, type DocumentNode, type GraphQLSchema, Kind, parse } from 'graphql';
import type { Logger } from 'pino';
import { installScalars } from '#schema/scalars.ts';
import { disableTelemetry } from './config.ts';
import type { GatewayContext } from './context.ts';
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

/** The plan of an operation, as the query planner made it. */
export type QueryPlan = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof ApolloGateway>[0]>['experimental_didResolveQueryPlan']>
>[0]['queryPlan'];

/** What the gateway's executor is made of, besides the supergraph. */
export interface GatewayParts {
  /** How each subgraph is reached. */
  readonly dataSource: (subgraph: string) => GraphQLDataSource<GatewayContext>;
  readonly log: Logger;
  readonly onQueryPlan?: ((plan: QueryPlan) => void) | undefined;
}

/** Apollo's planner and executor over `supergraph`. To be handed to Apollo Server, which loads and stops it. */
export function createGateway({ sdl }: Supergraph, { dataSource, log, onQueryPlan }: GatewayParts): ApolloGateway {
  disableTelemetry();
  const gateway = new ApolloGateway({
    supergraphSdl: sdl,
    buildService: ({ name }) => dataSource(name) as GraphQLDataSource,
    logger: log,
    // By default any client could have the plan by a header, outside of production.
    __exposeQueryPlanExperimental: false,
    // What every subgraph can answer can be had in many ways that cost the same. The planner would compare up to 10,000 plans of an operation,
    // and hold up everybody for half a second; of these a hundred are as good (test/federation/ asserts the plans).
    queryPlannerConfig: { debug: { maxEvaluatedPlans: 100 } },
    ...(onQueryPlan ? { experimental_didResolveQueryPlan: ({ queryPlan }: { readonly queryPlan: QueryPlan }) => onQueryPlan(queryPlan) } : {}),
  });
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => installScalars(apiSchema));
  return gateway;
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

import { ApolloGateway } from '@apollo/gateway';
import type { QueryPlan } from '@apollo/query-planner';
import { getOperationAST, type GraphQLSchema, parse, validate } from 'graphql';
import type { Logger } from 'pino';
import { installScalars } from '#schema/scalars.ts';
import { disableTelemetry } from './config.ts';
import type { GatewayContext } from './context.ts';
import { createExecution, type ExecutionAnswer, type ExecutionRequest, type SubgraphAnswer, type SubgraphRequest } from './execution/index.ts';
import { separate } from './execution/separation.ts';
import { startPlanner } from './execution/planner.ts';
import { chooseLabels, everyChoice } from './override-labels.ts';
import { isForEverybody } from './policy/index.ts';
import type { Sharing } from './sharing.ts';
import { type Supergraph, SupergraphError } from './supergraph.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** What a composition is made of, besides the supergraph. */
export interface CompositionParts {
  /** Asks a subgraph on behalf of a client's request. */
  readonly ask: (service: string, request: SubgraphRequest, context: GatewayContext) => Promise<SubgraphAnswer>;
  readonly log: Logger;
  /** The labels of progressive overrides that are on. */
  readonly overrideLabels: ReadonlySet<string>;
  /** Of the gateway, not of one composition. */
  readonly sharing: Sharing;
  /** Told the plan of every operation before it runs. */
  readonly onQueryPlan?: ((plan: QueryPlan) => void) | undefined;
}

/** An operation, with the labels that are on for it. */
type Executable = Required<Pick<ExecutionRequest, 'document' | 'operation' | 'variables' | 'labels'>>;

/** A supergraph on which operations can be executed. */
export interface Composition {
  readonly supergraph: Supergraph;
  /** What clients see of it. */
  readonly apiSchema: GraphQLSchema;
  /** The documents that came with it. */
  readonly documents: TrustedDocuments;
  readonly execute: (request: Omit<Executable, 'labels'>, context: GatewayContext) => Promise<ExecutionAnswer>;
  /**
   * Plans its documents, so that none of their clients waits for it.
   * @throws SupergraphError naming the first that is not valid on this supergraph, or cannot be planned.
   */
  prepare(): Promise<void>;
  /** Ends its planner; what is planned already can still be executed. */
  close(): Promise<void>;
}

/** As many places of an answer are logged: the rest is mostly the same for other cells. */
const LOGGED_PLACES = 5;

/**
 * Loads a supergraph: the schema that clients see and the planner are Apollo's, the executor is ours (execution/).
 * @throws SupergraphError when it does not load
 */
export async function openComposition(
  supergraph: Supergraph,
  documents: TrustedDocuments,
  { ask, log, overrideLabels, sharing, onQueryPlan }: CompositionParts,
): Promise<Composition> {
  const { sdl, origin } = supergraph;
  const separated = separate(sdl);
  const [apiSchema, planner] = await Promise.all([loadApiSchema(sdl, log), startPlanner(separated.sdl)]).catch((error: unknown) => {
    throw new SupergraphError(`${origin} is not a supergraph: ${(error as Error).message}`, { cause: error });
  });
  const execution = createExecution({ apiSchema, supergraphSchema: supergraph.schema, planner, separated });
  const execute = (request: Executable, context: GatewayContext) =>
    execution.execute({
      ...request,
      ask: (service, asked) => ask(service, asked, context),
      onPlan: onQueryPlan,
      onFaults: (places) => {
        context.log.error(
          { places: places.slice(0, LOGGED_PLACES), count: places.length },
          'subgraphs left out values, or gave some that are not of their types',
        );
      },
    });
  return {
    supergraph,
    apiSchema,
    documents,
    execute: (request, context) => {
      const chosen = { ...request, labels: chooseLabels(supergraph.overrideLabels, overrideLabels, Math.random()) };
      const unrecorded = isForEverybody({ schema: apiSchema, ...request }, supergraph.policy);
      return sharing.execute({ ...chosen, unrecorded }, context, (own) => execute(chosen, own));
    },
    prepare: async () => {
      for (const { name, document } of documents.values()) {
        const parsed = parse(document, { noLocation: true });
        const [fault] = validate(apiSchema, parsed);
        const operation = getOperationAST(parsed);
        if (fault) throw new SupergraphError(`${origin} does not fit the trusted document ${name}: ${fault.message}`);
        if (!operation) throw new SupergraphError(`expected one operation in the trusted document ${name}`);
        for (const labels of everyChoice(supergraph.overrideLabels, overrideLabels)) {
          await execution.prepare(parsed, operation, labels).catch((error: unknown) => {
            throw new SupergraphError(`${origin} has no plan for the trusted document ${name}: ${(error as Error).message}`, { cause: error });
          });
        }
      }
    },
    close: () => planner.close(),
  };
}

/** The schema that clients see, as Apollo's gateway has it. */
async function loadApiSchema(sdl: string, log: Logger): Promise<GraphQLSchema> {
  disableTelemetry();
  const gateway = new ApolloGateway({ supergraphSdl: sdl, logger: log });
  const { schema } = await gateway.load();
  await gateway.stop();
  installScalars(schema);
  return schema;
}

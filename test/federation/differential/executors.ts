import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { buildASTSchema, type DocumentNode, getOperationAST, type GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { createExecution } from '../../../gateway/execution/index.ts';
import { separateRequiredArguments } from '../../../gateway/execution/required-arguments.ts';
import type { AskLocally } from './subgraphs.ts';

/** What a client is answered, as JSON. */
export interface Answered {
  data: unknown;
  errors: { message: string; path: readonly (string | number)[] }[];
}

/** Executes operations over one supergraph. */
export interface Executor {
  readonly schema: GraphQLSchema;
  execute(document: DocumentNode, variables: Record<string, unknown>): Promise<Answered>;
  stop(): Promise<void>;
}

/** `@apollo/gateway` as it comes. */
export async function startApollo(supergraphSdl: string, ask: AskLocally): Promise<Executor> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const source = (name: string): GraphQLDataSource => ({
    process: ({ request }) => ask(name, request as never) as never,
  });
  const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ name = '' }) => source(name), logger: quiet });
  const { executor, schema } = await gateway.load();
  return {
    schema,
    execute: async (document, variables) => {
      const request = { query: '', variables };
      const result = await executor({
        request,
        document,
        operation: getOperationAST(document),
        operationName: null,
        queryHash: JSON.stringify(document),
        context: {},
        schema,
        logger: quiet,
        metrics: {},
      } as never);
      // Where no subgraph reported an error, what is missing against the schema stands here.
      const remarks = result.extensions?.['valueCompletion'] as readonly GraphQLError[] | undefined;
      return plain(result.data, result.errors ?? remarks);
    },
    stop: () => gateway.stop(),
  };
}

/** The project's own, over the same planner; in this thread, because starting one takes longer than all operations of a supergraph. */
export async function startOwn(supergraphSdl: string, apiSchema: GraphQLSchema, ask: AskLocally): Promise<Executor> {
  const separated = separateRequiredArguments(supergraphSdl);
  const supergraph = Supergraph.build(separated.sdl);
  const queryPlanner = new QueryPlanner(supergraph, { debug: { maxEvaluatedPlans: 100 } });
  const planner = { plan: async (text: string) => queryPlanner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(text))) };
  const supergraphSchema = buildASTSchema(parse(supergraphSdl), { assumeValid: true, assumeValidSDL: true });
  const { execute } = createExecution({ apiSchema, supergraphSchema, planner, separated });
  return {
    schema: apiSchema,
    execute: async (document, variables) => {
      const operation = getOperationAST(document);
      if (!operation) throw new Error('expected an operation');
      const result = await execute({
        document,
        operation,
        variables,
        ask: async (service, request) => {
          const { data = null, errors = [] } = await ask(service, request as never);
          return { data, errors: errors.map(({ message, path = [], extensions = {} }) => ({ message, path, extensions })) as never };
        },
      });
      return plain(result.data, result.errors);
    },
    stop: async () => undefined,
  };
}

function plain(data: unknown, errors: readonly GraphQLError[] = []): Answered {
  return {
    data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)),
    errors: errors.map(({ message, path = [] }) => ({ message, path: path ?? [] })),
  };
}

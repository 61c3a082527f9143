import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { buildASTSchema, type DocumentNode, getOperationAST, type GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { createExecution } from '../../gateway/execution/index.ts';
import { createPlanning } from '../../gateway/execution/planning.ts';
import { separate } from '../../gateway/execution/separation.ts';
import { chooseLabels, readOverrideLabels } from '../../gateway/override-labels.ts';

/** Asks a subgraph; answers what would come over the wire. Rejects where it cannot be reached. */
export type Fetch = (
  service: string,
  request: { readonly query: string; readonly variables: Readonly<Record<string, unknown>>; readonly operationName?: string },
) => Promise<{
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}>;

/** An operation to be executed; valid. */
export interface Asked {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly overrideLabels?: readonly string[] | undefined;
  readonly fetch: Fetch;
}

/** An executor over one supergraph, in this process. */
export interface Executor {
  readonly schema: GraphQLSchema;
  execute(
    asked: Asked,
  ): Promise<{ readonly data?: unknown; readonly errors?: readonly GraphQLError[]; readonly extensions?: Readonly<Record<string, unknown>> }>;
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** `@apollo/gateway` as it comes. Labels of `@override` are not among what it can be told. */
export async function startApollo(supergraphSdl: string): Promise<Executor> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const source = (name: string): GraphQLDataSource => ({
    process: ({ request, context }) => (context as { fetch: Fetch }).fetch(name, request as never) as never,
  });
  const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ name = '' }) => source(name), logger: QUIET });
  const { executor, schema } = await gateway.load();
  return {
    schema,
    execute: ({ document, operationName, variables, fetch }) =>
      executor({
        request: { query: '', variables, operationName },
        document,
        operation: getOperationAST(document, operationName),
        operationName: operationName ?? null,
        queryHash: JSON.stringify(document),
        context: { fetch },
        schema,
        logger: QUIET,
        metrics: {},
      } as never) as never,
  };
}

/** The project's own, over the same planner; in this thread, because starting one takes longer than all operations of a supergraph. */
export async function startOwn(supergraphSdl: string, schema: GraphQLSchema): Promise<Executor> {
  const separated = separate(supergraphSdl);
  const planning = createPlanning(separated.sdl);
  const document = parse(supergraphSdl);
  const supergraphSchema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  const labels = readOverrideLabels(document);
  const planner = { plan: async (text: string, on: readonly string[] = []) => planning(text, on) };
  const execution = createExecution({ apiSchema: schema, supergraphSchema, planner, separated });
  return {
    schema,
    execute: ({ document: asked, operationName, variables, overrideLabels = [], fetch }) => {
      const operation = getOperationAST(asked, operationName);
      if (!operation) throw new Error('expected an operation');
      return execution.execute({
        document: asked,
        operation,
        variables,
        labels: chooseLabels(labels, new Set(overrideLabels), 0.5),
        // What the gateway makes of a subgraph that is not there is tested with real ones (test/gateway).
        ask: (service, { query, variables: used, operationName: name }) =>
          fetch(service, { query, variables: used, ...(name === undefined ? {} : { operationName: name }) }).then(
            ({ data = null, errors = [] }) => ({ data, errors: errors.map(({ message, path = [], extensions = {} }) => ({ message, path, extensions })) }),
            (error: Error) => ({ data: null, errors: [{ message: error.message, path: [], extensions: {} }] }),
          ) as never,
      });
    },
  };
}

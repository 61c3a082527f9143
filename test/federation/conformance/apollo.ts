import { createHash } from 'node:crypto';
import { ApolloGateway } from '@apollo/gateway';
import { type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';
import type { Answer, Fetch, GraphAnswer, SubgraphRequest } from './run.ts';

interface Loaded {
  readonly schema: GraphQLSchema;
  readonly executor: (request: object) => Promise<GraphAnswer>;
}

const gateways = new Map<string, Promise<Loaded>>();

/** Bare `@apollo/gateway` behind the seam, as a reference. Labels of `@override` are not among what it can be told. */
export const apolloAnswer: Answer = async (supergraphSdl, fetch, { document: source, variables, operationName }) => {
  const { schema, executor } = await loaded(supergraphSdl);
  const document = parse(source);
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors: errors.map((error) => error.toJSON()) as GraphAnswer['errors'] & object };
  const answer = await executor(requestContext(schema, fetch, document, source, variables, operationName));
  return JSON.parse(JSON.stringify(answer)) as GraphAnswer;
};

function loaded(supergraphSdl: string): Promise<Loaded> {
  const known = gateways.get(supergraphSdl);
  if (known !== undefined) return known;
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => ({
      process: ({ request, context }) => (context as { fetch: Fetch }).fetch(name, request as unknown as SubgraphRequest) as never,
    }),
  });
  const loading = gateway.load() as unknown as Promise<Loaded>;
  gateways.set(supergraphSdl, loading);
  return loading;
}

function requestContext(
  schema: GraphQLSchema,
  fetch: Fetch,
  document: DocumentNode,
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
  operationName?: string,
): object {
  return {
    request: { query: source, variables, operationName },
    operationName: operationName ?? null,
    document,
    source,
    schema,
    queryHash: createHash('sha256').update(source).digest('hex'),
    context: { fetch },
    metrics: {},
    cache: undefined,
    logger: console,
  };
}

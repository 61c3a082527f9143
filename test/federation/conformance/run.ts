import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, graphql, parse } from 'graphql';
import type { CaseSubgraph, ConformanceCase, ExpectedError, Path } from './form.ts';

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@extends"
])\n`;

interface SubgraphRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

interface AnswerError {
  readonly message: string;
  readonly path?: Path;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface GraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly AnswerError[];
}

/** Asks one of a case's services; answers what would come over the wire. */
export type Fetch = (service: string, request: SubgraphRequest) => Promise<GraphAnswer>;

export interface ClientOperation {
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly overrideLabels?: readonly string[];
}

/** The one seam: whoever answers operations on a supergraph is put here. */
export type Answer = (supergraphSdl: string, fetch: Fetch, operation: ClientOperation) => Promise<GraphAnswer>;

/** A case that runs: its supergraph, and its services in this process. */
export interface RunningCase {
  readonly supergraphSdl: string;
  readonly fetch: Fetch;
}

/** Composes a case and starts its services. Throws with all of composition's errors where it does not compose. */
export function runningCase({ name, subgraphs }: ConformanceCase): RunningCase {
  const documents = Object.entries(subgraphs).map(([service, { sdl }]) => ({ name: service, url: `http://${service}`, typeDefs: parse(FEDERATION + sdl) }));
  const { errors, supergraphSdl } = composeServices(documents);
  if (errors !== undefined) throw new Error(`${name} does not compose:\n${errors.map(({ message }) => message).join('\n')}`);
  const schemas = new Map(Object.entries(subgraphs).map(([service, subgraph]) => [service, executable(subgraph)]));
  return {
    supergraphSdl,
    async fetch(service, { query, variables, operationName }) {
      const schema = schemas.get(service);
      if (schema === undefined) throw new Error(`${name} has no service ${service}`);
      if (subgraphs[service]?.down) throw new Error(`${service} cannot be reached`);
      const answer = await graphql({ schema, source: query, variableValues: wire(variables), operationName: operationName ?? null, rootValue: {} });
      return wire(answer) as GraphAnswer;
    },
  };
}

/**
 * Why an answer is not the expected one, or undefined where it is. Data are compared with the order of their fields, which the specification
 * gives (6.2.1); errors by path and code, in any order.
 */
export function difference(answer: GraphAnswer, expected: { readonly data: unknown; readonly errors?: readonly ExpectedError[] }): string | undefined {
  const [got, wanted] = [JSON.stringify(answer.data ?? null), JSON.stringify(expected.data)];
  if (got !== wanted) return `data\n  got      ${got}\n  expected ${wanted}\n  errors   ${JSON.stringify(answer.errors ?? [])}`;
  const errors = (answer.errors ?? []).map(({ message, path, extensions }) => ({ message, path, code: extensions?.['code'] }));
  const wantedErrors = expected.errors ?? [];
  const missing = wantedErrors.filter((want) => !errors.some((error) => matches(error, want)));
  const exact = wantedErrors.filter((want) => 'path' in want);
  const unexpected = errors.filter((error) => !wantedErrors.some((want) => matches(error, want)));
  const repeated = exact.filter((want) => errors.filter((error) => matches(error, want)).length > exact.filter((other) => sameJson(other, want)).length);
  if (missing.length + unexpected.length + repeated.length === 0) return undefined;
  return `errors\n  missing    ${JSON.stringify(missing)}\n  unexpected ${JSON.stringify(unexpected)}\n  repeated   ${JSON.stringify(repeated)}`;
}

function executable({ sdl, resolvers }: CaseSubgraph): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(FEDERATION + sdl), resolvers: resolvers as never });
}

function wire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function matches(error: { readonly path: Path | undefined; readonly code: unknown }, want: ExpectedError): boolean {
  if (want.code !== undefined && error.code !== want.code) return false;
  if ('path' in want) return sameJson(error.path, want.path);
  return error.path !== undefined && sameJson(error.path.slice(0, want.under.length), want.under);
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

import type { GraphQLDataSource } from '@apollo/gateway';
import type { GraphQLSchema } from 'graphql';
import type { FetchRecord, GatewayContext } from './context.ts';
import { combineErrors, failedFetch, pattern, reportedError, type SubgraphError, SubgraphFailure } from './errors.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { type Distinct, distinct, type Representation, spread } from './representations.ts';
import { type FetchSelection, readSelection } from './selection.ts';
import type { Transport } from './transport.ts';

type ProcessOptions = Parameters<GraphQLDataSource<GatewayContext>['process']>[0];
type Response = Awaited<ReturnType<GraphQLDataSource['process']>>;
type Path = readonly (string | number)[];

/** A GraphQL answer as it came over the wire. */
interface Answer {
  readonly data: JsonObject | null;
  readonly errors: readonly JsonObject[];
}

/** As many errors of one answer are logged: the rest is mostly the same for other cells. */
const LOGGED_ERRORS = 5;

/** One fetch of a query plan: of root fields, or (`entities`) of fields of entities. */
interface Fetch {
  readonly service: string;
  readonly selection: FetchSelection;
  readonly entities: Distinct | null;
}

/**
 * How Apollo's executor reaches a subgraph. Never throws: a fetch that fails is an answer of nulls with ONE error.
 *
 * Nulls, and not nothing, because the executor tells the two apart: it leaves out an entity of which a field that `@requires` names is
 * undefined, and then `indicators` of two ministries would be missing because the third did not answer. Fields that may not be null stay
 * undefined all the same; handing a subgraph a null where its schema says there is none would be a lie.
 */
export function createDataSource(transport: Transport, schema: GraphQLSchema): GraphQLDataSource<GatewayContext> {
  return {
    process: async ({ request, context }: ProcessOptions): Promise<Response> => {
      const { requestId, log, operation } = context as GatewayContext;
      const { query = '', operationName, variables = {} } = request;
      const representations = variables['representations'] as readonly Representation[] | undefined;
      const entities = representations ? distinct(representations) : null;
      const fetch: Fetch = { service: transport.name, selection: readSelection(query, schema), entities };
      const started = performance.now();
      const record = (outcome: FetchRecord['outcome']) =>
        operation.fetches.push({
          service: fetch.service,
          milliseconds: Math.round(performance.now() - started),
          outcome,
          entities: entities?.representations.length ?? 0,
        });
      try {
        const sent = entities ? { ...variables, representations: entities.representations } : variables;
        const answer = readAnswer(await transport.post({ query, operationName, variables: sent }, requestId), fetch);
        record(answer.errors.length === 0 ? 'ok' : 'errors');
        const errors = collectErrors(answer, fetch);
        if (errors.some(({ extensions }) => extensions.code === 'INTERNAL_SERVER_ERROR')) {
          log.error({ service: fetch.service, reported: answer.errors.slice(0, LOGGED_ERRORS) }, 'a subgraph reported an error of its own');
        }
        return respond(completeData(answer, fetch), errors);
      } catch (error) {
        const failure = error instanceof SubgraphFailure ? error : new SubgraphFailure('SUBGRAPH_UNAVAILABLE', String(error), { cause: error });
        record(failure.code === 'SUBGRAPH_TIMEOUT' ? 'timeout' : 'unavailable');
        log.warn({ service: fetch.service, code: failure.code, reason: failure.message }, 'a subgraph did not answer');
        const { path, affected } = everything(fetch);
        return respond(completeData({ data: null, errors: [] }, fetch), [failedFetch(fetch.service, failure, path, affected)]);
      }
    },
  };
}

function respond(data: JsonObject | null, errors: readonly SubgraphError[]): Response {
  // The executor takes errors as JSON has them, whatever its types say.
  return (errors.length === 0 ? { data } : { data, errors }) as Response;
}

/** @throws SubgraphFailure when the JSON is not the answer to this fetch. */
function readAnswer(body: unknown, { entities }: Fetch): Answer {
  const { data = null, errors = [] } = isJsonObject(body) ? body : {};
  if (!(data === null || isJsonObject(data)) || !Array.isArray(errors) || !errors.every(isJsonObject) || (data === null && errors.length === 0)) {
    throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'expected a GraphQL answer with data or errors');
  }
  const wanted = entities?.representations.length;
  if (wanted !== undefined && errors.length === 0 && !isListOfEntities(data?.['_entities'], wanted)) {
    throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `expected ${wanted} entities`);
  }
  return { data, errors };
}

function isListOfEntities(received: unknown, length: number): received is readonly (JsonObject | null)[] {
  return Array.isArray(received) && received.length === length && received.every((entity) => entity === null || isJsonObject(entity));
}

/** The data with an entity for every representation; an entity that did not come has null where it may. */
function completeData({ data }: Answer, { selection, entities }: Fetch): JsonObject | null {
  if (entities === null) return data;
  const received = data?.['_entities'];
  const complete = isListOfEntities(received, entities.representations.length) ? received : [];
  const filled = entities.representations.map(({ __typename }, index) => {
    return complete[index] ?? { __typename, ...Object.fromEntries(selection.entity(__typename).nullable.map((name) => [name, null])) };
  });
  return { _entities: spread(entities, filled) };
}

/**
 * The errors that a subgraph reported, those alike as one: a fault of the subgraph comes once for every cell, and 408 times the same says
 * no more than once.
 */
function collectErrors({ errors }: Answer, fetch: Fetch): SubgraphError[] {
  const placed = errors.map((reported) => {
    const { path, affected } = place(reported['path'], fetch);
    const error = reportedError(fetch.service, reported, path);
    return affected === 1 ? error : { ...error, extensions: { ...error.extensions, affected } };
  });
  return combineErrors(placed, ({ message, path, extensions }) => [extensions.code, message, pattern(path)]);
}

/** Where in the executor's numbering an error of the subgraph lies, and how many fields of the answer it empties. */
function place(path: unknown, fetch: Fetch): { path: Path; affected: number } {
  if (!Array.isArray(path) || path.length === 0) return everything(fetch);
  const { entities, selection } = fetch;
  const [root, index, ...rest] = path as (string | number)[];
  if (entities === null || root !== '_entities') return { path: path as Path, affected: 1 };
  if (typeof index !== 'number') return everything(fetch);
  const first = entities.firsts[index] ?? 0;
  const count = entities.counts[index] ?? 1;
  if (rest.length > 0) return { path: [root, first, ...rest], affected: count };
  const { names } = selection.entity(entities.representations[index]?.__typename ?? '');
  return { path: [root, first, ...names.slice(0, 1)], affected: count * names.length };
}

/** The first field that the fetch asks for, and how many there are. */
function everything({ selection, entities }: Fetch): { path: Path; affected: number } {
  if (entities === null) {
    const { names } = selection.root();
    return { path: names.slice(0, 1), affected: names.length };
  }
  const [first] = entities.representations;
  const affected = entities.representations.reduce(
    (sum, { __typename }, index) => sum + (entities.counts[index] ?? 1) * selection.entity(__typename).names.length,
    0,
  );
  return { path: ['_entities', 0, ...selection.entity(first?.__typename ?? '').names.slice(0, 1)], affected };
}

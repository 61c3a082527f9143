import { callOf, type FetchRecord, type GatewayContext, hopClaims } from './context.ts';
import { type KeyedList, takeList } from './alignment.ts';
import type { SubgraphAnswer, SubgraphRequest } from './execution/index.ts';
import { failedFetch, reportedError, type SubgraphError, SubgraphFailure } from './errors.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { bringIntoStep, type InStep, type Lists } from './in-step.ts';
import type { FetchSelection } from './selection.ts';
import type { SharedFetch } from './shared-lists.ts';
import type { Transport } from './transport.ts';

type Path = readonly (string | number)[];

/** A GraphQL answer as it came over the wire. */
interface Answer {
  readonly data: JsonObject | null;
  readonly errors: readonly JsonObject[];
  /** Of the lists that several subgraphs answer. */
  readonly lists: Lists;
}

/** As many errors of one answer are logged: the rest is mostly the same for other cells. */
const LOGGED_ERRORS = 5;

/** One fetch of a query plan: of root fields (`shared`: lists that several subgraphs answer among them), or (`entities`) of fields of entities. */
interface Fetch {
  readonly service: string;
  /** Whether it asks the service to do something. */
  readonly act: boolean;
  readonly selection: FetchSelection;
  readonly shared: SharedFetch | null;
  readonly entities: readonly Representation[] | null;
}

/** What a subgraph is told of an entity: its type, its key and the fields that it requires. */
type Representation = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** What asking any subgraph needs. */
export interface DataSourceParts {
  readonly sharedLists: (query: string) => SharedFetch | null;
  /** How another subgraph is reached. */
  readonly transport: (service: string) => Transport;
}

/**
 * How the executor reaches a subgraph. Never throws: a fetch that fails is an answer of nulls with ONE error.
 *
 * Nulls, and not nothing, because the executor tells the two apart: it leaves out an entity of which a field that `@requires` names is
 * undefined, and then what a field works out from two ministries' figures would be missing because a third did not answer. Fields that may
 * not be null stay undefined all the same; handing a subgraph a null where its schema says there is none would be a lie.
 */
export function createDataSource({ sharedLists, transport }: DataSourceParts) {
  return async (service: string, request: SubgraphRequest, context: GatewayContext): Promise<SubgraphAnswer> => {
    const { query, operationName, variables, texts, act, selection } = request;
    const entities = (variables['representations'] as readonly Representation[] | undefined) ?? null;
    const shared = entities ? null : sharedLists(query);
    const fetch: Fetch = { service, act, selection, shared, entities };
    const text = requestText({ query: shared?.query ?? query, operationName, variables, texts });
    const answer = await send(transport(service), text, fetch, context);
    if (shared === null) return respond(completeData(answer, fetch), answer.failure ? [failed(fetch, answer.failure)] : collectErrors(answer, fetch));

    const inStep = await bringIntoStep(shared, answer.lists, {
      service,
      orders: context.listOrders,
      ask: (other) => askStandIn(transport(other), shared, variables, context),
    });
    const { failure } = answer;
    const errors = failure ? failedLists(fetch, failure, inStep) : collectErrors(answer, fetch);
    const { data } = answer;
    const others = Object.fromEntries(Object.entries(data ?? {}).filter(([name]) => !shared.names.includes(name)));
    if (inStep.errors.length > 0) context.log.warn({ service, errors: inStep.errors }, 'a subgraph is out of step');
    return respond(data === null && inStep.standIn === null ? null : { ...others, ...inStep.lists }, [...errors, ...inStep.errors]);
  };
}

/** The body of a request. What representations are told apart by is their JSON, and is not made a second time. */
function requestText({ query, operationName, variables, texts }: Omit<SubgraphRequest, 'act' | 'selection'>): string {
  if (texts === undefined) return JSON.stringify({ query, operationName, variables });
  const { representations: _, ...others } = variables;
  const rest = JSON.stringify({ query, operationName, variables: others });
  // It ends in the variables: "…,"variables":{…}}".
  const comma = Object.keys(others).length > 0 ? ',' : '';
  return `${rest.slice(0, -2)}${comma}"representations":[${texts.join(',')}]}}`;
}

/** An answer, or why there is none. */
interface Outcome extends Answer {
  readonly failure?: SubgraphFailure;
}

/** Sends the fetch and notes how it went. Never throws. */
async function send(transport: Transport, text: string, fetch: Pick<Fetch, 'shared' | 'entities' | 'act'>, context: GatewayContext): Promise<Outcome> {
  const { log, operation } = context;
  const started = performance.now();
  const record = (outcome: FetchRecord['outcome']) =>
    operation.fetches.push({
      service: transport.name,
      milliseconds: Math.round(performance.now() - started),
      outcome,
      entities: fetch.entities?.length ?? 0,
    });
  try {
    const answer = readAnswer(await transport.post(text, hopClaims(context), callOf(context, fetch.act)), fetch);
    record(answer.errors.length === 0 ? 'ok' : 'errors');
    if (answer.errors.some((error) => reportedError(transport.name, error, []).extensions.code === 'INTERNAL_SERVER_ERROR')) {
      log.error({ service: transport.name, reported: answer.errors.slice(0, LOGGED_ERRORS) }, 'a subgraph reported an error of its own');
    }
    return answer;
  } catch (error) {
    const failure = error instanceof SubgraphFailure ? error : new SubgraphFailure('SUBGRAPH_UNAVAILABLE', String(error), { cause: error });
    record(failure.code === 'SUBGRAPH_TIMEOUT' ? 'timeout' : 'unavailable');
    // Of a client that has gone, the request's line tells.
    if (!context.bounds.signal.aborted) log.warn({ service: transport.name, code: failure.code, reason: failure.message }, 'a subgraph did not answer');
    return { data: null, errors: [], lists: noLists(fetch.shared), failure };
  }
}

/** Asks another subgraph for shared lists, as far as it has them; `undefined` when it does not answer. */
async function askStandIn(transport: Transport, shared: SharedFetch, variables: JsonObject, context: GatewayContext): Promise<Lists | undefined> {
  const { query, variables: used } = shared.standIn(transport.name);
  const sent = Object.fromEntries(Object.entries(variables).filter(([name]) => used.has(name)));
  const { failure, lists } = await send(transport, JSON.stringify({ query, variables: sent }), { shared, entities: null, act: false }, context);
  return failure ? undefined : lists;
}

function respond(data: JsonObject | null, errors: readonly SubgraphError[]): SubgraphAnswer {
  return { data, errors };
}

/** @throws SubgraphFailure when the JSON is not the answer to this fetch. */
function readAnswer(body: unknown, { entities, shared }: Pick<Fetch, 'shared' | 'entities'>): Answer {
  const { data = null, errors = [] } = isJsonObject(body) ? body : {};
  if (!(data === null || isJsonObject(data)) || !Array.isArray(errors) || !errors.every(isJsonObject) || (data === null && errors.length === 0)) {
    throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'expected a GraphQL answer with data or errors');
  }
  const wanted = entities?.length;
  if (wanted !== undefined && errors.length === 0 && !isListOfEntities(data?.['_entities'], wanted)) {
    throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `expected ${wanted} entities`);
  }
  return { data, errors, lists: readLists(data, shared) };
}

/** @throws SubgraphFailure when a list is none of entities with keys. */
function readLists(data: JsonObject | null, shared: SharedFetch | null): Lists {
  const lists = new Map<string, KeyedList | null>();
  for (const name of shared?.names ?? []) {
    const list = takeList(data?.[name], shared?.key ?? '');
    if (list === undefined) throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `expected a list of entities with keys as "${name}"`);
    lists.set(name, list);
  }
  return lists;
}

const noLists = (shared: SharedFetch | null): Lists => readLists(null, shared);

function isListOfEntities(received: unknown, length: number): received is readonly (JsonObject | null)[] {
  return Array.isArray(received) && received.length === length && received.every((entity) => entity === null || isJsonObject(entity));
}

/** The data with an entity for every representation; an entity that did not come has null where it may. */
function completeData({ data }: Pick<Answer, 'data'>, { selection, entities }: Fetch): JsonObject | null {
  if (entities === null) return data;
  const received = data?.['_entities'];
  const complete = isListOfEntities(received, entities.length) ? received : [];
  const filled = entities.map(({ __typename }, index) => {
    return complete[index] ?? { __typename, ...Object.fromEntries(selection.entity(__typename).nullable.map((name) => [name, null])) };
  });
  return { _entities: filled };
}

/** The errors that a subgraph reported. */
function collectErrors({ errors }: Pick<Answer, 'errors'>, fetch: Fetch): SubgraphError[] {
  return errors.map((reported) => {
    const { path, affected } = place(reported['path'], fetch);
    const error = reportedError(fetch.service, reported, path);
    return affected === 1 ? error : { ...error, extensions: { ...error.extensions, affected } };
  });
}

/** Where in the executor's numbering an error of the subgraph lies, and how many fields of the answer it empties. */
function place(path: unknown, fetch: Fetch): { path: Path; affected: number } {
  if (!Array.isArray(path) || path.length === 0) return { path: [], affected: everything(fetch) };
  const { entities, selection } = fetch;
  const [root, index, ...rest] = path as (string | number)[];
  if (entities === null || root !== '_entities' || rest.length > 0) return { path: path as Path, affected: 1 };
  if (typeof index !== 'number') return { path: [], affected: everything(fetch) };
  const { names } = selection.entity(entities[index]?.__typename ?? '');
  return { path: [root, index, ...names.slice(0, 1)], affected: names.length };
}

/** The one error of a fetch that failed. */
function failed(fetch: Fetch, failure: SubgraphFailure): SubgraphError {
  return failedFetch({ service: fetch.service, failure, act: fetch.act, path: [], affected: everything(fetch) });
}

/** The same where another subgraph stood in: what that one could not say is missing, and only that. */
function failedLists(fetch: Fetch, failure: SubgraphFailure, { lists, standIn }: InStep): SubgraphError[] {
  const { selection, service, shared } = fetch;
  if (shared === null || standIn === null) return [failed(fetch, failure)];
  const lacking = shared.standIn(standIn).lacking.flatMap((path) => {
    const [name = '', ...inner] = path;
    return [{ path: [name, ...(lists[name]?.length ? [0, ...inner] : [])] as Path, count: lists[name]?.length ?? 1 }];
  });
  const others = selection
    .root()
    .names.filter((name) => !(name in lists))
    .map((name) => ({ path: [name] as Path, count: 1 }));
  const [first] = [...lacking, ...others];
  const affected = [...lacking, ...others].reduce((sum, { count }) => sum + count, 0);
  return first ? [failedFetch({ service, failure, act: false, path: first.path, affected })] : [];
}

/** How many fields of the answer a fetch asks for. */
function everything({ selection, entities }: Fetch): number {
  if (entities === null) return selection.root().names.length;
  return entities.reduce((sum, { __typename }) => sum + selection.entity(__typename).names.length, 0);
}

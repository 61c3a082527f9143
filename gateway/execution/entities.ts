import type { SubgraphError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { copy } from './objects.ts';
import type { AskSubgraph, SubgraphAnswer, SubgraphRequest } from './run.ts';

/** A request for fields of entities, as a step has it. */
export interface EntityRequest extends SubgraphRequest {
  readonly service: string;
  /** What the service is told of each entity; the same may stand at several places. */
  readonly representations: readonly JsonObject[];
  /** The same for requests that differ in nothing but their representations; `undefined` where a plan has no other like it. */
  readonly alike: string | undefined;
}

/**
 * Asks for entities. The answer has one for each representation, no two with an object in common; the errors' paths begin with `_entities` and a
 * place. Never throws.
 */
export type AskEntities = (request: EntityRequest) => Promise<SubgraphAnswer>;

/** What a service is asked at once. */
interface Batch {
  readonly entities: Entity[];
  readonly representations: JsonObject[];
  readonly texts: string[];
  readonly answer: PromiseWithResolvers<SubgraphAnswer>;
}

/** An entity that is asked for, or was. */
interface Entity {
  readonly batch: Batch;
  readonly index: number;
}

/** Requests that ask the same of the same service: every entity is asked for once. */
interface Group {
  /** By the JSON of their representations, whose fields the executor writes in one order. */
  readonly known: Map<string, Entity>;
  /** What is about to be sent. */
  open: Batch | undefined;
}

/**
 * Asks for each entity once for one part of an operation, however many places of the answer it stands at: 34 provinces in 408 cells are no 13,872 representations.
 * A plan has a step for each kind of place, however alike they are: authors of reviews, and authors of reviews of products of users. Such steps that come at the
 * same moment go as one request, and for entities that one of them has asked for already, a later one sends none.
 */
export function createEntityRequests(ask: AskSubgraph): AskEntities {
  const groups = new Map<string, Group>();
  const groupOf = ({ service, alike, variables }: EntityRequest): Group => {
    if (alike === undefined) return { known: new Map(), open: undefined };
    const key = JSON.stringify([service, alike, variables]);
    const group = groups.get(key) ?? { known: new Map(), open: undefined };
    groups.set(key, group);
    return group;
  };
  const send = (group: Group, batch: Batch, { service, query, operationName, variables, act, selection }: EntityRequest) => {
    group.open = undefined;
    const { representations, texts, answer } = batch;
    void ask(service, { query, operationName, variables: { ...variables, representations }, texts, act, selection }).then(answer.resolve, answer.reject);
  };
  return async (request) => {
    const group = groupOf(request);
    const before = group.open;
    const entities = request.representations.map((representation) => entityOf(group, representation));
    const opened = group.open === before ? undefined : group.open;
    if (opened !== undefined) {
      if (request.alike === undefined) send(group, opened, request);
      // When everything has been asked for that the last answers made known.
      else setImmediate(send, group, opened, request);
    }
    return await answerOf(entities, request);
  };
}

function entityOf(group: Group, representation: JsonObject): Entity {
  const text = JSON.stringify(representation);
  const found = group.known.get(text);
  if (found !== undefined) return found;
  group.open ??= { entities: [], representations: [], texts: [], answer: Promise.withResolvers() };
  const entity = { batch: group.open, index: group.open.entities.length };
  entity.batch.entities.push(entity);
  entity.batch.representations.push(representation);
  entity.batch.texts.push(text);
  group.known.set(text, entity);
  return entity;
}

/** What was answered about these entities. */
async function answerOf(entities: readonly Entity[], request: EntityRequest): Promise<SubgraphAnswer> {
  const batches = new Set(entities.map(({ batch }) => batch));
  const answers = new Map<Batch, SubgraphAnswer>();
  for (const batch of batches) answers.set(batch, await batch.answer.promise);
  // The executor writes into what it gets. What may be asked for again stays as it came.
  const given = new Set<Entity>();
  const received = entities.map((entity) => {
    const answered = answers.get(entity.batch)?.data?.['_entities'];
    const found: unknown = Array.isArray(answered) ? answered[entity.index] : undefined;
    if (request.alike !== undefined || given.has(entity)) return copy(found);
    given.add(entity);
    return found;
  });
  const none = [...answers.values()].every(({ data }) => data === null);
  const failed = [...answers].filter(([, { errors }]) => errors.length > 0);
  const errors = failed.length === 0 ? [] : errorsOf(failed, entities, request);
  return { data: none ? null : { _entities: received }, errors };
}

/** The errors about these entities, each at all its places; what is about a whole request is told of the first entity that it was for. */
function errorsOf(failed: readonly (readonly [Batch, SubgraphAnswer])[], entities: readonly Entity[], request: EntityRequest): SubgraphError[] {
  const places = Map.groupBy(entities.keys(), (place) => entities[place] as Entity);
  return failed.flatMap(([batch, { errors }]) =>
    errors.flatMap((error): SubgraphError | SubgraphError[] => {
      const [root, index, ...rest] = error.path;
      if (root !== '_entities' || typeof index !== 'number') return ofAll(error, batch, entities, request);
      const own = places.get(batch.entities[index] as Entity) ?? [];
      return own.map((place) => ({ ...error, path: [root, place, ...rest] }));
    }),
  );
}

function ofAll(error: SubgraphError, batch: Batch, entities: readonly Entity[], { representations, selection }: EntityRequest): SubgraphError {
  const places = [...entities.keys()].filter((place) => entities[place]?.batch === batch);
  const namesAt = (place: number) => selection.entity(String(representations[place]?.['__typename'])).names;
  const [first = 0] = places;
  const affected = places.reduce((sum, place) => sum + namesAt(place).length, 0);
  return { ...error, path: ['_entities', first, ...namesAt(first).slice(0, 1)], extensions: { ...error.extensions, affected } };
}

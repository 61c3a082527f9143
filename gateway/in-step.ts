import { align, type KeyedList } from './alignment.ts';
import type { ListOrder } from './context.ts';
import { outOfStep, type SubgraphError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { SharedFetch } from './shared-lists.ts';

/** The lists of an answer by their names; `null` where there is none. */
export type Lists = ReadonlyMap<string, KeyedList | null>;

/** What {@link bringIntoStep} works with, besides the fetch. */
export interface Round {
  /** The subgraph that was asked. */
  readonly service: string;
  /** The orders of this request's lists; those of lists that come first are added. */
  readonly orders: Map<string, ListOrder>;
  /** Asks another subgraph for the same lists, as far as it has them. Never throws: `undefined` when it does not answer. */
  ask(service: string): Promise<Lists | undefined>;
}

/** Lists as the executor may lay them over those of other subgraphs. */
export interface InStep {
  readonly lists: Readonly<Record<string, readonly JsonObject[]>>;
  /** Who answered for the subgraph where it had no list; `null` when nobody did, or none was needed. */
  readonly standIn: string | null;
  /** What the subgraph could not say about entities that others know. */
  readonly errors: readonly SubgraphError[];
}

/**
 * Makes lists fit to be laid over each other by place: all in the order of the first answer, with an entity at every place. Each subgraph
 * makes such a list from what it knows itself, and may not know the same as the others; a figure must never come to lie on another's place.
 *
 * What any subgraph can say of an entity may be missing from the answer of one: the planner has one of them say it, and where that one does
 * not answer, or lacks the entity, another says it instead. So no subgraph is needed for the figures of the others.
 */
export async function bringIntoStep(fetch: SharedFetch, own: Lists, round: Round): Promise<InStep> {
  const substitute = [...own.values()].includes(null) ? await findSubstitute(fetch, round) : undefined;
  const lists: Record<string, readonly JsonObject[]> = {};
  const errors: SubgraphError[] = [];
  for (const name of fetch.names) {
    const given = own.get(name);
    const list = given ?? substitute?.lists.get(name);
    if (!list) continue;
    const service = given ? round.service : (substitute?.service ?? '');
    if (!given) fill(list, lackingNames(fetch, service, name));
    const order = round.orders.get(name) ?? { service, keys: list.keys };
    round.orders.set(name, order);
    const { entities, holes, surplus } = align(list, order.keys);
    if (given && holes.length + surplus > 0) errors.push(outOfStep({ service, name, holes, surplus }));
    lists[name] = holes.length === 0 ? (entities as JsonObject[]) : await fillHoles(fetch, name, entities, order, round);
  }
  return { lists, standIn: substitute?.service ?? null, errors };
}

/** The lists of the first other subgraph that answers; of one that has answered this request already, if there is one. */
async function findSubstitute({ services }: SharedFetch, { service, orders, ask }: Round): Promise<{ service: string; lists: Lists } | undefined> {
  const known = [...orders.values()].map((order) => order.service).filter((other) => services.includes(other));
  for (const other of new Set([...known, ...services])) {
    const lists = other === service ? undefined : await ask(other);
    if (lists) return { service: other, lists };
  }
  return undefined;
}

/** Where the list has no entity, the one of the subgraph that gave the order, with nulls for what only others can say. */
async function fillHoles(
  fetch: SharedFetch,
  name: string,
  entities: readonly (JsonObject | undefined)[],
  order: ListOrder,
  { ask }: Round,
): Promise<JsonObject[]> {
  const list = (await ask(order.service))?.get(name);
  if (list) fill(list, lackingNames(fetch, order.service, name));
  const known = list ? align(list, order.keys).entities : [];
  const nothing = () => Object.fromEntries(fetch.selection.list(name).nullable.map((field) => [field, null]));
  return entities.map((entity, place) => entity ?? known[place] ?? nothing());
}

/** The fields of a list's entities that the subgraph cannot answer, of those that may be null. */
function lackingNames(fetch: SharedFetch, service: string, name: string): string[] {
  const { nullable } = fetch.selection.list(name);
  return fetch
    .standIn(service)
    .lacking.flatMap(([list, field, ...inner]) => (list === name && field && inner.length === 0 && nullable.includes(field) ? field : []));
}

/** Nulls, and not nothing: see datasource.ts. */
function fill({ entities }: KeyedList, names: readonly string[]): void {
  for (const entity of entities) for (const name of names) (entity as Record<string, unknown>)[name] = null;
}

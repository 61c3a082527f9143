import { copy } from './execution/objects.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** A list of entities with the key of each. */
export interface KeyedList {
  readonly keys: readonly string[];
  readonly entities: readonly JsonObject[];
}

/** A list put into the order of another. */
export interface Alignment {
  /** One for each key of the order; `undefined` where the list has no such entity. No two share an object: the executor writes into them. */
  readonly entities: readonly (JsonObject | undefined)[];
  /** The places without an entity. */
  readonly holes: readonly number[];
  /** How many entities of the list are not in the order. */
  readonly surplus: number;
}

/**
 * Reads a list of an answer, and takes from its entities the key that the gateway alone asked for, under `name`.
 * @returns `null` when the answer has no list; `undefined` when it has something that is none.
 */
export function takeList(value: unknown, name: string): KeyedList | null | undefined {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return undefined;
  const keys: string[] = [];
  for (const entity of value as unknown[]) {
    const key = isJsonObject(entity) ? entity[name] : undefined;
    if (typeof key !== 'string') return undefined;
    keys.push(key);
    delete (entity as Record<string, unknown>)[name];
  }
  return { keys, entities: value as JsonObject[] };
}

/** Puts every entity to the place where `order` has its key. Lists that are in step already, which is the rule, stay as they are. */
export function align({ keys, entities }: KeyedList, order: readonly string[]): Alignment {
  if (keys.length === order.length && keys.every((key, place) => key === order[place])) return { entities, holes: [], surplus: 0 };
  const byKey = new Map<string, JsonObject>();
  keys.forEach((key, place) => {
    const entity = entities[place];
    if (entity && !byKey.has(key)) byKey.set(key, entity);
  });
  const used = new Set<string>();
  const placed = order.map((key) => {
    const entity = byKey.get(key);
    if (entity === undefined || !used.has(key)) {
      used.add(key);
      return entity;
    }
    return copy(entity);
  });
  const holes = placed.flatMap((entity, place) => (entity === undefined ? [place] : []));
  return { entities: placed, holes, surplus: [...byKey.keys()].filter((key) => !used.has(key)).length };
}

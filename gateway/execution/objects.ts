import { isJsonObject, type JsonObject } from '../json.ts';

/** An object of an answer while it is put together from several subgraphs' answers. */
export type Growing = Record<string, unknown>;

/** Goes into every element of a list, in the paths of query plans. */
export const EACH = '@';

/** The objects at a path, in order; what is null, or not there, has none. */
export function objectsAt(data: unknown, path: readonly string[]): Growing[] {
  const found: Growing[] = [];
  collect(data, path, 0, found);
  return found;
}

function collect(value: unknown, path: readonly string[], depth: number, found: Growing[]): void {
  if (value === null || value === undefined) return;
  const step = path[depth];
  if (Array.isArray(value)) {
    // At the end of a path, and where lists lie in lists, a list stands for its elements.
    const next = step === EACH ? depth + 1 : depth;
    for (const element of value) collect(element, path, next, found);
  } else if (isJsonObject(value)) {
    if (step === undefined) found.push(value as Growing);
    else if (step !== EACH && Object.hasOwn(value, step)) collect(value[step], path, depth + 1, found);
  }
}

/** Where the objects of {@link objectsAt} lie, in the same order. */
export function placesAt(data: unknown, path: readonly string[]): (string | number)[][] {
  const found: (string | number)[][] = [];
  locate(data, path, 0, [], found);
  return found;
}

function locate(value: unknown, path: readonly string[], depth: number, place: (string | number)[], found: (string | number)[][]): void {
  if (value === null || value === undefined) return;
  const step = path[depth];
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) locate(element, path, step === EACH ? depth + 1 : depth, [...place, index], found);
  } else if (isJsonObject(value)) {
    if (step === undefined) found.push(place);
    else if (step !== EACH && Object.hasOwn(value, step)) locate(value[step], path, depth + 1, [...place, step], found);
  }
}

const NONE: ReadonlySet<unknown> = new Set();

/**
 * Lays an answer into what is there. An object and a null at the same place are the object, whichever came first: two subgraphs that share a
 * field say the same, and one that could not say has an error for it. `interfaces`: types that a subgraph names where it does not know the object's own
 * (`@interfaceObject`); what is known better stays.
 */
export function merge(into: Growing, from: JsonObject, interfaces: ReadonlySet<unknown> = NONE): void {
  for (const name in from) {
    const value = from[name];
    if (value === undefined || !Object.hasOwn(from, name)) continue;
    const present = Object.hasOwn(into, name) ? into[name] : undefined;
    if (present === undefined || present === null) put(into, name, value);
    else if (typeof present === 'object') mergeObject(into, name, present, value, interfaces);
    else if (name !== '__typename' || !interfaces.has(value)) put(into, name, value ?? present);
  }
}

function mergeObject(into: Growing, name: string, present: object, value: unknown, interfaces: ReadonlySet<unknown>): void {
  if (value === null) return;
  if (Array.isArray(present) && Array.isArray(value) && present.length === value.length) mergeList(present, value, interfaces);
  else if (isJsonObject(present) && isJsonObject(value)) merge(present as Growing, value, interfaces);
  else put(into, name, value);
}

function mergeList(into: unknown[], from: readonly unknown[], interfaces: ReadonlySet<unknown>): void {
  from.forEach((element, index) => {
    const there = into[index];
    if (Array.isArray(there) && Array.isArray(element) && there.length === element.length) mergeList(there, element, interfaces);
    else if (isJsonObject(there) && isJsonObject(element)) merge(there as Growing, element, interfaces);
    else if (element !== null || typeof there !== 'object') into[index] = element;
  });
}

/** `__proto__` is a name like any other in JSON; assigning to it would be something else. */
export function put(into: Growing, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
  else into[name] = value;
}

/** A copy of a JSON value that shares no object with the original; some ten times faster than structuredClone on objects of a few fields. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (typeof value !== 'object' || value === null) return value;
  const made: Growing = {};
  for (const name in value) put(made, name, copy((value as Growing)[name]));
  return made as T;
}

import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLUnionType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  specifiedScalarTypes,
} from 'graphql';
import { isJsonObject, type JsonObject } from '../json.ts';
import { put } from './objects.ts';
import type { SelectedField, SelectionReader, Selections } from './selections.ts';

/** A place of an answer, under the client's names. */
export type Place = (string | number)[];

/** What makes a client's answer of the data that subgraphs gave. */
export interface Shape {
  /**
   * The answer's data: what was asked for and nothing else, null where the schema has it so.
   * @param introspection what the operation asks of the schema itself, by its names
   */
  apply(data: JsonObject, introspection: JsonObject): Shaped;
}

/** See {@link Shape.apply}. */
export interface Shaped {
  readonly data: JsonObject | null;
  /** The places where a value is not there that may not be missing, or is none of its type; each is null, or lies in what is. */
  readonly faults: readonly Place[];
}

/** Completes one value: `null` where it is not there or is none, after noting a fault if that may not be. `undefined`: what it lies in cannot be either. */
type Complete = (value: unknown, work: Work) => unknown;

/** One application of a shape. */
interface Work {
  /** Where in the answer it is at. */
  readonly place: Place;
  readonly faults: Place[];
  readonly introspection: JsonObject;
}

/** Adds a field to an answer's object; `false` when the object cannot be. */
type AddField = (source: JsonObject, into: Record<string, unknown>, work: Work) => boolean;

type ObjectLike = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType;

/** Compiles the shape of an operation's answers; what is selected of an object of some type is worked out when the first one comes. */
export function compileShape(schema: GraphQLSchema, reader: SelectionReader, root: GraphQLObjectType): Shape {
  const complete = completeObject({ schema, reader }, root, reader.root);
  return {
    apply: (data, introspection) => {
      const work: Work = { place: [], faults: [], introspection };
      return { data: (complete(data, work) ?? null) as JsonObject | null, faults: work.faults };
    },
  };
}

interface Parts {
  readonly schema: GraphQLSchema;
  readonly reader: SelectionReader;
}

function completeObject(parts: Parts, declared: ObjectLike, selections: Selections): Complete {
  const { schema } = parts;
  const byType = new Map<string, readonly AddField[]>();
  const fieldsOf = (type: ObjectLike): readonly AddField[] => {
    const found = byType.get(type.name);
    if (found) return found;
    const fields = parts.reader.fieldsOf(selections, type).map((field) => addField(parts, type, field));
    byType.set(type.name, fields);
    return fields;
  };
  return (value, work) => {
    if (value === null || value === undefined) return null;
    if (!isJsonObject(value)) return fault(work);
    const type = isObjectType(declared) ? declared : typeOf(value, declared, schema);
    if (!isCompositeType(type)) return fault(work);
    const made: Record<string, unknown> = {};
    for (const add of fieldsOf(type)) if (!add(value, made, work)) return null;
    return made;
  };
}

/** What a value of an abstract type says that it is. Of others it is known, and a subgraph may name its root types as it likes. */
function typeOf(value: JsonObject, declared: ObjectLike, schema: GraphQLSchema) {
  const named = Object.hasOwn(value, '__typename') ? value['__typename'] : declared.name;
  return named === declared.name ? declared : schema.getType(String(named));
}

function addField(parts: Parts, parent: ObjectLike, { name, source, definition, selections }: SelectedField): AddField {
  if (definition === 'typename') {
    return (_, into, work) => {
      if (isObjectType(parent)) put(into, name, parent.name);
      else return at(name, work, () => fault(work)) !== null;
      return true;
    };
  }
  if (definition === 'introspection') {
    return (_, into, { introspection }) => {
      put(into, name, introspection[name]);
      return true;
    };
  }
  const complete = completeValue(parts, definition.type, selections);
  // Names that every object of JavaScript has are read with care, the others as fast as can be.
  const careful = source in Object.prototype || name === '__proto__';
  return (object, into, work) => {
    work.place.push(name);
    const value = complete(careful && !Object.hasOwn(object, source) ? undefined : object[source], work);
    work.place.pop();
    if (value === undefined) return false;
    if (careful) put(into, name, value);
    else into[name] = value;
    return true;
  };
}

function completeValue(parts: Parts, type: GraphQLOutputType, selections: Selections): Complete {
  if (isNonNullType(type)) return required(completeValue(parts, type.ofType, selections));
  if (isListType(type)) return completeList(completeValue(parts, type.ofType, selections));
  const named = getNamedType(type);
  return isLeafType(named) ? completeLeaf(named) : completeObject(parts, named as ObjectLike, selections);
}

function required(complete: Complete): Complete {
  return (value, work) => {
    const { length } = work.faults;
    const completed = complete(value, work);
    if (completed !== null) return completed;
    // Whatever made it null has said so already, if it had to.
    if (work.faults.length === length) fault(work);
    return undefined;
  };
}

function completeList(complete: Complete): Complete {
  return (value, work) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return fault(work);
    const { place } = work;
    const made = new Array<unknown>(value.length);
    let whole = true;
    const depth = place.length;
    place.push(0);
    for (let index = 0; index < value.length; index++) {
      place[depth] = index;
      const element = complete(value[index], work);
      if (element === undefined) whole = false;
      made[index] = element;
    }
    place.pop();
    return whole ? made : null;
  };
}

function completeLeaf(type: GraphQLLeafType): Complete {
  const fits = leafCheck(type);
  return (value, work) => {
    if (value === null || value === undefined) return null;
    return fits(value) ? value : fault(work);
  };
}

const BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value),
  Float: (value) => Number.isFinite(value),
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

/** Subgraphs have serialised their values; what is checked is only what clients rely on. */
function leafCheck(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name));
    return (value) => names.has(value);
  }
  const check = specifiedScalarTypes.some(({ name }) => name === type.name) ? BUILT_IN[type.name] : undefined;
  return check ?? (() => true);
}

/** Notes that the value at this place is missing or wrong. */
function fault({ faults, place }: Work): null {
  faults.push([...place]);
  return null;
}

function at<T>(name: string, { place }: Work, work: () => T): T {
  place.push(name);
  const result = work();
  place.pop();
  return result;
}

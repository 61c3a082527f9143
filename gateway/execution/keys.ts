import { type GraphQLSchema, Kind } from 'graphql';
import type { JsonObject } from '../json.ts';
import { argumentOf, directivesOf, graphOf, readFieldSet, serviceNames } from '../join.ts';

/** Whether it says by a key which entity is meant. */
export type IsKeyed = (representation: JsonObject) => boolean;

/**
 * Representations of which a service can tell what entity they are of: it knows their type, and they have one of its keys. The planner writes together what a
 * service that knows no types (`@interfaceObject`) has to be told of several; objects of other types, which nothing is asked of, have but a part of that.
 */
export function compileKeys(service: string, schema: GraphQLSchema): IsKeyed {
  const [graph] = [...serviceNames(schema)].flatMap(([name, its]) => (its === service ? name : []));
  const known = new Map<unknown, readonly (readonly string[])[]>();
  const keysOf = (type: unknown): readonly (readonly string[])[] => {
    const found = known.get(type);
    if (found) return found;
    const keys = directivesOf(schema.getType(String(type))?.astNode, 'join__type').flatMap((directive) => {
      const key = graphOf(directive) === graph ? argumentOf(directive, 'key') : undefined;
      return key === undefined ? [] : [readFieldSet(key).selections.flatMap((field) => (field.kind === Kind.FIELD ? field.name.value : []))];
    });
    known.set(type, keys);
    return keys;
  };
  return (representation) => keysOf(representation['__typename']).some((key) => key.every((name) => Object.hasOwn(representation, name)));
}

import { type GraphQLSchema, isEnumType, Kind } from 'graphql';
import type { JsonObject } from '../json.ts';
import { argumentOf, fieldSet, graphOf } from './join.ts';

/** Whether it says by a key which entity is meant. */
export type IsKeyed = (representation: JsonObject) => boolean;

/**
 * Representations of which a service can tell what entity they are of: it knows their type, and they have one of its keys. The planner writes together what a
 * service that knows no types (`@interfaceObject`) has to be told of several; objects of other types, which nothing is asked of, have but a part of that.
 */
export function compileKeys(service: string, schema: GraphQLSchema): IsKeyed {
  const graph = graphNamed(service, schema);
  const known = new Map<unknown, readonly (readonly string[])[]>();
  const keysOf = (type: unknown): readonly (readonly string[])[] => {
    const found = known.get(type);
    if (found) return found;
    const directives = schema.getType(String(type))?.astNode?.directives ?? [];
    const keys = directives.flatMap((directive) => {
      const key = argumentOf(directive, 'key');
      return directive.name.value === 'join__type' && graphOf(directive) === graph && key !== undefined
        ? [fieldSet(key).flatMap((field) => (field.kind === Kind.FIELD ? field.name.value : []))]
        : [];
    });
    known.set(type, keys);
    return keys;
  };
  return (representation) => keysOf(representation['__typename']).some((key) => key.every((name) => Object.hasOwn(representation, name)));
}

/** What the supergraph calls a service. */
function graphNamed(service: string, schema: GraphQLSchema): string | undefined {
  const graphs = schema.getType('join__Graph');
  if (!isEnumType(graphs)) return undefined;
  return graphs.getValues().find(({ astNode }) => astNode?.directives?.some((directive) => argumentOf(directive, 'name') === service))?.name;
}

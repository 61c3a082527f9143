import { type ConstDirectiveNode, type GraphQLSchema, isEnumType, Kind, parse } from 'graphql';
import type { JsonObject } from '../json.ts';

/** Whether it says by a key which entity is meant. */
export type IsKeyed = (representation: JsonObject) => boolean;

/**
 * Representations of which a service can tell what entity they are of: it knows their type, and they have one of its keys. The planner writes together what a
 * service that knows no types (`@interfaceObject`) has to be told of several; objects of other types, which nothing is asked of, have but a part of that.
 */
export function compileKeys(service: string, schema: GraphQLSchema): IsKeyed {
  const graph = graphOf(service, schema);
  const known = new Map<unknown, readonly (readonly string[])[]>();
  const keysOf = (type: unknown): readonly (readonly string[])[] => {
    const found = known.get(type);
    if (found) return found;
    const directives = schema.getType(String(type))?.astNode?.directives ?? [];
    const keys = directives.flatMap((directive) => {
      const key = argumentOf(directive, 'key');
      return directive.name.value === 'join__type' && argumentOf(directive, 'graph') === graph && key !== undefined ? [fieldsOf(key)] : [];
    });
    known.set(type, keys);
    return keys;
  };
  return (representation) => keysOf(representation['__typename']).some((key) => key.every((name) => Object.hasOwn(representation, name)));
}

/** What the supergraph calls a service. */
function graphOf(service: string, schema: GraphQLSchema): string | undefined {
  const graphs = schema.getType('join__Graph');
  if (!isEnumType(graphs)) return undefined;
  return graphs.getValues().find(({ astNode }) => astNode?.directives?.some((directive) => argumentOf(directive, 'name') === service))?.name;
}

/** The fields that a key begins with. */
function fieldsOf(key: string): string[] {
  const [operation] = parse(`{ ${key} }`, { noLocation: true }).definitions;
  const selections = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
  return selections.flatMap((selection) => (selection.kind === Kind.FIELD ? selection.name.value : []));
}

function argumentOf({ arguments: given = [] }: ConstDirectiveNode, name: string): string | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

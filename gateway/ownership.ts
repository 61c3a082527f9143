import { type GraphQLObjectType, type GraphQLSchema, getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import { argumentOf, directivesOf, graphOf, isExternal, serviceNames } from './join.ts';

/** Which subgraphs answer what, as composition has written it into the supergraph. */
export interface Ownership {
  /** The subgraphs that can answer the field of a type; none when there is no such field. */
  servicesOf(type: string, field: string): readonly string[];
  /** Fields of the root that more than one subgraph can answer with a list of entities, and the entities' type and key. */
  readonly sharedLists: ReadonlyMap<string, SharedList>;
}

/** See {@link Ownership.sharedLists}. */
export interface SharedList {
  readonly type: GraphQLObjectType;
  /** The field by which entities are told apart. */
  readonly key: string;
  readonly services: readonly string[];
}

/** Reads the directives that composition leaves: `@join__type(graph: CALLS, key: "id")`, `@join__field(graph: CALLS)`. */
export function readOwnership(schema: GraphQLSchema): Ownership {
  const names = serviceNames(schema);
  const known = new Map<string, readonly string[]>();
  const servicesOf = (typename: string, fieldName: string) => {
    const place = `${typename}.${fieldName}`;
    const found = known.get(place) ?? readServices(schema, names, typename, fieldName);
    known.set(place, found);
    return found;
  };
  const sharedLists = new Map<string, SharedList>();
  for (const { name, type } of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const entity = getNamedType(type);
    const services = servicesOf(schema.getQueryType()?.name ?? '', name);
    if (!isListType(getNullableType(type)) || !isObjectType(entity) || services.length < 2) continue;
    const key = singleKey(entity);
    if (key !== undefined) sharedLists.set(name, { type: entity, key, services });
  }
  return { servicesOf, sharedLists };
}

function readServices(schema: GraphQLSchema, names: ReadonlyMap<string, string>, typename: string, fieldName: string): string[] {
  const type = schema.getType(typename);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  if (!isObjectType(type) || field === undefined) return [];
  const written = directivesOf(field.astNode, 'join__field').filter((directive) => graphOf(directive) !== '');
  // A field without such a directive is answered by every subgraph that has the type.
  const own = written.length > 0 ? written.filter((directive) => !isExternal(directive)) : directivesOf(type.astNode, 'join__type');
  return [...new Set(own.map((directive) => names.get(graphOf(directive)) ?? graphOf(directive)))];
}

/** The key of an entity, where it is the same single field for all. */
function singleKey({ astNode }: GraphQLObjectType): string | undefined {
  const keys = new Set(directivesOf(astNode, 'join__type').map((directive) => argumentOf(directive, 'key')));
  const [key] = keys;
  return keys.size === 1 && key !== undefined && /^\w+$/.test(key) ? key : undefined;
}

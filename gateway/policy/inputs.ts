import { type GraphQLInputType, getNamedType, isInputObjectType, isListType, isNonNullType, Kind, type OperationDefinitionNode, type ValueNode } from 'graphql';

/** The values of an operation's variables: as the client sent them, else their defaults. */
export interface Variables {
  readonly given: Readonly<Record<string, unknown>>;
  readonly defaults: ReadonlyMap<string, ValueNode>;
}

/** The defaults of an operation's variables. */
export function readDefaults({ variableDefinitions = [] }: OperationDefinitionNode): Variables['defaults'] {
  return new Map(variableDefinitions.flatMap(({ variable, defaultValue }) => (defaultValue ? [[variable.name.value, defaultValue]] : [])));
}

/**
 * What an argument's value is made of, each once: the names of the types of its lists, objects and leaves, and the fields that its objects have as
 * `Type.field`. The variables are not checked against their types yet.
 */
export function partsGiven(value: ValueNode, type: GraphQLInputType, variables: Variables): ReadonlySet<string> {
  const found = new Set<string>();
  addNode(value, type, variables, found);
  return found;
}

/** All that values of a type can be made of, as {@link partsGiven} names it. */
export function partsPossible(type: GraphQLInputType): ReadonlySet<string> {
  const found = new Set<string>();
  addType(type, found);
  return found;
}

function addType(type: GraphQLInputType, found: Set<string>): void {
  const named = getNamedType(type);
  if (found.has(named.name)) return;
  found.add(named.name);
  if (!isInputObjectType(named)) return;
  for (const field of Object.values(named.getFields())) {
    found.add(`${named.name}.${field.name}`);
    addType(field.type, found);
  }
}

function addNode(node: ValueNode, type: GraphQLInputType, variables: Variables, found: Set<string>): void {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (node.kind === Kind.VARIABLE) {
    const name = node.name.value;
    const usual = variables.defaults.get(name);
    if (Object.hasOwn(variables.given, name)) addJson(variables.given[name], inner, found);
    else if (usual !== undefined) addNode(usual, inner, variables, found);
    else found.add(getNamedType(inner).name);
    return;
  }
  if (isListType(inner)) {
    for (const item of node.kind === Kind.LIST ? node.values : [node]) addNode(item, inner.ofType, variables, found);
    return;
  }
  found.add(inner.name);
  if (!isInputObjectType(inner) || node.kind !== Kind.OBJECT) return;
  for (const { name, value } of node.fields) {
    const field = inner.getFields()[name.value];
    if (field === undefined) continue;
    found.add(`${inner.name}.${name.value}`);
    addNode(value, field.type, variables, found);
  }
}

function addJson(value: unknown, type: GraphQLInputType, found: Set<string>): void {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) {
    for (const item of Array.isArray(value) ? value : [value]) addJson(item, inner.ofType, found);
    return;
  }
  found.add(inner.name);
  if (!isInputObjectType(inner) || typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(inner.getFields())) {
    if (!Object.hasOwn(value, name)) continue;
    found.add(`${inner.name}.${name}`);
    addJson((value as Record<string, unknown>)[name], field.type, found);
  }
}

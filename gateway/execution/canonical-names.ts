import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { responseName } from '../selection.ts';
import { fragmentsOf } from '../fragments.ts';

/** An operation under names of our own. */
export interface CanonicalOperation {
  /** The operation and the fragments that it uses. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The name that the client gave a field, by the name that it has here; fields that are not in it have kept theirs. */
  readonly clientNames: ReadonlyMap<string, string>;
  /** The name that the client gave a variable, by the name that it has here. */
  readonly clientVariables: ReadonlyMap<string, string>;
}

/** What federation calls the variable with the entities that a subgraph is asked for. */
const REPRESENTATIONS = 'representations';

/**
 * Gives every field that the client named itself, or that can have arguments, a name that no field of the graph has.
 *
 * What subgraphs answer for the client and what they answer for keys and `@requires` lies in the same objects under the names in the answer.
 * Under the client's names, `{ object { id: legacyId b } }` would put another id where the key is looked for, and `price(currency: USD)`
 * another price where `@requires(fields: "price")` looks for it. Under these names, neither can be, whatever the planner does with aliases; nor
 * can two types of a union give different things the same name.
 */
export function canonicalOperation(document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema): CanonicalOperation {
  const { taken, withArguments } = fieldNames(schema);
  const names = new Map<string, string>();
  const clientNames = new Map<string, string>();
  const root = schema.getRootType(operation.operation)?.name;

  const nameOf = (field: FieldNode): string => {
    const what = JSON.stringify([field.alias?.value, field.name.value, (field.arguments ?? []).map(print).sort()]);
    const found = names.get(what);
    if (found !== undefined) return found;
    let name: string;
    let number = names.size;
    do name = `${field.name.value}_${number++}`;
    while (taken.has(name) || clientNames.has(name));
    names.set(what, name);
    clientNames.set(name, responseName(field));
    return name;
  };
  const renameIn = ({ selections }: SelectionSetNode, atRoot: boolean): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        return { ...selection, selectionSet: renameIn(selectionSet, typeCondition ? typeCondition.name.value === root : atRoot) };
      }
      return renameField(selection, atRoot);
    }),
  });
  const renameField = (field: FieldNode, atRoot: boolean): FieldNode => {
    const { alias: _, ...rest } = field;
    // Introspection never reaches a subgraph.
    if (field.name.value === '__schema' || field.name.value === '__type') return field;
    // Also without any given: `@requires` may ask for it with others than the defaults.
    const renamed = field.alias !== undefined || (!atRoot && withArguments.has(field.name.value));
    return {
      ...rest,
      ...(field.selectionSet ? { selectionSet: renameIn(field.selectionSet, false) } : {}),
      ...(renamed ? { alias: { kind: Kind.NAME, value: nameOf(field) } } : {}),
    };
  };

  const definitions = usedDefinitions(document, operation).map((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      return { ...definition, directives: [] as DirectiveNode[], selectionSet: renameIn(definition.selectionSet, true) };
    }
    const type = definition.typeCondition.name.value;
    return isOfIntrospection(type) ? definition : { ...definition, selectionSet: renameIn(definition.selectionSet, type === root) };
  });
  const { document: canonical, clientVariables } = renameVariable({ kind: Kind.DOCUMENT, definitions });
  return {
    document: canonical,
    operation: canonical.definitions[0] as OperationDefinitionNode,
    clientNames,
    clientVariables,
  };
}

/** The operation first, then the fragments that it uses. */
export function usedDefinitions(document: DocumentNode, operation: OperationDefinitionNode): (OperationDefinitionNode | FragmentDefinitionNode)[] {
  const fragments = fragmentsOf(document.definitions);
  const used = new Set<string>();
  const look = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) {
        if (selection.selectionSet) look(selection.selectionSet);
        continue;
      }
      const name = selection.name.value;
      if (used.has(name)) continue;
      used.add(name);
      const fragment = fragments.get(name);
      if (fragment) look(fragment.selectionSet);
    }
  };
  look(operation.selectionSet);
  return [operation, ...[...used].flatMap((name) => fragments.get(name) ?? [])];
}

/** A client may name its variables as it likes, also as federation names its own. */
function renameVariable(document: DocumentNode): { document: DocumentNode; clientVariables: ReadonlyMap<string, string> } {
  const operation = document.definitions[0] as OperationDefinitionNode;
  const declared = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  if (!declared.has(REPRESENTATIONS)) return { document, clientVariables: new Map() };
  let name = `${REPRESENTATIONS}_`;
  while (declared.has(name)) name += '_';
  const renamed = visit(document, {
    Variable: { enter: (node) => (node.name.value === REPRESENTATIONS ? { ...node, name: { kind: Kind.NAME, value: name } } : undefined) },
  });
  return { document: renamed, clientVariables: new Map([[name, REPRESENTATIONS]]) };
}

interface FieldNames {
  readonly taken: ReadonlySet<string>;
  readonly withArguments: ReadonlySet<string>;
}

const known = new WeakMap<GraphQLSchema, FieldNames>();

/** Whether it is a type of which the schema itself is made, such as __Type; no subgraph is asked for one. */
function isOfIntrospection(type: string): boolean {
  return type.startsWith('__');
}

/** The names of all fields of the schema, and of those that have arguments, whatever type they are of. */
function fieldNames(schema: GraphQLSchema): FieldNames {
  const found = known.get(schema);
  if (found) return found;
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !isOfIntrospection(name));
  const fields = types.flatMap((type) => (isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []));
  const names = {
    taken: new Set(fields.map(({ name }) => name)),
    withArguments: new Set(fields.flatMap(({ name, args }) => (args.length > 0 ? name : []))),
  };
  known.set(schema, names);
  return names;
}

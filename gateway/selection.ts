import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { isOfType } from './execution/types.ts';
import { fragmentsOf } from './fragments.ts';

/** The fields that a fetch asks for of one type. */
export interface Selection {
  /** Their names in the answer. */
  readonly names: readonly string[];
  /** Those of them that may be null. */
  readonly nullable: readonly string[];
}

/** What a fetch asks for of the root, or of each entity of a type; parsed when first asked, so that a fetch that went well costs nothing. */
export interface FetchSelection {
  root(): Selection;
  entity(typename: string): Selection;
  /** Of each object of a list at the root, by the list's name in the answer. */
  list(name: string): Selection;
}

/** Reads the operation that the query planner wrote for a subgraph, against the types of the supergraph. */
export function readSelection(query: string, schema: GraphQLSchema): FetchSelection {
  let parsed: { rootType: string; selectionSet: SelectionSetNode; fragments: Map<string, FragmentDefinitionNode> } | undefined;
  const known = new Map<string, Selection>();
  const document = () => {
    parsed ??= parseOperation(query, schema);
    return parsed;
  };
  return {
    root: () => {
      const { rootType, selectionSet, fragments } = document();
      return select(schema, rootType, selectionSet, fragments);
    },
    entity: (typename) => {
      const found = known.get(typename) ?? selectEntity(schema, typename, document());
      known.set(typename, found);
      return found;
    },
    list: (name) => {
      const { rootType, selectionSet, fragments } = document();
      const lists = fieldsOf(schema, rootType, selectionSet, fragments).filter((field) => responseName(field) === name);
      const type = typeOfField(schema, rootType, lists[0]?.name.value);
      const selections = lists.flatMap((field) => field.selectionSet?.selections ?? []);
      return select(schema, type ? getNamedType(type).name : '', { kind: Kind.SELECTION_SET, selections }, fragments);
    },
  };
}

function parseOperation(query: string, schema: GraphQLSchema) {
  const { definitions } = parse(query, { noLocation: true });
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('expected an operation');
  const rootType = schema.getRootType(operation.operation)?.name ?? 'Query';
  return { rootType, selectionSet: operation.selectionSet, fragments: fragmentsOf(definitions) };
}

function selectEntity(schema: GraphQLSchema, typename: string, { selectionSet, fragments }: ReturnType<typeof parseOperation>): Selection {
  const entities = selectionSet.selections.find((selection) => selection.kind === Kind.FIELD && selection.name.value === '_entities');
  const inner = entities?.kind === Kind.FIELD ? entities.selectionSet : undefined;
  return inner ? select(schema, typename, inner, fragments) : { names: [], nullable: [] };
}

function select(schema: GraphQLSchema, typename: string, selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Selection {
  const names = new Set<string>();
  const nullable = new Set<string>();
  for (const field of fieldsOf(schema, typename, selectionSet, fragments)) {
    if (field.name.value === '__typename') continue;
    const type = typeOfField(schema, typename, field.name.value);
    names.add(responseName(field));
    if (type && !isNonNullType(type)) nullable.add(responseName(field));
  }
  return { names: [...names], nullable: [...nullable] };
}

/** The fields that are selected of an object of this type, those in fragments included. */
function fieldsOf(
  schema: GraphQLSchema,
  typename: string,
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    const condition = fragment?.typeCondition?.name.value;
    const chosen = fragment && (condition === undefined || isOfType(schema, typename, condition));
    return chosen ? fieldsOf(schema, typename, fragment.selectionSet, fragments) : [];
  });
}

function typeOfField(schema: GraphQLSchema, typename: string, field: string | undefined) {
  const type = schema.getType(typename);
  return isObjectType(type) && field !== undefined ? type.getFields()[field]?.type : undefined;
}

/** The name that a field has in the answer. */
export function responseName({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

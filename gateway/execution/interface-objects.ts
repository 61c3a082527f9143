import {
  buildASTSchema,
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { argumentOf, directivesOf, graphOf, isExternal, isInterfaceObject, readFieldSet } from '../join.ts';
import { isOfType } from './types.ts';

/** What is planned in place of an operation: the same, with what is selected of interface objects written so that Apollo's planner plans it rightly. */
export type RewriteInterfaceObjects = (document: DocumentNode) => DocumentNode;

const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** An interface that some service knows as an object (`@interfaceObject`), and what that says of it: by field, what it requires. */
interface InterfaceObject {
  readonly type: GraphQLInterfaceType;
  readonly graph: string;
  readonly fields: ReadonlyMap<string, SelectionSetNode | undefined>;
}

/** A field of an interface object, and the type under whose condition it is selected. */
interface Use {
  readonly of: InterfaceObject;
  readonly under: string;
  readonly requires: SelectionSetNode | undefined;
}

/**
 * Two kinds of selections that Apollo's planner has wrong plans for, or none:
 *
 * - A field of one type that requires something, beside another of the same service: `{ accounts { active ... on Person { badge } } }`. What `badge` requires is
 *   asked of persons alone, and is part of what is told of all: the others are told nothing, and lack `active`. It is selected of all, then.
 * - `... on Union`, or on another interface: the planner looks for the object's type in the service that knows none. It is written as conditions on the members.
 *
 * Where the graph has no interface objects, operations stay as they are. It takes the time of a planner: unions within unions are written out for each of their members.
 */
export function createInterfaceObjectRewrite(supergraphSdl: string): RewriteInterfaceObjects {
  if (!supergraphSdl.includes('isInterfaceObject: true')) return (document) => document;
  const schema = buildASTSchema(parse(supergraphSdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
  const known = interfaceObjects(schema);
  const byMembers = createByMembers(schema, known);
  return (document) => {
    const typeInfo = new TypeInfo(schema);
    const work = { schema, known, fragments: fragmentsOf(document) };
    const told = visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Field: {
          enter: (node) => {
            const type = getNamedType(typeInfo.getType());
            if (!node.selectionSet || !isAbstractType(type)) return undefined;
            const added = requiredOfAll(node.selectionSet, type.name, work);
            return added.length === 0
              ? undefined
              : { ...node, selectionSet: { ...node.selectionSet, selections: [...node.selectionSet.selections, ...added] } };
          },
        },
      }),
    );
    return byMembers(told);
  };
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));
}

function interfaceObjects(schema: GraphQLSchema): InterfaceObject[] {
  const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType);
  return interfaces.flatMap((type) => {
    const graphs = new Set(directivesOf(type.astNode, 'join__type').map(graphOf));
    return [...graphs].filter((graph) => isInterfaceObject(type, graph)).map((graph) => ({ type, graph, fields: fieldsIn(type, graph) }));
  });
}

function fieldsIn(type: GraphQLInterfaceType, graph: string): Map<string, SelectionSetNode | undefined> {
  const fields = new Map<string, SelectionSetNode | undefined>();
  for (const { name, astNode } of Object.values(type.getFields())) {
    const own = directivesOf(astNode, 'join__field').find((directive) => graphOf(directive) === graph);
    const requires = own && argumentOf(own, 'requires');
    if (own && !isExternal(own)) fields.set(name, requires === undefined ? undefined : readFieldSet(requires));
  }
  return fields;
}

interface Work {
  readonly schema: GraphQLSchema;
  readonly known: readonly InterfaceObject[];
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** What is to be selected of all objects of interfaces, because it is required for one type where others are asked of the same service. */
function requiredOfAll(set: SelectionSetNode, type: string, work: Work): InlineFragmentNode[] {
  const uses: Use[] = [];
  collectUses(set, type, work, uses);
  const needed = uses.filter(({ of, under, requires }) => requires && under !== of.type.name && uses.some((other) => other.of === of && other.under !== under));
  return [...Map.groupBy(needed, ({ of }) => of.type.name)].map(([name, its]) => ({
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: its.flatMap(({ requires }) => requires?.selections ?? []) },
  }));
}

function collectUses({ selections }: SelectionSetNode, under: string, work: Work, uses: Use[]): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      for (const of of work.known) {
        if (of.fields.has(name) && isOfType(work.schema, under, of.type.name)) uses.push({ of, under, requires: of.fields.get(name) });
      }
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : work.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value ?? under;
    // Within a condition on one type, others say nothing new.
    if (fragment) collectUses(fragment.selectionSet, isObjectType(work.schema.getType(under)) ? under : condition, work, uses);
  }
}

function createByMembers(schema: GraphQLSchema, known: readonly InterfaceObject[]): RewriteInterfaceObjects {
  const concerned = new Map(known.flatMap(({ type }) => schema.getPossibleTypes(type).map((object) => [object.name, [object]])));
  for (const { type } of known) concerned.set(type.name, [...schema.getPossibleTypes(type)]);
  const byMember = (
    selection: SelectionNode,
    objects: readonly GraphQLObjectType[],
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (fragment === undefined || condition === undefined) return [selection];
    const meant = objects.filter(({ name }) => isOfType(schema, name, condition));
    // Of a member there can be conditions within that are on others.
    if (meant.length === 0) return [];
    if (isObjectType(schema.getType(condition)) || known.some(({ type }) => type.name === condition)) return [selection];
    return meant.map(({ name }) => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
      directives: selection.directives ?? [],
      selectionSet: fragment.selectionSet,
    }));
  };
  return (document) => {
    const fragments = fragmentsOf(document);
    const typeInfo = new TypeInfo(schema);
    return visit(
      document,
      visitWithTypeInfo(typeInfo, {
        SelectionSet: {
          enter: (set): SelectionSetNode | undefined => {
            const objects = concerned.get(typeInfo.getParentType()?.name ?? '');
            if (objects === undefined) return undefined;
            const selections = set.selections.flatMap((selection) => byMember(selection, objects, fragments));
            return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
          },
        },
      }),
    );
  };
}

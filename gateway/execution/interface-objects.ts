import {
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
import { argumentOf, directivesOf, graphOf, isExternal, isInterfaceObject, readFieldSet, schemaOf } from '../join.ts';
import { fragmentsOf } from '../fragments.ts';
import { TYPENAME } from './planned-texts.ts';
import { isOfType } from './types.ts';

/** What is planned in place of an operation: the same, with what is selected of interface objects written so that Apollo's planner plans it rightly. */
export type RewriteInterfaceObjects = (document: DocumentNode) => DocumentNode;

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
  const schema = schemaOf(parse(supergraphSdl, { noLocation: true }));
  const known = interfaceObjects(schema);
  const objects = objectsOf(schema, known);
  return (document) => {
    const typeInfo = new TypeInfo(schema);
    const work = { schema, known, fragments: fragmentsOf(document.definitions) };
    return visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Field: {
          enter: ({ selectionSet, ...field }) => {
            const type = getNamedType(typeInfo.getType());
            const added = selectionSet && isAbstractType(type) ? requiredOfAll(selectionSet, type.name, work) : [];
            return selectionSet && added.length > 0
              ? { ...field, selectionSet: { ...selectionSet, selections: [...selectionSet.selections, ...added] } }
              : undefined;
          },
        },
        SelectionSet: {
          enter: (set): SelectionSetNode | undefined => {
            const meant = objects.get(typeInfo.getParentType()?.name ?? '');
            if (meant === undefined) return undefined;
            const selections = set.selections.flatMap((selection) => byMembers(selection, meant, work));
            return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
          },
        },
      }),
    );
  };
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

/** The objects that may be meant where one of these is selected: an interface that is an interface object somewhere, or one of its types. */
function objectsOf(schema: GraphQLSchema, known: readonly InterfaceObject[]): Map<string, readonly GraphQLObjectType[]> {
  const objects = new Map<string, readonly GraphQLObjectType[]>();
  for (const { type } of known) {
    objects.set(type.name, schema.getPossibleTypes(type));
    for (const object of schema.getPossibleTypes(type)) objects.set(object.name, [object]);
  }
  return objects;
}

/** The same selected under conditions on types, of those that may be meant; nothing where it concerns none of them. */
function byMembers(selection: SelectionNode, objects: readonly GraphQLObjectType[], { schema, known, fragments }: Work): SelectionNode[] {
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
}

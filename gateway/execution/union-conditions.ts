import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLObjectType,
  isInterfaceType,
  isUnionType,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { directivesOf, graphOf, isInterfaceObject } from '../join.ts';
import { isOfType } from './types.ts';

const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** Writes conditions on unions as conditions on their members, where Apollo's planner needs that. */
export type WithoutUnions = (document: DocumentNode) => DocumentNode;

/**
 * `... on Union` in an object of which some service knows no more than the interface (`@interfaceObject`): Apollo's planner looks for the object's type in that
 * service, and has no plan. For the members' own conditions it has one. Where the graph has no such service, operations stay as they are.
 *
 * It takes the time of a planner: unions within unions are written out for each of their members.
 */
export function createWithoutUnions(supergraphSdl: string): WithoutUnions {
  if (!supergraphSdl.includes('isInterfaceObject: true')) return (document) => document;
  const schema = buildASTSchema(parse(supergraphSdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
  const types = Object.values(schema.getTypeMap());
  const interfaces = types
    .filter(isInterfaceType)
    .filter((type) => directivesOf(type.astNode, 'join__type').some((each) => isInterfaceObject(type, graphOf(each))));
  const concerned = new Map(interfaces.flatMap((type) => schema.getPossibleTypes(type).map((object) => [object.name, [object]])));
  for (const type of interfaces) concerned.set(type.name, [...schema.getPossibleTypes(type)]);

  return (document) => {
    const fragments = new Map(document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));
    const byMember = (selection: SelectionNode, objects: readonly GraphQLObjectType[]): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return [selection];
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const condition = fragment?.typeCondition?.name.value;
      if (fragment === undefined || condition === undefined) return [selection];
      const meant = objects.filter(({ name }) => isOfType(schema, name, condition));
      // Of a member there can be conditions within that are on others.
      if (meant.length === 0) return [];
      if (!isUnionType(schema.getType(condition))) return [selection];
      return meant.map(({ name }) => ({
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
        directives: selection.directives ?? [],
        selectionSet: fragment.selectionSet,
      }));
    };
    const typeInfo = new TypeInfo(schema);
    return visit(
      document,
      visitWithTypeInfo(typeInfo, {
        SelectionSet: {
          enter: (set): SelectionSetNode | undefined => {
            const objects = concerned.get(typeInfo.getParentType()?.name ?? '');
            if (objects === undefined) return undefined;
            const selections = set.selections.flatMap((selection) => byMember(selection, objects));
            return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
          },
        },
      }),
    );
  };
}

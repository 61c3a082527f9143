import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { responseName } from '../selection.ts';
import type { CanonicalOperation } from './canonical-names.ts';
import { isOfType } from './types.ts';
import { fragmentsOf } from '../fragments.ts';

/** What is selected of an object: the selection sets of all fields that go by one name in the answer. */
export type Selections = readonly SelectionSetNode[];

/** A field that is selected of an object of some type. */
export interface SelectedField {
  /** Its name in the client's answer. */
  readonly name: string;
  /** Its name in what subgraphs answer. */
  readonly source: string;
  readonly definition: GraphQLField<unknown, unknown> | 'typename' | 'introspection';
  readonly selections: Selections;
}

/** Reads an operation for one choice of what `@skip` and `@include` leave in. */
export interface SelectionReader {
  readonly root: Selections;
  /** The fields selected of an object of the type, each name once, in order. */
  fieldsOf(selections: Selections, type: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType): SelectedField[];
}

/** The variables that `@skip` and `@include` of an operation hang on. */
export function conditionVariables({ document }: CanonicalOperation): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: {
      enter: ({ name, arguments: given }) => {
        const value = given?.[0]?.value;
        if ((name.value === 'skip' || name.value === 'include') && value?.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    },
  });
  return [...names].sort();
}

/** @param variables coerced; only those of {@link conditionVariables} are read */
export function readSelections(
  { document, operation, clientNames }: CanonicalOperation,
  schema: GraphQLSchema,
  variables: Readonly<Record<string, unknown>>,
): SelectionReader {
  const fragments = fragmentsOf(document.definitions);
  const selectedFields = (selectionSet: SelectionSetNode, type: string, found: FieldNode[]): FieldNode[] => {
    for (const selection of selectionSet.selections) {
      if (!isLeftIn(selection.directives, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        found.push(selection);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? (fragments.get(selection.name.value) as FragmentDefinitionNode) : selection;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || isOfType(schema, type, condition)) selectedFields(fragment.selectionSet, type, found);
    }
    return found;
  };
  return {
    root: [operation.selectionSet],
    fieldsOf: (selections, type) => {
      const fields = selections.flatMap((selectionSet) => selectedFields(selectionSet, type.name, []));
      const byName = Map.groupBy(fields, (field) => {
        const source = responseName(field);
        return clientNames.get(source) ?? source;
      });
      return [...byName].flatMap(([name, nodes]): SelectedField | [] => {
        const [first] = nodes as [FieldNode, ...FieldNode[]];
        const definition = definitionOf(first.name.value, type);
        if (definition === undefined) return [];
        return { name, source: responseName(first), definition, selections: nodes.flatMap(({ selectionSet }) => selectionSet ?? []) };
      });
    },
  };
}

function definitionOf(name: string, type: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType): SelectedField['definition'] | undefined {
  if (name === '__typename') return 'typename';
  if (name === '__schema' || name === '__type') return 'introspection';
  return isUnionType(type) ? undefined : type.getFields()[name];
}

/** Whether `@skip` and `@include` leave a selection in; `variables` are coerced. */
export function isLeftIn(directives: readonly DirectiveNode[] | undefined, variables: Readonly<Record<string, unknown>>): boolean {
  return !directives?.some(({ name, arguments: given }) => {
    const value = given?.[0]?.value;
    if (name.value !== 'skip' && name.value !== 'include') return false;
    const condition = value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return (condition === true) === (name.value === 'skip');
  });
}

/** What an operation asks of the schema itself, as an operation of its own; `undefined` when that is nothing. */
export function introspectionPart({
  document,
  operation,
}: CanonicalOperation): { kind: Kind.DOCUMENT; definitions: (OperationDefinitionNode | FragmentDefinitionNode)[] } | undefined {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const keep = ({ selections }: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === '__schema' || selection.name.value === '__type' ? selection : [];
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.find(({ name }) => name.value === selection.name.value);
      const selectionSet = fragment && keep(fragment.selectionSet);
      return selectionSet?.selections.length ? { kind: Kind.INLINE_FRAGMENT, directives: selection.directives ?? [], selectionSet } : [];
    }),
  });
  const selectionSet = keep(operation.selectionSet);
  if (selectionSet.selections.length === 0) return undefined;
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }, ...fragments] };
}

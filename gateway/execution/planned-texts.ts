import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { responseName } from '../selection.ts';
import { type CanonicalOperation, usedDefinitions } from './canonical-names.ts';
import { isLeftIn } from './selections.ts';

/**
 * What is planned, and run one after the other: the whole operation, or each field of a mutation, whose acts must not overtake one another.
 *
 * Of `@skip` and `@include` only what they leave in is planned. Where Apollo's planner has to keep conditions in its plans, it puts them on what keys and
 * `@requires` name as well, and other fields, which need the same, are lost; and it has no plan at all for some conditions on interface objects.
 *
 * @param variables coerced
 */
export function plannedTexts({ document }: CanonicalOperation, variables: Readonly<Record<string, unknown>>): string[] {
  return serially(withoutConditions(document, variables)).map((part) => print(withPlainTypenames(part)));
}

/** The operation with what its conditions leave in, and the fragments and variables that it uses then. */
function withoutConditions(document: DocumentNode, variables: Readonly<Record<string, unknown>>): DocumentNode {
  const resolved = visit(document, {
    SelectionSet: {
      enter: ({ selections, ...set }): SelectionSetNode => {
        const left = selections.filter(({ directives }) => isLeftIn(directives, variables));
        return { ...set, selections: left.length > 0 ? left.map(unconditional) : [TYPENAME] };
      },
    },
  });
  const [operation] = resolved.definitions as [OperationDefinitionNode];
  const definitions = usedDefinitions(resolved, operation);
  const used = new Set<string>();
  for (const { selectionSet } of definitions) visit(selectionSet, { Variable: { enter: (node) => void used.add(node.name.value) } });
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...definitions.slice(1)] };
}

/** What is selected where nothing else is left. */
export const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function unconditional<T extends SelectionNode>(selection: T): T {
  return { ...selection, directives: selection.directives?.filter(({ name }) => name.value !== 'skip' && name.value !== 'include') ?? [] };
}

/**
 * The fields of a mutation, each as a mutation of its own: all that is asked of the first is answered before the second begins. What is written twice under one name
 * is one field, and done once.
 */
function serially(document: DocumentNode): DocumentNode[] {
  const [operation, ...fragments] = document.definitions as [OperationDefinitionNode, ...FragmentDefinitionNode[]];
  if (operation.operation !== 'mutation') return [document];
  const byName = Map.groupBy(fieldsIn(operation.selectionSet, fragments), responseName);
  return [...byName.values()].map((selections) => ({
    ...document,
    definitions: [{ ...operation, selectionSet: { ...operation.selectionSet, selections } }, ...fragments],
  }));
}

/** The fields of a root, also those in fragments, whose type can only be the root's. */
function fieldsIn({ selections }: SelectionSetNode, fragments: readonly FragmentDefinitionNode[]): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.find(({ name }) => name.value === selection.name.value);
    return fragment ? fieldsIn(fragment.selectionSet, fragments) : [];
  });
}

/** Subgraphs need not say the type of an object under every name that the client has for it. */
function withPlainTypenames(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: {
      enter: ({ alias, ...field }) => (field.name.value === '__typename' && alias ? field : undefined),
    },
  });
}

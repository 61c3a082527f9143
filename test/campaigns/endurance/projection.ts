/** Documents that ask for a part of another, and what is to be answered to them. */
import { type DocumentNode, type FragmentDefinitionNode, Kind, print, type SelectionSetNode, visit } from 'graphql';

/** A document, and its answer where it asks for a part of another whose answer is known. */
export interface Part {
  readonly text: string;
  /** @param whole the answer to the document that this is a part of */
  of(whole: unknown): unknown;
}

/**
 * A part of a document without aliases: by the bits of `choice`, of each selection's fields without selections of their own all but the first are left
 * out or not; the first has an alias with `name`. No two with other choices or other names are the same text.
 */
export function partOf(document: DocumentNode, { choice, name }: { readonly choice: number; readonly name: string }): Part {
  let leaf = 0;
  const part = visit(document, {
    [Kind.SELECTION_SET]: (set: SelectionSetNode) => {
      const first = set.selections.findIndex((selection) => selection.kind === Kind.FIELD && selection.selectionSet === undefined);
      const selections = set.selections.flatMap((selection, index) => {
        if (selection.kind !== Kind.FIELD || selection.selectionSet !== undefined) return selection;
        if (index === first) return { ...selection, alias: { kind: Kind.NAME, value: `${selection.name.value}_${name}` } as const };
        return (choice >> (leaf++ % 31)) & 1 ? selection : [];
      });
      return { ...set, selections };
    },
  });
  const fragments = new Map(part.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));
  const operation = part.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('expected an operation');
  return { text: print(part), of: (whole) => project(operation.selectionSet, whole, fragments) };
}

function project({ selections }: SelectionSetNode, whole: unknown, fragments: ReadonlyMap<string, FragmentDefinitionNode>): unknown {
  if (Array.isArray(whole)) return whole.map((each) => project({ kind: Kind.SELECTION_SET, selections }, each, fragments));
  if (typeof whole !== 'object' || whole === null) return whole;
  const part: Record<string, unknown> = {};
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const value = (whole as Record<string, unknown>)[selection.name.value];
      part[selection.alias?.value ?? selection.name.value] = selection.selectionSet ? project(selection.selectionSet, value, fragments) : value;
    } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value);
      if (fragment) Object.assign(part, project(fragment.selectionSet, whole, fragments));
    }
  }
  return part;
}

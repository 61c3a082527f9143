import { type DefinitionNode, type DocumentNode, Kind, type SelectionSetNode, type VariableDefinitionNode, visit } from 'graphql';
import { fragmentsOf } from '../fragments.ts';

/** How large a document is, whatever the schema; of several operations, each number is the largest. */
export interface Shape {
  /** How deep fields stand in fields, fragments spread. */
  readonly depth: number;
  /** Fields at the root, fragments spread. */
  readonly rootFields: number;
  /** Fields in all, fragments spread. */
  readonly fields: number;
  /** In the whole document, as are directives. */
  readonly aliases: number;
  readonly directives: number;
  /** Definitions: operations and fragments. */
  readonly definitions: number;
}

/** What a selection set comes to. */
interface Extent {
  readonly depth: number;
  readonly rootFields: number;
  readonly fields: number;
}

const NONE: Extent = { depth: 0, rootFields: 0, fields: 0 };

/**
 * Measures a document that need not be valid, in time that grows with its text alone: every fragment is measured once, however often it is
 * spread. A fragment that spreads itself is infinite.
 */
export function measureShape({ definitions }: DocumentNode): Shape {
  const fragments = fragmentsOf(definitions);
  const measured = new Map<string, Extent>();

  const ofFragment = (name: string): Extent => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return NONE;
    // Whoever comes back here while it is being measured goes round in circles.
    measured.set(name, { depth: Number.POSITIVE_INFINITY, rootFields: Number.POSITIVE_INFINITY, fields: Number.POSITIVE_INFINITY });
    const extent = ofSelections(fragment.selectionSet);
    measured.set(name, extent);
    return extent;
  };

  const ofSelections = ({ selections }: SelectionSetNode): Extent => {
    let [depth, rootFields, fields] = [0, 0, 0];
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet === undefined ? NONE : ofSelections(selection.selectionSet);
        depth = Math.max(depth, 1 + below.depth);
        rootFields += 1;
        fields += 1 + below.fields;
      } else {
        const spread = selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : ofSelections(selection.selectionSet);
        depth = Math.max(depth, spread.depth);
        rootFields += spread.rootFields;
        fields += spread.fields;
      }
    }
    return { depth, rootFields, fields };
  };

  const extents = definitions.flatMap((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION) return [ofSelections(definition.selectionSet)];
    // Fragments that are spread nowhere are validated all the same.
    return definition.kind === Kind.FRAGMENT_DEFINITION ? [{ ...ofFragment(definition.name.value), rootFields: 0 }] : [];
  });
  const largest = (part: keyof Extent) => extents.reduce((most, extent) => Math.max(most, extent[part]), 0);
  return {
    depth: largest('depth'),
    rootFields: largest('rootFields'),
    fields: largest('fields'),
    ...countMarks(definitions),
    definitions: definitions.length,
  };
}

/**
 * The first name in a document that has a meaning for JavaScript's objects, or that GraphQL keeps for itself: as an alias or the name of a
 * variable it would become the key of an object in libraries that take any object for a map.
 */
export function reservedName(document: DocumentNode): string | undefined {
  let found: string | undefined;
  const look = (name: string | undefined) => {
    if (name !== undefined && (name.startsWith('__') || name === 'prototype' || name in Object.prototype)) found ??= name;
  };
  visit(document, {
    [Kind.FIELD]: ({ alias }) => look(alias?.value),
    [Kind.VARIABLE_DEFINITION]: ({ variable }: VariableDefinitionNode) => look(variable.name.value),
    [Kind.FRAGMENT_DEFINITION]: ({ name }) => look(name.value),
    [Kind.OPERATION_DEFINITION]: ({ name }) => look(name?.value),
  });
  return found;
}

function countMarks(definitions: readonly DefinitionNode[]): Pick<Shape, 'aliases' | 'directives'> {
  let [aliases, directives] = [0, 0];
  for (const definition of definitions) {
    visit(definition, {
      [Kind.FIELD]: ({ alias }) => {
        if (alias !== undefined) aliases += 1;
      },
      [Kind.DIRECTIVE]: () => {
        directives += 1;
      },
    });
  }
  return { aliases, directives };
}

import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { isJsonObject, type JsonObject } from '../json.ts';
import { type Growing, merge } from './objects.ts';
import { isOfType } from './types.ts';

/** What a subgraph is told of an entity, from what is known of it; `null` when something that it must know is not there. */
export type Represent = (entity: JsonObject) => Growing | null;

/** What the planner wants a subgraph to be told, as a function; `nameFor` says what the subgraph calls a field. */
export function compileRequires(selections: readonly QueryPlanSelectionNode[], schema: GraphQLSchema, nameFor: (name: string) => string): Represent {
  const steps = selections.map((selection) => compileSelection(selection, schema, nameFor));
  return (entity) => {
    const representation: Growing = {};
    for (const step of steps) if (!step(entity, representation)) return null;
    return representation;
  };
}

/** Adds to the representation; `false` when that cannot be. */
type Step = (entity: JsonObject, representation: Growing) => boolean;

function compileSelection(selection: QueryPlanSelectionNode, schema: GraphQLSchema, nameFor: (name: string) => string): Step {
  if (selection.kind === 'InlineFragment') {
    const inner = compileRequires(selection.selections, schema, nameFor);
    const condition = selection.typeCondition;
    return (entity, representation) => {
      const type = entity['__typename'];
      if (condition !== undefined && !(typeof type === 'string' && isOfType(schema, type, condition))) return true;
      const part = inner(entity);
      if (part !== null) merge(representation, part);
      return true;
    };
  }
  const name = selection.alias ?? selection.name;
  const told = nameFor(name);
  const inner = selection.selections && compileRequires(selection.selections, schema, nameFor);
  const represent = (value: unknown): unknown => {
    if (inner === undefined || value === null) return value;
    if (Array.isArray(value)) return value.map(represent);
    return isJsonObject(value) ? inner(value) : value;
  };
  return (entity, representation) => {
    const value = Object.hasOwn(entity, name) ? entity[name] : undefined;
    if (value === undefined) return false;
    representation[told] = represent(value);
    return true;
  };
}

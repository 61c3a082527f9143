/**
 * Rules on fields of inputs (`@givenWith` in the subgraphs' schemas): a filter by what a caller may not read tells it all the same.
 * Federation's own directives of access cannot stand on inputs, so that this one is ours, carried into the supergraph by `@composeDirective`.
 */
import { type DirectiveNode, type GraphQLArgument, type GraphQLInputType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { type AccessRule, readRule } from './access-rule.ts';

/** The directive's name. */
export const GIVEN_WITH = 'givenWith';

/** Where it is specified, by whatever version. */
export const GIVEN_WITH_SPEC = 'https://hotline-111.invalid/access/';

/** The rule that an input field's directives write; null where there is none. @throws where it cannot be read. */
export function readInputRule(directives: readonly DirectiveNode[] | undefined): AccessRule | null {
  return readRule(directives, { authenticated: '', requiresScopes: GIVEN_WITH, policy: '' });
}

/** The rules of all fields of inputs that are in a resolver's arguments, by their coordinate `Type.field`. */
export function inputRulesOf(given: Readonly<Record<string, unknown>>, definitions: readonly GraphQLArgument[]): ReadonlyMap<string, AccessRule> {
  const found = new Map<string, AccessRule>();
  for (const { name, type } of definitions) if (Object.hasOwn(given, name)) collect(given[name], type, found);
  return found;
}

function collect(value: unknown, type: GraphQLInputType, found: Map<string, AccessRule>): void {
  if (isNonNullType(type)) collect(value, type.ofType, found);
  else if (isListType(type)) for (const item of Array.isArray(value) ? value : []) collect(item, type.ofType, found);
  else if (isInputObjectType(type) && typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(type.getFields())) {
      if (!Object.hasOwn(value, name)) continue;
      const rule = readInputRule(field.astNode?.directives);
      if (rule !== null) found.set(`${type.name}.${name}`, rule);
      collect((value as Record<string, unknown>)[name], field.type, found);
    }
  }
}

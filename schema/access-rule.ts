import type { DirectiveNode, ValueNode } from 'graphql';
import type { Caller } from './identity.ts';

/**
 * What a caller must have for a field or type, as the directives `@authenticated`, `@requiresScopes` and `@policy` say. All three must hold;
 * of `scopes` and `policies` one of the lists, and of that every name: OR of AND.
 */
export interface AccessRule {
  readonly authenticated: boolean;
  readonly scopes: readonly (readonly string[])[] | null;
  readonly policies: readonly (readonly string[])[] | null;
}

/** The rule that a definition's directives write, `null` where there is none. `names`: how each directive is called in this document. */
export function readRule(directives: readonly DirectiveNode[] | undefined, names: DirectiveNames = DIRECTIVES): AccessRule | null {
  const authenticated = directives?.some(({ name }) => name.value === names.authenticated) ?? false;
  const scopes = listsOf(directives, names.requiresScopes, 'scopes');
  const policies = listsOf(directives, names.policy, 'policies');
  return authenticated || scopes !== null || policies !== null ? { authenticated, scopes, policies } : null;
}

/** The names of the three directives in a document; an import may rename them. */
export interface DirectiveNames {
  readonly authenticated: string;
  readonly requiresScopes: string;
  readonly policy: string;
}

/** Their names where nothing renames them. */
export const DIRECTIVES: DirectiveNames = { authenticated: 'authenticated', requiresScopes: 'requiresScopes', policy: 'policy' };

/** Whether the caller has what the rule asks for. */
export function fulfils({ authenticated, scopes, policies }: AccessRule, caller: Caller): boolean {
  if (authenticated && caller.subject === null) return false;
  const has = (scope: string) => (caller.scopes as readonly string[]).includes(scope);
  if (scopes !== null && !scopes.some((all) => all.every(has))) return false;
  return policies === null || policies.some((all) => all.every((policy) => holds(policy, caller)));
}

/** The policies of schema/access.ts; one that is not known holds for nobody. */
function holds(policy: string, caller: Caller): boolean {
  return policy === 'purpose' ? caller.purpose !== null : false;
}

/** A directive that is there with an argument that cannot be read must not pass for one that asks for nothing. */
function listsOf(directives: readonly DirectiveNode[] | undefined, directive: string, argument: string): string[][] | null {
  const found = directives?.filter(({ name }) => name.value === directive) ?? [];
  if (found.length === 0) return null;
  if (found.length > 1) throw new Error(`expected @${directive} once`);
  const value = found[0]?.arguments?.find(({ name }) => name.value === argument)?.value;
  const lists = value === undefined ? undefined : strings(value);
  if (lists === undefined) throw new Error(`expected @${directive}(${argument}: [["…"]])`);
  return lists;
}

function strings(value: ValueNode): string[][] | undefined {
  if (value.kind !== 'ListValue') return undefined;
  const lists = value.values.map((list) => (list.kind === 'ListValue' ? list.values.map((name) => (name.kind === 'StringValue' ? name.value : null)) : null));
  return lists.every((list): list is string[] => list?.every((name) => name !== null) ?? false) ? lists : undefined;
}

import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { type AccessRule, fulfils } from '#schema/access-rule.ts';
import { ANYBODY, type Caller } from '#schema/identity.ts';
import { demandsOf, type Path } from './demands.ts';
import type { Policy } from './rules.ts';

/** What a refusal is about: a right that the caller's roles do not give, or only that the request does not say for which purpose it asks. */
export type Missing = 'scopes' | 'purpose';

/** A field, or a part of its arguments, that the caller may not have. */
export interface Refusal {
  /** `Type.field`, or `Type.field(argument:)`. */
  readonly coordinate: string;
  /** Where it first stands in the operation, by response names. */
  readonly path: readonly string[];
  readonly missing: Missing;
}

/** An operation, as it is to run. */
export interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What of a valid operation the caller may not have, each coordinate once; empty when it may run. What the operation asks for is worked out once
 * ({@link demandsOf}); what is found of a caller is never kept.
 */
export function findRefusals({ schema, document, operation, variables = {} }: Asked, policy: Policy, caller: Caller): Refusal[] {
  const refusals = new Map<string, Refusal>();
  const known = new Map<AccessRule, Missing | null>();
  for (const { coordinate, path, rules } of demandsOf(operation, document, schema, policy)) {
    for (const rule of typeof rules === 'function' ? rules(variables) : rules) {
      let missing = known.get(rule);
      if (missing === undefined) {
        missing = missingFor(rule, caller);
        known.set(rule, missing);
      }
      if (missing === null) continue;
      const before = refusals.get(coordinate);
      // That a purpose is missing is said only where nothing else is.
      if (before === undefined || missing === 'scopes') refusals.set(coordinate, { coordinate, path: before?.path ?? names(path), missing });
    }
  }
  return [...refusals.values()];
}

/**
 * Whether a valid operation asks for nothing but what everybody may have, also without a token. Then no ministry's access log is kept for it: records of persons
 * and cases, exact figures and acts are told there by the scopes and purposes of their rules.
 */
export function isForEverybody({ schema, document, operation, variables = {} }: Asked, policy: Policy): boolean {
  return demandsOf(operation, document, schema, policy).every(({ rules }) => (typeof rules === 'function' ? rules(variables) : rules).every(isEverybodys));
}

/** No alternative of it is for some alone, either. */
function isEverybodys({ authenticated, scopes, policies }: AccessRule): boolean {
  return !authenticated && policies === null && (scopes ?? []).flat().every((scope) => (ANYBODY.scopes as readonly string[]).includes(scope));
}

function missingFor(rule: AccessRule, caller: Caller): Missing | null {
  if (fulfils(rule, caller)) return null;
  return fulfils({ ...rule, policies: null }, caller) ? 'purpose' : 'scopes';
}

function names(path: Path | null): string[] {
  const found: string[] = [];
  for (let at = path; at !== null; at = at.above) found.unshift(at.name);
  return found;
}

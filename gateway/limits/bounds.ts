import { ROLES, type Role } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';

/**
 * How large an operation may be, trusted documents included. The largest of `schema/operations/` has 200 tokens and 100 fields, the question
 * for the whole schema 230 fields, 15 deep. The bounds hold before validation, whose time grows with the square of some of them.
 */
export const BOUNDS = {
  tokens: 1_000,
  depth: 16,
  rootFields: 20,
  fields: 1_000,
  aliases: 30,
  directives: 30,
  definitions: 50,
  /** Values in the variables, those in lists and objects included. */
  variables: 1_000,
} as const;

/** One of {@link BOUNDS}, or the cost. */
export type Limit = keyof typeof BOUNDS | 'cost';

/** After so many faults validation stops. */
export const MAX_VALIDATION_ERRORS = 5;

/**
 * What an operation may cost (cost.ts: roughly the fields that its answer can have) by role. With the examples of their variables, every document
 * of schema/operations uses at most half of it; 10,000 cells, the most that there may be, of the dearest breakdown are 1,300,000. Two lists of 500,
 * one in the other, cost 1,500,000 and are nobody's.
 */
export const COST_BOUNDS = {
  public: 10_000,
  dashboard: 10_000,
  officer: 250_000,
  coordinator: 1_400_000,
  'data-protection-officer': 250_000,
  secretary: 10_000,
  developer: 250_000,
} as const satisfies Record<Role, number>;

/** What an operation of the caller may cost: the most that one of the roles may whose scopes the caller has all of. */
export function costBound({ scopes }: Pick<Caller, 'scopes'>): number {
  const held = (Object.keys(COST_BOUNDS) as Role[]).filter((role) => ROLES[role].every((scope) => scopes.includes(scope)));
  return Math.max(COST_BOUNDS.public, ...held.map((role) => COST_BOUNDS[role]));
}

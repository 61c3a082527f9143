import type { Resolver } from '../subgraph.ts';
import type { Act } from './act.ts';

/** The acts of an acts.ts, by name, as the resolvers of Mutation. */
export function mutationFields(acts: Readonly<Record<string, Act>>): Record<string, Resolver> {
  return Object.fromEntries(
    Object.entries(acts).map(([name, act]): [string, Resolver] => [name, (_, { input }, context) => context.perform(name, act, input)]),
  );
}

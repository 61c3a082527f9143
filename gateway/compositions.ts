import type { GatewayExecutionResult, GatewayInterface, GatewaySchemaLoadOrUpdateCallback } from '@apollo/server-gateway-interface';
import type { GraphQLSchema } from 'graphql';
import type { Composition } from './composition.ts';
import type { GatewayContext } from './context.ts';

/** The composition that requests are answered on; another can take its place. To be handed to Apollo Server. */
export interface Compositions extends GatewayInterface {
  readonly current: Composition;
  /** The one that a request began with, by the schema that it was validated against. */
  of(schema: GraphQLSchema): Composition;
  /** Requests that come from now on are answered on `next`; those under way go on with what they began with. */
  replace(next: Composition): void;
}

/** How long a composition's planner is kept for requests under way after another has taken its place; longer than any operation may take. */
const GRACE_MS = 60_000;

/** @param first what requests are answered on to begin with */
export function createCompositions(first: Composition): Compositions {
  const listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  const bySchema = new WeakMap<GraphQLSchema, Composition>();
  const open = new Map<Composition, NodeJS.Timeout | undefined>();
  let current = first;

  const announce = () => {
    const { apiSchema, supergraph } = current;
    clearTimeout(open.get(current));
    open.set(current, undefined);
    bySchema.set(apiSchema, current);
    for (const listener of listeners) listener({ apiSchema, coreSupergraphSdl: supergraph.sdl });
  };
  const of = (schema: GraphQLSchema) => bySchema.get(schema) ?? current;
  return {
    get current() {
      return current;
    },
    of,
    replace: (next) => {
      const previous = current;
      current = next;
      announce();
      const closing = setTimeout(() => {
        open.delete(previous);
        void previous.close();
      }, GRACE_MS);
      open.set(previous, closing.unref());
    },
    onSchemaLoadOrUpdate: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: async () => {
      announce();
      return {
        executor: ({ schema, document, operation, request: { variables }, context }) =>
          of(schema).execute({ document, operation, variables }, context as GatewayContext) as Promise<GatewayExecutionResult>,
      };
    },
    stop: async () => {
      for (const closing of open.values()) clearTimeout(closing);
      await Promise.all([...new Set([...open.keys(), current])].map((composition) => composition.close()));
    },
  };
}

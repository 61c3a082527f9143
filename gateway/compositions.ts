import type { GatewayExecutionResult, GatewayInterface, GatewaySchemaLoadOrUpdateCallback } from '@apollo/server-gateway-interface';
import type { GraphQLSchema } from 'graphql';
import type { Composition } from './composition.ts';
import type { GatewayContext } from './context.ts';

/** The composition that requests are answered on; another can take its place. To be handed to Apollo Server. */
export interface Compositions extends GatewayInterface {
  readonly current: Composition;
  /** The one that a request began with, by the schema that it was validated against. */
  of(schema: GraphQLSchema): Composition;
  /** The answer to a request that comes now; until it is there, no composition that it may be made on is closed. */
  during<T>(answer: Promise<T>): Promise<T>;
  /** Requests that come from now on are answered on `next`; those under way go on with what they began with. */
  replace(next: Composition): void;
  /** Closes a composition that has been replaced and is not to be served again, once nothing is under way on it. */
  retire(past: Composition): Promise<void>;
}

/** @param first what requests are answered on to begin with */
export function createCompositions(first: Composition): Compositions {
  const listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  const bySchema = new WeakMap<GraphQLSchema, Composition>();
  const open = new Set([first]);
  const underWay = new Set<Promise<unknown>>();
  let current = first;

  const announce = () => {
    const { apiSchema, supergraph } = current;
    bySchema.set(apiSchema, current);
    for (const listener of listeners) listener({ apiSchema, coreSupergraphSdl: supergraph.sdl });
  };
  const of = (schema: GraphQLSchema) => bySchema.get(schema) ?? current;
  return {
    get current() {
      return current;
    },
    of,
    during: async (answer) => {
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    replace: (next) => {
      current = next;
      open.add(next);
      announce();
    },
    retire: async (past) => {
      // Not after a fixed time: each has a planner's thread, and with a change every few seconds there would be ever so many at once.
      await Promise.allSettled(underWay);
      if (open.delete(past)) await past.close();
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
      await Promise.all([...open].map((composition) => composition.close()));
    },
  };
}

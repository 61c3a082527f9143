import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLFieldResolver, type GraphQLSchema, parse } from 'graphql';
import { generatedField } from './generated-data.ts';
import { SHOP } from './shop-data.ts';

/** Resolvers of a subgraph: fields, and `__resolveReference`, by type. */
// biome-ignore lint/suspicious/noExplicitAny: what resolvers are given is what their parents gave.
export type GraphQLResolverMap = Record<string, Record<string, (parent: any, given: any) => unknown>>;

/** A subgraph's schema, and how fields without a resolver of their own are answered; undefined: as the parent has them. */
export interface ServerSchema {
  readonly schema: GraphQLSchema;
  readonly fieldResolver?: GraphQLFieldResolver<unknown, unknown>;
}

/** The schema of a subgraph of the shop, with its data, or of any other, with data that is made up from types and ids alone. */
export function serverSchema(scenario: string, subgraph: string, sdl: string): ServerSchema {
  const typeDefs = parse(sdl, { noLocation: true });
  const resolvers = scenario === 'shop' ? SHOP[subgraph] : undefined;
  return resolvers === undefined
    ? { schema: buildSubgraphSchema({ typeDefs }), fieldResolver: generatedField }
    : { schema: buildSubgraphSchema({ typeDefs, resolvers }) };
}

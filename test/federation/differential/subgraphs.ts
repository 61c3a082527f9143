import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, type GraphQLSchema, parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import type { Fetch } from '../executors.ts';
import { type Entity, members, RECORDS, schemaOf, whatIsSaid, type World } from './world.ts';

/** A world's subgraphs, running in this process, and what they compose to; `undefined` where they do not compose. */
export function runWorld(world: World): { supergraph: string; ask: Fetch } | undefined {
  const names = Array.from({ length: world.subgraphs }, (_, index) => `s${index}`);
  const documents = names.map((_, index) => parse(schemaOf(world, index)));
  const { supergraphSdl, errors } = composeServices(names.map((name, index) => ({ name, url: `http://${name}`, typeDefs: documents[index] as never })));
  if (errors) return undefined;
  const schemas = new Map(names.map((name, index) => [name, createSchema(world, index, documents[index] as never)]));
  return {
    supergraph: supergraphSdl as string,
    ask: async (service, { query, variables, operationName }) => {
      const result = await graphql({ schema: schemas.get(service) as GraphQLSchema, source: query, variableValues: variables, operationName });
      // As JSON, so that nobody shares an object with anybody.
      return JSON.parse(JSON.stringify(result)) as never;
    },
  };
}

function createSchema(world: World, subgraph: number, typeDefs: never): GraphQLSchema {
  const resolvers: Record<string, Record<string, unknown>> = { Node: { __resolveType: typeName }, Any: { __resolveType: typeName } };
  const exists = (id: unknown) => Number(id) < RECORDS;
  for (const entity of world.entities) {
    const fields: Record<string, unknown> = {
      __resolveReference: (reference: { id: string }) => (exists(reference.id) ? reference : null),
    };
    for (const field of entity.fields) {
      if (!field.owners.includes(subgraph)) continue;
      fields[field.name] = (parent: Record<string, unknown>, { n = 0 }: { n?: number }) =>
        whatIsSaid(world, entity.name, String(parent['id']), field, n, field.requires ? parent[field.requires] : undefined);
    }
    resolvers[entity.name] = fields;
  }
  const all = (entities: readonly Entity[]) =>
    entities.flatMap(({ name }) => Array.from({ length: RECORDS }, (_, index) => ({ __typename: name, id: String(index) })));
  const query: Record<string, unknown> = { [`alive${subgraph}`]: () => true };
  world.entities.forEach((entity, index) => {
    if (index % world.subgraphs !== subgraph) return;
    query[`one${entity.name}`] = (_: unknown, { id }: { id: string }) => (exists(id) ? { __typename: entity.name, id } : null);
    query[`all${entity.name}`] = () => all([entity]);
  });
  if (subgraph === 0) {
    query['nodes'] = () => [...all(members(world)), null];
    query['anything'] = () => [null, ...all(world.entities)];
  }
  resolvers['Query'] = query;
  return buildSubgraphSchema({ typeDefs, resolvers: resolvers as never });
}

function typeName({ __typename }: { __typename: string }): string {
  return __typename;
}

import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, type GraphQLSchema, parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import type { Fetch } from '../executors.ts';
import {
  type Arguments,
  entityOf,
  externalIn,
  type Entity,
  type Field,
  idOf,
  keysOf,
  members,
  type Moment,
  type Provided,
  RECORDS,
  type Requirement,
  schemaOf,
  whatIsSaid,
  type World,
} from './world.ts';

/** A world's subgraphs, running in this process, and what they compose to. */
export interface RunningWorld {
  readonly supergraph: string;
  /** The subgraphs as they are before anything was done. */
  start(): Fetch;
}

/** Runs a world; `undefined` where its subgraphs do not compose. */
export function runWorld(world: World): RunningWorld | undefined {
  const names = Array.from({ length: world.subgraphs + (world.objectFields.length > 0 ? 1 : 0) }, (_, index) => `s${index}`);
  const documents = names.map((_, index) => parse(schemaOf(world, index)));
  const { supergraphSdl, errors } = composeServices(names.map((name, index) => ({ name, url: `http://${name}`, typeDefs: documents[index] as never })));
  if (errors) return undefined;
  const schemas = new Map(names.map((name, index) => [name, createSchema(world, index, documents[index] as never)]));
  return {
    supergraph: supergraphSdl as string,
    start: () => {
      const moment: Moment = { acts: 0 };
      return async (service, { query, variables, operationName }) => {
        const schema = schemas.get(service) as GraphQLSchema;
        const result = await graphql({ schema, source: query, variableValues: variables, operationName, contextValue: moment });
        // As JSON, so that nobody shares an object with anybody.
        return JSON.parse(JSON.stringify(result)) as never;
      };
    },
  };
}

/** How the message ends of a subgraph that was asked for what it must be told something for, and was not. */
export const UNTOLD = 'is required, and was not told';

/** An object of a subgraph: its id, and what else it was told of it. */
type Told = Readonly<Record<string, unknown>> & { readonly id: string };

/** Resolves what a subgraph has provided of an object; and what it has provided within that, for the field's own resolver. */
type GetProvided = ((given: unknown, moment: Moment) => unknown) & { readonly within?: readonly Provided[] };

function providedWithin(value: unknown): readonly Provided[] {
  return typeof value === 'function' ? ((value as GetProvided).within ?? []) : [];
}

function createSchema(world: World, subgraph: number, typeDefs: never): GraphQLSchema {
  const resolver = (field: Field) => (told: Told, given: Arguments, moment: Moment) => {
    if (field.overridden === subgraph) throw new Error(`${field.name} is another subgraph's`);
    const required = (field.requires ?? []).map((requirement) => requiredOf(requirement, known(told, requirement.field.name, moment)));
    return withProvided(whatIsSaid(world, told.id, field, given, required, moment), [...field.provides, ...providedWithin(told[field.name])]);
  };
  /** What is provided of an entity is there for what is made of it. */
  const withProvided = (value: unknown, provides: readonly Provided[]): unknown => {
    if (Array.isArray(value)) return value.map((element) => withProvided(element, provides));
    if (value === null || provides.length === 0) return value;
    const entity = value as Told;
    const provided = provides.map(({ field, of }) => {
      const within: readonly Provided[] = of ? [{ field: of, of: undefined }] : [];
      const get: GetProvided = (_, moment) => withProvided(whatIsSaid(world, entity.id, field, {}, [], moment), within);
      return [field.name, Object.assign(get, { within })];
    });
    return { ...Object.fromEntries(provided), ...entity };
  };
  const fieldsBy = (fields: readonly Field[]) => Object.fromEntries(fields.map((field) => [field.name, resolver(field)]));
  const __resolveReference = (reference: Readonly<Record<string, unknown>>) => found(world, reference);
  if (subgraph === world.subgraphs) {
    const top = () => all(world, members(world)).map(({ id }) => ({ id }));
    // It knows no types, and says `Node` of all.
    const resolvers = { Node: { __resolveReference, ...fieldsBy(world.objectFields) }, Query: { top } };
    return buildSubgraphSchema({ typeDefs, resolvers: resolvers as never });
  }
  const resolvers: Record<string, Record<string, unknown>> = {
    Node: { __resolveType: typeName, ...(world.objectFields.length > 0 && subgraph === 0 ? { __resolveReference } : {}) },
    Any: { __resolveType: typeName },
  };
  for (const entity of world.entities) {
    const keyNames = Object.keys(keysOf('')).filter((name) => entity.keys[subgraph]?.some((key) => key.split(' ').includes(name)));
    const keys = keyNames.map((name) => [name, ({ id }: Told) => keysOf(id)[name as 'id']]);
    const own = entity.fields.filter(({ owners, overridden }) => owners.includes(subgraph) || overridden === subgraph);
    const provided = world.entities.flatMap(({ fields }) =>
      fields.flatMap(({ owners, provides }) => (owners.includes(subgraph) ? provides.flatMap(({ field, of }) => (of ? [field, of] : [field])) : [])),
    );
    const fields = [...own, ...entity.fields.filter((field) => provided.includes(field))];
    // What is another's it knows only from what it is told.
    const foreign = externalIn(entity, subgraph).map(({ name }) => [name, (told: Told, _: unknown, moment: Moment) => known(told, name, moment)]);
    resolvers[entity.name] = { __resolveReference, ...Object.fromEntries(keys), ...Object.fromEntries(foreign), ...fieldsBy(fields) };
  }
  resolvers['Query'] = { [`alive${subgraph}`]: () => true };
  const query = resolvers['Query'];
  const mutation: Record<string, unknown> = {};
  world.entities.forEach(({ name }, index) => {
    const one = ({ id }: { id: string }) => (entityOf(world, id)?.name === name ? { __typename: name, id } : null);
    if (index % world.subgraphs === subgraph) {
      query[`one${name}`] = (_: unknown, given: { id: string }) => one(given);
      query[`all${name}`] = () => all(world, [world.entities[index] as Entity]);
    }
    if (world.rich && (index + 1) % world.subgraphs === subgraph) {
      mutation[`act${name}`] = (_: unknown, given: { id: string }, moment: Moment) => {
        moment.acts++;
        return one(given);
      };
    }
  });
  if (world.rich) query['shared'] = () => ({ __typename: 'T0', id: idOf(world, 'T0', 1) });
  if (subgraph === 0) {
    query['nodes'] = () => [...all(world, members(world)), null];
    query['anything'] = () => [null, ...all(world, world.entities)];
  }
  if (Object.keys(mutation).length > 0) resolvers['Mutation'] = mutation;
  return buildSubgraphSchema({ typeDefs, resolvers: resolvers as never });
}

/** All records of these entities. */
export function all(world: World, entities: readonly Entity[]): { __typename: string; id: string }[] {
  return entities.flatMap(({ name }) => Array.from({ length: RECORDS }, (_, index) => ({ __typename: name, id: idOf(world, name, index) })));
}

/** A field of what a subgraph was told, or has itself to provide. */
function known(told: Told, name: string, moment: Moment): unknown {
  const value = told[name];
  if (value === undefined) throw new Error(`${name} ${UNTOLD}`);
  return typeof value === 'function' ? value({}, moment) : value;
}

/** What `@requires` asks for of a value. */
export function requiredOf({ of }: Requirement, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  return of === undefined ? value : (value as Record<string, unknown>)[of];
}

/** The record of a reference; `null` when its keys are not those of one record. */
function found(world: World, reference: Readonly<Record<string, unknown>>): unknown {
  const { code, part } = reference;
  const id = String(reference['id'] ?? (typeof code === 'string' ? code.slice(1) : ''));
  const keys = keysOf(id);
  if (id === '' || (code !== undefined && code !== keys.code) || (part !== undefined && (part as { no: number }).no !== keys.part.no)) return null;
  const entity = entityOf(world, id);
  return entity ? { ...reference, id, __typename: entity.name } : null;
}

function typeName({ __typename }: { __typename: string }): string {
  return __typename;
}

import { defaultFieldResolver, type DocumentNode, execute, type ExecutionResult, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { all, requiredOf } from './subgraphs.ts';
import { type Arguments, type Entity, entityOf, type Field, fieldsOf, idOf, keysOf, members, type Moment, whatIsSaid, type World } from './world.ts';

/**
 * Answers an operation as one service would that knows everything: graphql-js over the schema that clients see, without plan, keys or representations.
 * What it answers is what a gateway should, whatever subgraphs it has to ask.
 */
export function answerWhole(world: World, schema: GraphQLSchema, document: DocumentNode, variables: Readonly<Record<string, unknown>>): ExecutionResult {
  const moment: Moment = { acts: 0 };
  return execute({ schema, document, variableValues: variables, rootValue: {}, contextValue: moment, fieldResolver: resolver(world) }) as ExecutionResult;
}

function resolver(world: World): GraphQLFieldResolver<{ readonly id?: string }, Moment> {
  return (object, given, moment, info) => {
    const { fieldName, parentType } = info;
    if (parentType.name === 'Query') return queried(world, fieldName, given as { id: string });
    if (parentType.name === 'Mutation') {
      moment.acts++;
      return one(world, fieldName.slice('act'.length), given['id']);
    }
    if (object.id === undefined) return defaultFieldResolver(object, given, moment, info);
    const entity = entityOf(world, object.id) as Entity;
    const field = fieldsOf(world, entity).find(({ name }) => name === fieldName);
    return field ? fieldOf(world, object.id, field, given, moment) : keysOf(object.id)[fieldName as 'id'];
  };
}

function fieldOf(world: World, id: string, field: Field, given: Arguments, moment: Moment): unknown {
  const required = (field.requires ?? []).map((requirement) => {
    const value = fieldOf(world, id, requirement.field, requirement.value, moment);
    const part = requiredOf(requirement, value);
    return typeof part === 'function' ? part({ n: 1 }) : part;
  });
  return whatIsSaid(world, id, field, given, required, moment);
}

function queried(world: World, name: string, { id }: { id: string }): unknown {
  if (name.startsWith('alive')) return true;
  if (name === 'shared') return { __typename: 'T0', id: idOf(world, 'T0', 1) };
  if (name === 'top') return all(world, members(world));
  if (name === 'nodes') return [...all(world, members(world)), null];
  if (name === 'anything') return [null, ...all(world, world.entities)];
  const type = name.slice('one'.length);
  if (name.startsWith('one')) return one(world, type, id);
  return all(
    world,
    world.entities.filter((entity) => entity.name === type),
  );
}

function one(world: World, type: string, id: string): unknown {
  return entityOf(world, id)?.name === type ? { __typename: type, id } : null;
}

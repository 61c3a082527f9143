import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, getVariableValues, isInterfaceType, type OperationDefinitionNode } from 'graphql';
import { incompleteValues, pattern, type SubgraphError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { createEntityRequests } from './entities.ts';
import { createOperations, type OperationParts } from './operations.ts';
import { type AskSubgraph, type Run, runStep } from './run.ts';
import type { Place } from './shape.ts';

export type { AskSubgraph, SubgraphAnswer, SubgraphRequest } from './run.ts';

/** A client's operation; valid. */
export interface ExecutionRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they came. */
  readonly variables: JsonObject | undefined;
  readonly ask: AskSubgraph;
  /** Labels of progressive overrides that are on for it, in alphabetical order. */
  readonly labels?: readonly string[];
  /** Told the plan before it runs. */
  readonly onPlan?: ((plan: QueryPlan) => void) | undefined;
  /** Told where subgraphs left out, or got wrong, what they promise. */
  readonly onFaults?: ((places: readonly Place[]) => void) | undefined;
}

/** What the client is answered. */
export interface ExecutionAnswer {
  /** Left out where nothing was executed. */
  data?: JsonObject | null;
  errors?: readonly GraphQLError[];
}

/** See {@link createExecution}. */
export interface Execution {
  execute(request: ExecutionRequest): Promise<ExecutionAnswer>;
  /** Plans an operation, so that it needs not be when it is executed. @throws LIMIT_EXCEEDED when it takes too long */
  prepare(document: DocumentNode, operation: OperationDefinitionNode, labels?: readonly string[]): Promise<void>;
}

/**
 * Executes operations over one supergraph: Apollo's planner says which subgraph is asked for what, and everything after it is done here.
 * An answer has all that was to be had, and an error for each place where that is not what was asked for.
 */
export function createExecution(parts: OperationParts): Execution {
  const operations = createOperations(parts);
  const types = Object.values(parts.supergraphSchema.getTypeMap());
  const interfaces = new Set(types.flatMap((type) => (isInterfaceType(type) ? type.name : [])));
  const execute: Execution['execute'] = async ({ document, operation, variables = {}, labels = [], ask, onPlan, onFaults }) => {
    const { coerced = {}, errors: wrong } = getVariableValues(parts.apiSchema, operation.variableDefinitions ?? [], variables);
    if (wrong) return { errors: wrong };
    const executable = operations(document, operation, labels);
    const { clientVariables, clientNames } = executable.canonical;
    const chosen = executable.choose(renamed(coerced, clientVariables));
    const planned = await chosen.planned;
    for (const { plan } of planned) onPlan?.(plan);
    const run: Omit<Run, 'askEntities'> = {
      ask,
      interfaces,
      variables: renamed(variables, clientVariables),
      data: {},
      errors: [],
    };
    // What an act has changed is asked for again after it.
    for (const { step } of planned) if (step) await runStep(step, { ...run, askEntities: createEntityRequests(ask) });
    const { data, faults } = chosen.shape.apply(run.data, executable.introspect(variables));
    const reported = run.errors.map((error) => ({ ...error, path: withinAnswer(underClientNames(error.path, clientNames), data) }));
    const told = patternsOf(reported);
    const unexplained = faults.filter((place) => !isExplained(place, told));
    if (unexplained.length > 0) onFaults?.(unexplained);
    const errors = [...reported, ...incompleteValues(unexplained.map((path) => ({ message: '', path })))];
    return errors.length === 0 ? { data } : { data, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)) };
  };
  const prepare: Execution['prepare'] = async (document, operation, labels = []) => {
    const executable = operations(document, operation, labels);
    for (const choice of executable.choices()) await executable.choose(choice).planned;
  };
  return { execute, prepare };
}

/** Variables under the names that the plan has for them. */
function renamed(variables: JsonObject, clientVariables: ReadonlyMap<string, string>): JsonObject {
  if (clientVariables.size === 0) return variables;
  const names = new Map([...clientVariables].map(([canonical, client]) => [client, canonical]));
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [names.get(name) ?? name, value]));
}

function underClientNames(path: SubgraphError['path'], clientNames: ReadonlyMap<string, string>): Place {
  return path.map((part) => (typeof part === 'string' ? (clientNames.get(part) ?? part) : part));
}

/** The path as far as the client asked: where a key or a required field could not be had, the object of which it is. */
function withinAnswer(path: Place, data: unknown): Place {
  let value = data;
  for (const [index, part] of path.entries()) {
    if (typeof value !== 'object' || value === null) return path;
    if (!Object.hasOwn(value, part)) return path.slice(0, index);
    value = (value as Record<string | number, unknown>)[part];
  }
  return path;
}

/** The places of errors, those in lists not told apart: an error of many places names the first. */
function patternsOf(errors: readonly SubgraphError[]): readonly Place[] {
  const patterns = errors.map(({ path }) => pattern(path));
  return [...new Map(patterns.map((each) => [JSON.stringify(each), each])).values()];
}

/**
 * Whether some subgraph's error says why this place is empty: it is about the place, about what that lies in, or about another field of the same
 * object, which may have taken the whole object with it.
 */
function isExplained(place: Place, told: readonly Place[]): boolean {
  const own = pattern(place);
  const object = own.slice(0, -1);
  return told.some((other) => beginsWith(own, other) || beginsWith(other, object.length > 0 ? object : own));
}

function beginsWith(path: Place, start: Place): boolean {
  return start.every((part, index) => part === path[index]);
}

import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, executeSync, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../json.ts';
import { type CanonicalOperation, canonicalOperation } from './canonical-names.ts';
import { plannedTexts } from './planned-texts.ts';
import type { Planner } from './planner.ts';
import { conditionVariables, introspectionPart, readSelections } from './selections.ts';
import { compileShape, type Shape } from './shape.ts';
import { compilePlan, type PlanParts, type Step } from './steps.ts';

/** Apollo's plan, and the same to be run; a plan without steps asks no subgraph. */
export interface Planned {
  readonly plan: QueryPlan;
  readonly step: Step | undefined;
}

/** How an operation is executed, worked out once. */
export interface ExecutableOperation {
  readonly canonical: CanonicalOperation;
  /** What the operation asks of the schema itself. */
  introspect(variables: JsonObject | undefined): JsonObject;
  /** The operation where these variables, coerced, decide what `@skip` and `@include` leave in. */
  choose(variables: JsonObject): ChosenOperation;
  /** Variables for all that they can decide, or as much of it as is kept. */
  choices(): JsonObject[];
}

/** See {@link ExecutableOperation.choose}. */
export interface ChosenOperation {
  /** To be run one after the other. */
  readonly planned: Promise<readonly Planned[]>;
  /** The shape of its answers. */
  readonly shape: Shape;
}

/** What operations are compiled against. */
export interface OperationParts {
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  /** The supergraph's, with types that they do not see. */
  readonly supergraphSchema: GraphQLSchema;
  /** Plans on what {@link separated} has made of the supergraph. */
  readonly planner: Pick<Planner, 'plan'>;
  readonly separated: PlanParts['separated'];
}

/** @param labels those of progressive overrides that are on for this request, in alphabetical order */
export type CompileOperation = (document: DocumentNode, operation: OperationDefinitionNode, labels: readonly string[]) => ExecutableOperation;

/** Plans kept: by the text that is planned, so that documents which differ in the client's names alone share one. */
const PLANS = 500;
/** Variables of an operation's conditions of which every combination is kept at once. */
const CONDITIONS = 6;

/** Compiles operations of one supergraph; one that is asked for again while its document is remembered, or still being planned, costs nothing. */
export function createOperations(parts: OperationParts): CompileOperation {
  const plans = new LRUCache<string, Promise<Planned>>({ max: PLANS });
  const compiled = new WeakMap<OperationDefinitionNode, Map<string, ExecutableOperation>>();
  const plan = (text: string, labels: readonly string[]): Promise<Planned> => {
    const key = JSON.stringify([labels, text]);
    const found = plans.get(key);
    if (found) return found;
    const made = parts.planner
      .plan(text, labels)
      .then((plan) => ({ plan, step: compilePlan(plan, { schema: parts.supergraphSchema, separated: parts.separated }) }));
    plans.set(key, made);
    // Another try may go better, when the thread was at something else.
    made.catch(() => plans.delete(key));
    return made;
  };
  return (document, operation, labels) => {
    const byLabels = compiled.get(operation) ?? new Map<string, ExecutableOperation>();
    compiled.set(operation, byLabels);
    const key = labels.join(' ');
    const found = byLabels.get(key);
    if (found) return found;
    const canonical = canonicalOperation(document, operation, parts.supergraphSchema);
    const executable = compileOperation(canonical, (text) => plan(text, labels), parts.apiSchema);
    byLabels.set(key, executable);
    return executable;
  };
}

function compileOperation(canonical: CanonicalOperation, plan: (text: string) => Promise<Planned>, apiSchema: GraphQLSchema): ExecutableOperation {
  const conditions = conditionVariables(canonical);
  const chosen = new Map<string, ChosenOperation>();
  const introspection = introspectionPart(canonical);
  const root = apiSchema.getRootType(canonical.operation.operation);
  if (!root) throw new Error(`the graph has no ${canonical.operation.operation}`);
  return {
    canonical,
    introspect: (variables) => {
      if (introspection === undefined) return {};
      const { data, errors } = executeSync({ schema: apiSchema, document: introspection, rootValue: {}, variableValues: variables });
      if (errors?.length) throw errors[0] as Error;
      return data as JsonObject;
    },
    choose: (variables) => {
      const key = conditions.map((name) => (variables[name] === true ? 't' : 'f')).join('');
      const found = chosen.get(key);
      if (found) return found;
      const made = {
        planned: Promise.all(plannedTexts(canonical, variables).map(plan)),
        shape: compileShape(apiSchema, readSelections(canonical, apiSchema, variables), root),
      };
      if (chosen.size >= 2 ** CONDITIONS) chosen.clear();
      chosen.set(key, made);
      made.planned.catch(() => chosen.delete(key));
      return made;
    },
    choices: () =>
      conditions.slice(0, CONDITIONS).reduce<JsonObject[]>(
        (choices, name) =>
          choices.flatMap((choice) => [
            { ...choice, [name]: true },
            { ...choice, [name]: false },
          ]),
        [{}],
      ),
  };
}

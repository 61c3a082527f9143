import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { createInterfaceObjectRewrite } from './interface-objects.ts';

/**
 * Plans one operation, given as text with the fragments that it uses; valid. `labels`: those of progressive overrides that are on.
 * @throws what Apollo's planner throws
 */
export type PlanOperation = (document: string, labels: readonly string[]) => QueryPlan;

// What every subgraph can answer can be had in many ways that cost the same. The planner would compare up to 10,000 plans of an operation;
// of these sixteen are as good (test/federation/ asserts the plans).
const COMPARED = 16;

/** Apollo's planner over a supergraph; it works in the thread that calls it. @throws when the text is no supergraph */
export function createPlanning(sdl: string): PlanOperation {
  const supergraph = Supergraph.build(sdl, { supportedFeatures: null, validateSupergraph: false });
  const apiSchema = supergraph.apiSchema();
  const rewrite = createInterfaceObjectRewrite(sdl);
  const comparing = (maxEvaluatedPlans: number) => new QueryPlanner(supergraph, { debug: { maxEvaluatedPlans } });
  const planner = comparing(COMPARED);
  let first: QueryPlanner | undefined;
  return (document, labels) => {
    const operation = operationFromDocument(apiSchema, rewrite(parse(document, { noLocation: true })), { validate: false });
    const options = { overrideConditions: new Map(labels.map((label) => [label, true])) };
    try {
      return planner.buildQueryPlan(operation, options);
    } catch {
      // One of the plans to be compared may be none: of interface objects, some have fetches before and after one another.
      first ??= comparing(1);
      return first.buildQueryPlan(operation, options);
    }
  };
}

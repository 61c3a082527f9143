/** Apollo's query planner in a thread of its own, see planner.ts: planning takes from one to hundreds of milliseconds, in which nobody else would be answered. */
import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';

/** What the thread is asked. */
export interface PlanRequest {
  readonly id: number;
  /** One operation, with the fragments that it uses; valid. */
  readonly document: string;
  /** The labels of progressive overrides that are on. */
  readonly labels: readonly string[];
}

/** What it answers; without an id: that it can be asked, or cannot be. */
export type PlanAnswer = { readonly id?: number } & ({ readonly plan?: QueryPlan } | { readonly error: string });

const port = parentPort;
if (port === null) throw new Error('expected to run in a thread of the gateway');

// What every subgraph can answer can be had in many ways that cost the same. The planner would compare up to 10,000 plans of an operation;
// of these a hundred are as good (test/federation/ asserts the plans).
const CONFIG = { debug: { maxEvaluatedPlans: 100 } };

const answer = (message: PlanAnswer) => port.postMessage(message);
try {
  const supergraph = Supergraph.build(workerData as string, { supportedFeatures: null, validateSupergraph: false });
  const planner = new QueryPlanner(supergraph, CONFIG);
  const apiSchema = supergraph.apiSchema();
  port.on('message', ({ id, document, labels }: PlanRequest) => {
    try {
      const operation = operationFromDocument(apiSchema, parse(document, { noLocation: true }), { validate: false });
      answer({ id, plan: planner.buildQueryPlan(operation, { overrideConditions: new Map(labels.map((label) => [label, true])) }) });
    } catch (error) {
      answer({ id, error: (error as Error).message });
    }
  });
  answer({});
} catch (error) {
  answer({ error: (error as Error).message });
}

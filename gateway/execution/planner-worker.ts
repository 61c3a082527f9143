/** Apollo's query planner in a thread of its own, see planner.ts: planning takes from one to hundreds of milliseconds, in which nobody else would be answered. */
import { parentPort, workerData } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { createPlanning } from './planning.ts';

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

const answer = (message: PlanAnswer) => port.postMessage(message);
try {
  const plan = createPlanning(workerData as string);
  port.on('message', ({ id, document, labels }: PlanRequest) => {
    try {
      answer({ id, plan: plan(document, labels) });
    } catch (error) {
      answer({ id, error: (error as Error).message });
    }
  });
  answer({});
} catch (error) {
  answer({ error: (error as Error).message });
}

import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { clientError } from '#schema/errors.ts';
import type { PlanAnswer, PlanRequest } from './planner-worker.ts';

/** Plans operations over one supergraph. */
export interface Planner {
  /**
   * @param document one operation with the fragments that it uses, as text; valid
   * @param labels those of progressive overrides that are on
   * @throws LIMIT_EXCEEDED when it takes too long
   */
  plan(document: string, labels?: readonly string[]): Promise<QueryPlan>;
  close(): Promise<void>;
}

/** What a planner may be told besides its supergraph. */
export interface PlannerOptions {
  /** How long one operation may take, without its waiting; in milliseconds. */
  readonly timeoutMs?: number;
}

/** An operation that is waited for. */
interface Job {
  readonly request: PlanRequest;
  readonly resolve: (plan: QueryPlan) => void;
  readonly reject: (error: Error) => void;
}

const TIMEOUT_MS = 1_000;
/** What an operation's plan may need besides the supergraph; more is no operation that anybody wrote. */
const MEMORY_MIB = 1_024;

/**
 * Starts the thread; one operation is planned at a time, in the order in which they come. One that takes too long ends the thread, and a new one
 * goes on with the next.
 * @param sdl the supergraph without rules of access
 * @throws when it is none
 */
export async function startPlanner(sdl: string, { timeoutMs = TIMEOUT_MS }: PlannerOptions = {}): Promise<Planner> {
  const waiting: Job[] = [];
  let busy: { job: Job; timer: NodeJS.Timeout } | undefined;
  let worker: Worker | undefined = await startWorker(sdl);
  let closed = false;
  let next = 0;

  const finish = (settle: (job: Job) => void) => {
    if (busy === undefined) return;
    const { job, timer } = busy;
    clearTimeout(timer);
    busy = undefined;
    settle(job);
  };
  const listen = (started: Worker) => {
    started.on('message', (answer: PlanAnswer) => {
      if (started !== worker) return;
      finish(({ resolve, reject }) => ('plan' in answer && answer.plan ? resolve(answer.plan) : reject(refusal('error' in answer ? answer.error : 'no plan'))));
      begin();
    });
    started.on('error', (error) => {
      if (started === worker) replace(() => error);
    });
  };
  /** Ends the thread, with what it was at, and starts another. */
  const replace = (reason: () => Error) => {
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
    finish(({ reject }) => reject(reason()));
    if (closed) return;
    startWorker(sdl).then(
      (started) => {
        if (closed) return void started.terminate();
        worker = started;
        listen(started);
        begin();
      },
      (error: Error) => {
        for (const { reject } of waiting.splice(0)) reject(error);
      },
    );
  };
  const begin = () => {
    if (worker === undefined || busy !== undefined) return;
    const job = waiting.shift();
    if (job === undefined) return;
    busy = { job, timer: setTimeout(() => replace(() => tooMuch(timeoutMs)), timeoutMs) };
    worker.postMessage(job.request);
  };
  listen(worker);

  return {
    plan: (document, labels = []) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the planner is closed'));
        waiting.push({ request: { id: next++, document, labels }, resolve, reject });
        begin();
      }),
    close: async () => {
      closed = true;
      const ended = worker;
      worker = undefined;
      const closing = () => new Error('the planner is closed');
      finish(({ reject }) => reject(closing()));
      for (const { reject } of waiting.splice(0)) reject(closing());
      await ended?.terminate();
    },
  };
}

async function startWorker(sdl: string): Promise<Worker> {
  const worker = new Worker(new URL('./planner-worker.ts', import.meta.url), {
    workerData: sdl,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (answer: PlanAnswer) => ('error' in answer ? reject(new Error(answer.error)) : resolve()));
    worker.once('error', reject);
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  worker.removeAllListeners('error');
  // It keeps no process alive that has nothing else to do.
  worker.unref();
  return worker;
}

function tooMuch(milliseconds: number): Error {
  return limitExceeded(`trong ${milliseconds} ms`, `within ${milliseconds} ms`);
}

/** Apollo's planner has bounds of its own on how many ways an operation may be had; all other errors are faults of the graph. */
function refusal(message: string): Error {
  const bound = /exceeds limit of (\d+)/.exec(message)?.[1];
  return bound === undefined ? new Error(message) : limitExceeded(`trong giới hạn ${bound} lựa chọn`, `within ${bound} selections of the planner`);
}

function limitExceeded(vietnamese: string, english: string): Error {
  return clientError(
    'LIMIT_EXCEEDED',
    `Yêu cầu quá phức tạp, không lập được kế hoạch ${vietnamese}. · Expected an operation that can be planned ${english}; this one cannot. Select less of it at a time.`,
  );
}

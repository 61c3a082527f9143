import type { RetryBudget } from './retry-budget.ts';

/** How a request is sent again. */
export interface AttemptOptions {
  /** Ends all attempts. */
  readonly signal: AbortSignal;
  /** Whether it may be sent again at all. */
  readonly idempotent: boolean;
  readonly budget: RetryBudget;
  /** Whether what an attempt failed with may be different at once. */
  readonly passing: (error: unknown) => boolean;
  /** After so many milliseconds without an answer it is sent a second time, and whichever answers first counts; 0: never. */
  readonly hedgeAfterMs: number;
}

/**
 * Sends a request, and at most once more: when the first attempt failed in passing, or (a hedge) takes long. Both come out of the budget.
 * @throws what the last attempt failed with.
 */
export async function sendPatiently<T>(send: (signal: AbortSignal) => Promise<T>, options: AttemptOptions): Promise<T> {
  const { signal, idempotent, budget, passing, hedgeAfterMs } = options;
  budget.earn();
  if (idempotent && hedgeAfterMs > 0) return hedged(send, options);
  try {
    return await send(signal);
  } catch (error) {
    if (!idempotent || signal.aborted || !passing(error) || !budget.spend()) throw error;
    return send(signal);
  }
}

function hedged<T>(send: (signal: AbortSignal) => Promise<T>, { signal, budget, passing, hedgeAfterMs }: AttemptOptions): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const won = new AbortController();
  const either = AbortSignal.any([signal, won.signal]);
  let underWay = 0;
  let second = false;
  const attempt = () => {
    underWay += 1;
    send(either).then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
        won.abort(new DOMException('another attempt was faster', 'AbortError'));
      },
      (error: unknown) => {
        underWay -= 1;
        clearTimeout(timer);
        if (!signal.aborted && passing(error) && again()) return;
        if (underWay === 0) reject(error);
      },
    );
  };
  const again = () => {
    if (second || !budget.spend()) return false;
    second = true;
    attempt();
    return true;
  };
  const timer = setTimeout(again, hedgeAfterMs);
  attempt();
  return promise;
}

import type { Call } from './call.ts';

/** How long a request to a subgraph is still waited for. */
export interface Patience extends Disposable {
  /** Aborted when the time is up, with a TimeoutError, or when the client has gone away, with an AbortError. */
  readonly signal: AbortSignal;
  /** Milliseconds until the time is up; 0 when it is. */
  remaining(): number;
  /** To be called when the request is sent: from now on, whether the client stays makes a difference to a query only. */
  sent(): void;
}

/**
 * Waits for `timeoutMs`, and no longer than the operation may take. One timer for all that is done for the request: waiting for its turn, being
 * sent, being sent again, the last byte of the answer. Not AbortSignal.any with AbortSignal.timeout, whose timers live on after a request
 * that took a hundredth of the time.
 */
export function startPatience(call: Pick<Call, 'signal' | 'deadline' | 'idempotent'>, timeoutMs: number): Patience {
  const controller = new AbortController();
  const end = Math.min(performance.now() + timeoutMs, call.deadline);
  const remaining = () => Math.max(0, end - performance.now());
  const giveUp = () => controller.abort(new DOMException('the time is up', 'TimeoutError'));
  const leave = () => controller.abort(new DOMException('the client went away', 'AbortError'));
  const timer = remaining() === 0 ? undefined : setTimeout(giveUp, remaining());
  if (timer === undefined) giveUp();
  if (call.signal.aborted) leave();
  else call.signal.addEventListener('abort', leave, { once: true });
  const stay = () => call.signal.removeEventListener('abort', leave);
  return {
    signal: controller.signal,
    remaining,
    sent: () => {
      if (!call.idempotent) stay();
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      stay();
    },
  };
}

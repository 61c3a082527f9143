import { clientError } from '#schema/errors.ts';
import type { GatewayContext, OperationRecord } from './context.ts';
import { createAdmission } from './traffic/admission.ts';
import { createConcurrencyLimit, type Stay } from './traffic/concurrency-limit.ts';
import { priorityOf } from './traffic/priority.ts';

/** Refuses operations when there are more than can be answered in good time. */
export interface Shedding {
  /**
   * Lets an operation in, and notes in its context how urgent it is. Whoever was let in must be {@link ended}; who was not, may be.
   * @throws GraphQLError OVERLOADED
   */
  admit(context: GatewayContext, query: string, operationName: string | undefined): Promise<void>;
  /** The operation has ended, or takes up nothing any more; may be said twice. */
  ended(context: GatewayContext): void;
}

/** Milliseconds, for nobody. */
const GONE = 1;

/** Sheds what goes beyond what a limit that adapts itself lets in; with `enabled: false` nothing, and acts still go first at the subgraphs. */
export function createShedding(enabled: boolean): Shedding {
  const limit = createConcurrencyLimit();
  const door = createAdmission(limit);
  const inside = new WeakMap<OperationRecord, Stay>();
  return {
    admit: async (context, query, operationName) => {
      context.bounds.priority = priorityOf(context.caller, query, operationName);
      if (!enabled) return;
      // Whoever has gone meanwhile reads no answer: any refusal is right.
      const entered = await door.enter(context.bounds.priority, context.bounds.signal).catch(() => GONE);
      if (typeof entered === 'number') throw overloaded(entered);
      inside.set(context.operation, entered);
    },
    ended: (context) => {
      const stay = inside.get(context.operation);
      if (stay === undefined) return;
      inside.delete(context.operation);
      limit.end(stay, isUsual(context) ? context.operation.hash : null);
      door.left();
    },
  };
}

/** How long refusing takes, how long somebody waited for a service that hangs, or until the client had enough, is not how long answers take. */
function isUsual({ bounds, operation }: GatewayContext): boolean {
  return !bounds.signal.aborted && operation.fetches.length > 0 && operation.fetches.every(({ outcome }) => outcome === 'ok' || outcome === 'errors');
}

function overloaded(retryAfterMs: number): Error {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const message = `Hệ thống đang quá tải; hãy thử lại sau ${seconds} giây. · There is more to do than can be done just now; try again in ${seconds} s.`;
  return clientError('OVERLOADED', message, { retryAfterMs, http: { status: 503, headers: new Map([['retry-after', String(seconds)]]) } });
}

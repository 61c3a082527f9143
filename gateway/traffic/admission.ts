import { PRIORITIES, type Priority } from './call.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

/** Lets operations in as far as they can be answered in good time, the urgent ones before others. */
export interface Admission {
  /**
   * Takes an operation in, at once or after a short wait; whoever was let in must {@link ConcurrencyLimit.end} it.
   * @returns 0; or in how many milliseconds the client may try again
   * @throws the signal's reason, when it is aborted before
   */
  enter(priority: Priority, signal: AbortSignal): Promise<number>;
  /** To be called when an operation has ended: whoever waits gets its turn. */
  left(): void;
}

/** What admission is made of. */
export interface AdmissionOptions {
  /** Milliseconds, for tests. */
  readonly now?: () => number;
  /** From 0 to 1, for tests. */
  readonly random?: () => number;
}

/** Which part of the limit each may fill: what is left is kept for the more urgent. Acts are few, and go beyond it. */
const SHARES: Readonly<Record<Priority, number>> = { act: 2, interactive: 1, dashboard: 0.9 };
/** When who is refused may come again, in milliseconds, give or take the half of it: all at once would be the next overload. */
const RETRY_AFTER_MS: Readonly<Record<Priority, number>> = { act: 500, interactive: 1_000, dashboard: 2_000 };
/**
 * How long may be waited, in milliseconds. A burst (a page that asks for all its figures as it opens) is absorbed; when somebody has been waiting for
 * longer than that without a break, it is no burst, and whoever waits long has everybody wait as long (the idea of CoDel, RFC 8289).
 */
const BURST_WAIT_MS = 200;
const STANDING_WAIT_MS = 10;
/** Acts come first: they wait for what is under way, not for others who wait. */
const ACT_WAIT_MS = 1_000;

/** So many may wait whatever the limit is: how long they do is bounded, and a page may ask for more at once than a limit at its rest. */
const MOST_WAITING = 128;

interface Waiter {
  readonly admit: () => void;
}

/** The door of the gateway, below a limit that adapts itself. */
export function createAdmission(limit: ConcurrencyLimit, { now = () => performance.now(), random = Math.random }: AdmissionOptions = {}): Admission {
  const queues = new Map<Priority, Set<Waiter>>(PRIORITIES.map((priority) => [priority, new Set()]));
  let waiting = 0;
  /** Since when somebody waits, without a break. */
  let waitingSince: number | undefined;

  const fits = (priority: Priority) => limit.active < limit.limit * SHARES[priority];
  const retryAfter = (priority: Priority) => Math.ceil(RETRY_AFTER_MS[priority] * (0.5 + random()));
  const admitWaiting = () => {
    for (const priority of PRIORITIES) {
      for (const waiter of queues.get(priority) ?? []) {
        if (!fits(priority)) return;
        waiter.admit();
      }
    }
  };

  return {
    enter: async (priority, signal) => {
      signal.throwIfAborted();
      if (fits(priority)) {
        limit.begin();
        return 0;
      }
      const queue = queues.get(priority) as Set<Waiter>;
      if (queue.size >= Math.max(MOST_WAITING, limit.limit)) return retryAfter(priority);
      const standing = waitingSince !== undefined && now() - waitingSince > BURST_WAIT_MS;
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const settle = () => {
        queue.delete(waiter);
        waiting -= 1;
        if (waiting === 0) waitingSince = undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        admit: () => {
          settle();
          limit.begin();
          resolve(0);
        },
      };
      const giveUp = () => {
        settle();
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          settle();
          resolve(retryAfter(priority));
        },
        priority === 'act' ? ACT_WAIT_MS : standing ? STANDING_WAIT_MS : BURST_WAIT_MS,
      );
      queue.add(waiter);
      waiting += 1;
      waitingSince ??= now();
      signal.addEventListener('abort', giveUp, { once: true });
      return promise;
    },
    left: admitWaiting,
  };
}

import { PRIORITIES, type Priority } from './call.ts';
import type { ConcurrencyLimit, Stay } from './concurrency-limit.ts';

/** Lets operations in as far as they can be answered in good time, the urgent ones before others. */
export interface Admission {
  /**
   * Takes an operation in, at once or after a short wait; whoever was let in must {@link ConcurrencyLimit.end} it.
   * @returns its stay; or in how many milliseconds the client may try again
   * @throws the signal's reason, when it is aborted before
   */
  enter(priority: Priority, signal: AbortSignal): Promise<Stay | number>;
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
const BURST_WAIT_MS = 100;
const STANDING_WAIT_MS = 10;
/** Acts come first: they wait for what is under way, not for others who wait. */
const ACT_WAIT_MS = 1_000;

/** So many may wait whatever the limit is: how long they do is bounded, and a page may ask for more at once than a limit at its rest. */
const MOST_WAITING = 128;

/** A pace that timers cannot keep is none; milliseconds. */
const LEAST_PACE_MS = 1;
/** Who could have begun may be made up for by so much, because timers are late; milliseconds. */
const LATE_MS = 2;

interface Waiter {
  readonly admit: () => void;
}

/**
 * The door of the gateway, below a limit that adapts itself. Where more than half of the limit is under way, whoever comes is let in at a pace (as BBR has it for
 * TCP): a service that is given much at once answers all of it at once, is given as much again, and whoever then waits for a turn waits for a whole one.
 */
export function createAdmission(limit: ConcurrencyLimit, { now = () => performance.now(), random = Math.random }: AdmissionOptions = {}): Admission {
  const queues = new Map<Priority, Set<Waiter>>(PRIORITIES.map((priority) => [priority, new Set()]));
  let waiting = 0;
  /** Since when somebody waits, without a break. */
  let waitingSince: number | undefined;

  /** When the next may begin that has to keep the pace. */
  let nextAt = 0;
  let pacing: NodeJS.Timeout | undefined;

  const fits = (priority: Priority) => limit.active < limit.limit * SHARES[priority];
  const isPaced = (priority: Priority) => priority !== 'act' && limit.active * 2 > limit.limit && limit.pace >= LEAST_PACE_MS;
  /** In how many milliseconds the pace lets the next begin. */
  const ahead = (priority: Priority) => (isPaced(priority) ? nextAt - now() : 0);
  const begin = (priority: Priority) => {
    if (isPaced(priority)) nextAt = Math.max(nextAt, now() - LATE_MS) + limit.pace;
    return limit.begin();
  };
  const retryAfter = (priority: Priority) => Math.ceil(RETRY_AFTER_MS[priority] * (0.5 + random()));
  const admitIn = (milliseconds: number) => {
    if (pacing !== undefined) return;
    pacing = setTimeout(() => {
      pacing = undefined;
      admitWaiting();
    }, milliseconds);
  };
  const admitWaiting = () => {
    for (const priority of PRIORITIES) {
      for (const waiter of queues.get(priority) ?? []) {
        if (!fits(priority)) return;
        const wait = ahead(priority);
        if (wait > 0) return admitIn(wait);
        waiter.admit();
      }
    }
  };

  return {
    enter: async (priority, signal) => {
      signal.throwIfAborted();
      if (fits(priority) && ahead(priority) <= 0) return begin(priority);
      const queue = queues.get(priority) as Set<Waiter>;
      if (queue.size >= Math.max(MOST_WAITING, limit.limit)) return retryAfter(priority);
      const standing = waitingSince !== undefined && now() - waitingSince > BURST_WAIT_MS;
      const { promise, resolve, reject } = Promise.withResolvers<Stay | number>();
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
          resolve(begin(priority));
        },
      };
      const giveUp = () => {
        settle();
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          settle();
          // The pace spreads a burst, and is no reason to refuse any of it.
          resolve(!standing && fits(priority) ? begin(priority) : retryAfter(priority));
        },
        priority === 'act' ? ACT_WAIT_MS : standing ? STANDING_WAIT_MS : BURST_WAIT_MS,
      );
      queue.add(waiter);
      waiting += 1;
      waitingSince ??= now();
      if (fits(priority)) admitIn(ahead(priority));
      signal.addEventListener('abort', giveUp, { once: true });
      return promise;
    },
    left: admitWaiting,
  };
}

import { PRIORITIES, type Priority } from './call.ts';

/** Keeps the requests to one subgraph from taking up what all have in common. */
export interface Bulkhead {
  /**
   * Waits for a place; whoever got one must {@link leave}. The most urgent come first, and where no more may wait, the least urgent is refused.
   * @throws BulkheadFull; or the signal's reason, when it is aborted before.
   */
  enter(priority: Priority, signal: AbortSignal): Promise<void>;
  leave(): void;
}

/** There is no place, not even to wait. */
export class BulkheadFull extends Error {}

/** What a bulkhead is made of: how many may be inside at a time, and how many may wait. */
export interface BulkheadOptions {
  readonly places: number;
  readonly waiting: number;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Not cockatiel's: its queue knows no priority, and whoever gave up keeps a place in it. */
export function createBulkhead({ places, waiting }: BulkheadOptions): Bulkhead {
  const queues = new Map<Priority, Set<Waiter>>(PRIORITIES.map((priority) => [priority, new Set()]));
  let inside = 0;
  let outside = 0;

  /** Takes the last of the least urgent away who is less urgent than `priority`. */
  const displace = (priority: Priority): boolean => {
    for (const other of PRIORITIES.slice(PRIORITIES.indexOf(priority) + 1).reverse()) {
      const last = [...(queues.get(other) ?? [])].at(-1);
      if (last === undefined) continue;
      last.refuse(full());
      return true;
    }
    return false;
  };
  const full = () => new BulkheadFull(`${inside} requests are under way and ${waiting} wait`);

  return {
    enter: async (priority, signal) => {
      signal.throwIfAborted();
      if (inside < places) {
        inside += 1;
        return;
      }
      if (outside >= waiting && !displace(priority)) throw full();
      const queue = queues.get(priority) as Set<Waiter>;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = () => waiter.refuse(signal.reason);
      const forget = () => {
        queue.delete(waiter);
        outside -= 1;
        signal.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        admit: () => {
          forget();
          resolve();
        },
        refuse: (reason) => {
          forget();
          reject(reason);
        },
      };
      queue.add(waiter);
      outside += 1;
      signal.addEventListener('abort', giveUp, { once: true });
      await promise;
    },
    leave: () => {
      for (const queue of queues.values()) {
        const [next] = queue;
        if (next === undefined) continue;
        // The place goes from one to the other.
        next.admit();
        return;
      }
      inside -= 1;
    },
  };
}

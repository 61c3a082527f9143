import { createBaselines } from './baselines.ts';

/** How many operations may be under way at a time; it finds the number itself. */
export interface ConcurrencyLimit {
  readonly limit: number;
  /** Operations under way. */
  readonly active: number;
  begin(): void;
  /** @param outcome what it was and how long it took, in milliseconds; null where that says nothing: it failed, or its client went away */
  end(outcome: { readonly operation: string; readonly milliseconds: number } | null): void;
}

/** What a limit is made of. */
export interface ConcurrencyLimitOptions {
  readonly least?: number;
  /** What it is at first, and again when nobody has been near it for a while. */
  readonly rest?: number;
  readonly most?: number;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** Slower than usual by so much is what answers may be without a queue being the reason. */
const TOLERANCE = 1.3;
/** The limit is set anew at most this often, in milliseconds, and for so many answers at least. */
const WINDOW_MS = 100;
const WINDOW_ANSWERS = 10;
/** How much of the way up the limit goes at once. */
const SMOOTHING = 0.3;
/** The share of the way to its rest that a limit goes in a second that nothing was near it. */
const RECOVERY = 0.1;

/**
 * A limit by the gradient of latency (the idea of Netflix's concurrency-limits): while answers take as long as usual, a little more is tried; when they
 * take longer, something queues, and the limit goes down to what is truly being served. By Little's law that is how many are answered in a while, times how long
 * they take without a queue. What is usual is known for each operation ({@link createBaselines}); of a window the median counts, which a few that wait for a
 * subgraph that hangs do not move.
 *
 * A limit that nobody is near says nothing any more about what can be done, and goes back to its rest, from above as well (as RFC 7661 has it for TCP): an
 * overload would be let in up to it, and be a queue before the first answer shows that it is one.
 */
export function createConcurrencyLimit({ least = 16, rest = 48, most = 1_000, now = () => performance.now() }: ConcurrencyLimitOptions = {}): ConcurrencyLimit {
  const baselines = createBaselines(now);
  let limit = rest;
  let active = 0;
  let busiest = 0;
  let samples: number[] = [];
  /** How long what was answered would have taken without a queue; milliseconds in all. */
  let served = 0;
  let since = now();

  const adjust = (moment: number) => {
    const elapsed = moment - since;
    const near = busiest * 2 >= limit;
    if (median(samples) > TOLERANCE) {
      const down = Math.max(limit / 2, Math.min(limit, (served / elapsed) * TOLERANCE));
      limit += (near ? 1 : SMOOTHING) * (down - limit);
    } else if (near) {
      limit += (SMOOTHING * Math.sqrt(limit)) / 2;
    } else {
      limit += (rest - limit) * Math.min(1, RECOVERY * (elapsed / 1000));
    }
    limit = Math.max(least, Math.min(most, limit));
    samples = [];
    served = 0;
    busiest = active;
    since = moment;
  };

  return {
    get limit() {
      return Math.floor(limit);
    },
    get active() {
      return active;
    },
    begin: () => {
      active += 1;
      busiest = Math.max(busiest, active);
    },
    end: (outcome) => {
      active -= 1;
      if (outcome === null) return;
      const crowded = active * 2 >= limit && limit > least;
      const usual = baselines.usual(outcome.operation, outcome.milliseconds, !crowded);
      samples.push(outcome.milliseconds / usual);
      served += Math.min(outcome.milliseconds, usual);
      const moment = now();
      if (samples.length >= WINDOW_ANSWERS && moment - since >= WINDOW_MS) adjust(moment);
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 1;
}

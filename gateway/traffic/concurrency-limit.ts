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
  readonly first?: number;
  readonly most?: number;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** Slower than usual by so much is what answers may be without a queue being the reason. */
const TOLERANCE = 1.3;
/** The limit is set anew at most this often, in milliseconds, and for so many answers at least. */
const WINDOW_MS = 100;
const WINDOW_ANSWERS = 10;
/** How much of the way the limit goes at once. */
const SMOOTHING = 0.3;
/** The share of the way back that a limit goes in a second that nothing was near it. */
const RECOVERY = 0.1;

/**
 * A limit by the gradient of latency (Netflix's concurrency-limits, "Gradient2"): while answers take as long as usual, a little more is tried; when
 * they take longer, something queues, and the limit goes down until it does not. What is usual is known for each operation ({@link createBaselines});
 * of a window the median counts, which a few that wait for a subgraph that hangs do not move.
 */
export function createConcurrencyLimit({
  least = 16,
  first = 128,
  most = 1_000,
  now = () => performance.now(),
}: ConcurrencyLimitOptions = {}): ConcurrencyLimit {
  const baselines = createBaselines(now);
  let limit = first;
  let active = 0;
  let busiest = 0;
  let samples: number[] = [];
  let since = now();

  const adjust = (moment: number) => {
    const slowness = median(samples);
    const gradient = Math.max(0.5, Math.min(1, TOLERANCE / slowness));
    const near = busiest * 2 >= limit;
    if (near || gradient < 1) {
      const target = limit * gradient + (near ? Math.sqrt(limit) / 2 : 0);
      limit += SMOOTHING * (target - limit);
    } else if (limit < first) {
      limit += (first - limit) * Math.min(1, RECOVERY * ((moment - since) / 1000));
    }
    limit = Math.max(least, Math.min(most, limit));
    samples = [];
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
      samples.push(baselines.slowness(outcome.operation, outcome.milliseconds, !crowded));
      const moment = now();
      if (samples.length >= WINDOW_ANSWERS && moment - since >= WINDOW_MS) adjust(moment);
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 1;
}

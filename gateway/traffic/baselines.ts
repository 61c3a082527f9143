/** How long operations take when nothing else is in their way. */
export interface Baselines {
  /** How long an operation takes usually, in milliseconds; undefined where that is not known yet. */
  usual(operation: string): number | undefined;
  /** Learns from an operation that nothing was in the way of. */
  learn(operation: string, milliseconds: number): void;
  /** From now on what was learnt before weighs little: what comes next shows how things are. */
  relearn(): void;
}

/** Operations that are remembered; those not learnt of for longest are forgotten. */
const REMEMBERED = 500;
/** After so many answers it is known how long they take. */
const KNOWN = 10;
/** How far the usual goes towards an answer's time: at most this share of the way, and at most {@link GAIN_PER_SECOND} in a second however many answers there are. */
const GAIN = 0.1;
const GAIN_PER_SECOND = 0.2;
/** What was learnt weighs as much as so many answers at most; after {@link Baselines.relearn}, so few. */
const MOST_WEIGHT = 50;
const RELEARNT = 4;

/**
 * The usual of each operation by itself, because a limit that took a heavy operation for a slow gateway would refuse the light ones. It is a moving mean, the
 * measure that {@link createConcurrencyLimit} holds against it: were it what the fastest take, the usual ups and downs of answers would look like a queue.
 */
export function createBaselines(now: () => number = () => performance.now()): Baselines {
  const known = new Map<string, { readonly mean: number; readonly answers: number; readonly at: number }>();
  return {
    usual: (operation) => {
      const found = known.get(operation);
      return found && found.answers >= KNOWN ? found.mean : undefined;
    },
    learn: (operation, milliseconds) => {
      const at = now();
      const before = known.get(operation) ?? { mean: milliseconds, answers: 0, at };
      // The first answers count as much each, so that a slow first one is soon outweighed.
      const gain = Math.max(1 / (before.answers + 1), Math.min(GAIN, (GAIN_PER_SECOND * (at - before.at)) / 1000));
      known.delete(operation);
      known.set(operation, { mean: before.mean + gain * (milliseconds - before.mean), answers: Math.min(before.answers + 1, MOST_WEIGHT), at });
      const [oldest] = known.keys();
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    },
    relearn: () => {
      for (const [operation, usual] of known) known.set(operation, { ...usual, answers: Math.min(usual.answers, RELEARNT) });
    },
  };
}

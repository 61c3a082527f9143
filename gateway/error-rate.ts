/** How many of the latest answers were failures of the graph, and whether that got worse with a change. */
export interface ErrorRate {
  /** An answer that left. */
  record(failed: boolean): void;
  /** Begins to compare with what was until now. */
  beginTrial(): void;
  /** From now on, what has been since {@link beginTrial} is what is usual. */
  endTrial(): void;
  /** Whether it has become so much worse since {@link beginTrial} that the change was none for the better. */
  worse(): boolean;
}

/** The answers that count as the latest: older ones count less and less. */
const REMEMBERED = 500;
/** Fewer answers say nothing. */
const LEAST = 20;
/** By so much of all answers it may get worse without anybody's doing. */
const TOLERANCE = 0.1;

/** Of one gateway. */
export function createErrorRate(): ErrorRate {
  let usual = 0;
  let trial: { answers: number; failures: number } | undefined;
  return {
    record: (failed) => {
      if (trial) {
        trial.answers += 1;
        trial.failures += failed ? 1 : 0;
      } else usual += ((failed ? 1 : 0) - usual) / REMEMBERED;
    },
    beginTrial: () => {
      trial = { answers: 0, failures: 0 };
    },
    endTrial: () => {
      if (trial && trial.answers >= LEAST) usual = trial.failures / trial.answers;
      trial = undefined;
    },
    worse: () => trial !== undefined && trial.answers >= LEAST && trial.failures / trial.answers > usual + TOLERANCE,
  };
}

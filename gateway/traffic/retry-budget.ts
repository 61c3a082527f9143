/** How much may be sent again. Attempts above one for each request come out of it: retries and hedges alike. */
export interface RetryBudget {
  /** A request was sent for the first time. */
  earn(): void;
  /** Whether there is something left to send one again; takes it. */
  spend(): boolean;
}

/** What a budget is made of. */
export interface RetryBudgetOptions {
  /** How much of a retry each request earns. */
  readonly share?: number;
  /** Retries that are earned each second without any request: a service that is asked seldom is asked again too. */
  readonly perSecond?: number;
  /** The most that is kept, and what there is at first. */
  readonly most?: number;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/**
 * A bucket of tokens (Finagle's retry budget): a service that is in trouble gets a tenth more than it is asked for, and not twice as much, which is
 * what keeps services in trouble.
 */
export function createRetryBudget({ share = 0.1, perSecond = 1, most = 10, now = () => performance.now() }: RetryBudgetOptions = {}): RetryBudget {
  let tokens = most;
  let at = now();
  const add = (amount: number) => {
    tokens = Math.min(most, tokens + amount);
  };
  return {
    earn: () => add(share),
    spend: () => {
      const moment = now();
      add(((moment - at) / 1000) * perSecond);
      at = moment;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

import type { Breaker } from './breaker.ts';

/** One of the servers that answer for a subgraph, as far as choosing one goes. */
export interface Candidate {
  readonly breaker: Breaker;
  /** Requests under way. */
  readonly active: number;
}

/** What a choice goes by. */
export interface Choice {
  /** Counts up: where several are as good, they get their turn. */
  readonly turn: number;
  /** Those that were asked for the same request already. */
  readonly tried: ReadonlySet<unknown>;
  /** Whether a request may be used to try a server that answers again. */
  readonly idempotent: boolean;
}

/**
 * The replica to ask: rather one that was not asked yet; of these one that answers again, which a query tries and an act avoids; else the one with the
 * fewest requests under way. Undefined when none may be asked.
 */
export function chooseReplica<R extends Candidate>(replicas: readonly R[], { turn, tried, idempotent }: Choice): R | undefined {
  const usable: readonly Breaker['state'][] = idempotent ? ['half-open', 'closed'] : ['closed', 'half-open'];
  let best: R | undefined;
  let bestRank: readonly number[] = [];
  replicas.forEach((_, offset) => {
    const replica = replicas[(turn + offset) % replicas.length] as R;
    const state = usable.indexOf(replica.breaker.state);
    if (state < 0) return;
    const rank = [tried.has(replica) ? 1 : 0, state, replica.active];
    if (best === undefined || isLess(rank, bestRank)) [best, bestRank] = [replica, rank];
  });
  return best;
}

function isLess(left: readonly number[], right: readonly number[]): boolean {
  const place = left.findIndex((value, index) => value !== right[index]);
  return place >= 0 && (left[place] ?? 0) < (right[place] ?? 0);
}

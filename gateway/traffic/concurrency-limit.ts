import { createBaselines } from './baselines.ts';

/** How many operations may be under way at a time; it finds the number itself. */
export interface ConcurrencyLimit {
  readonly limit: number;
  /** Operations under way. */
  readonly active: number;
  /** So far apart operations should begin where many are under way, in milliseconds; 0 while that is not known. */
  readonly pace: number;
  begin(): Stay;
  /** @param operation which it was; null where how long it took says nothing: it failed, or its client went away */
  end(stay: Stay, operation: string | null): void;
}

/** One operation under way. */
export interface Stay {
  readonly began: number;
  /** Whether there was nothing else for it to wait for. */
  readonly calm: boolean;
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

/** Slower than usual by so much, on the whole, is what answers may be without a queue being the reason. */
const TOLERANCE = 1.2;
/** One answer counts as at most so many times the usual: a few that wait for a service that hangs are no queue. */
const OUTLIER = 3;
/** The limit is set anew at most this often, in milliseconds, and for so many answers at least. */
const WINDOW_MS = 100;
const WINDOW_ANSWERS = 20;
/** What was found to be served is held to for so long before more is tried: each try is a queue for those who are let in meanwhile. Milliseconds. */
const HOLD_MS = 4_000;
/** So much more is tried then, as a share of the limit: of sixteen places one, so that few of those who are let in wait for a turn. */
const RAISE = 1 / 16;
/** The pace, as a share of that at which the limit is filled in just the time that an answer takes: whoever can be served must not be held up by it. */
const PACE = 0.6;
/** It is no slower than this, or somebody would be refused who waits for nothing else; milliseconds. */
const SLOWEST_PACE_MS = 8;
/** So much of the limit is all of it for those that may not fill it, see admission.ts. */
const NEARLY = 0.9;
/** The share of the way to its rest that a limit goes in a second that nothing was near it. */
const RECOVERY = 0.1;
/** So near to its rest, as a share of it, a limit is at rest. */
const AT_REST = 0.1;
/** When it has not been calm for so long, it is made calm for a moment, to see how long answers take then; milliseconds, counted from when it is. */
const PROBE_EVERY_MS = 10_000;
const PROBE_MS = 200;
/** It is given up when it does not become calm in this time. */
const PROBE_AT_MOST_MS = 2_000;

/**
 * A limit by the gradient of latency (the idea of Netflix's concurrency-limits): while answers take as long as usual, a little more is tried; when they
 * take longer, something queues, and the limit goes down to what is truly being served. By Little's law that is how long all that was answered in a while
 * takes usually, divided by that while. What is usual is known for each operation ({@link createBaselines}), from those that began while it was calm: less than
 * half of what may be under way was. Where it never is, half of what is being served is let in for a moment every ten seconds (as BBR does for TCP): nothing else
 * tells a queue from a service that has grown slower.
 *
 * A limit that nobody is near says nothing any more about what can be done, and goes back to its rest, from above as well (as RFC 7661 has it for TCP): an
 * overload would be let in up to it, and be a queue before the first answer shows that it is one.
 */
export function createConcurrencyLimit({ least = 16, rest = 32, most = 1_000, now = () => performance.now() }: ConcurrencyLimitOptions = {}): ConcurrencyLimit {
  const baselines = createBaselines(now);
  let limit = rest;
  let active = 0;
  let busiest = 0;
  /** Of what was answered: how many, and how long it takes usually; milliseconds in all. */
  let answers = 0;
  let usually = 0;
  /** Of those that did not begin while it was calm, who alone can have waited for a turn: how long it took, and how long it takes usually; milliseconds in all. */
  let took = 0;
  let tookUsually = 0;
  let since = now();
  /** How long an answer takes usually, on the whole; milliseconds. */
  let typical = 0;
  /** Whether a queue has been seen since the limit was at its rest. Until then one more is tried for every second answer, much as TCP starts. */
  let queued = false;
  /** Until when it stays what it was found to be; milliseconds. */
  let heldUntil = since;
  /** When something began last while it was calm. */
  let calmAt = since;
  let probe: { readonly limit: number; end: number; calm: boolean } | undefined;

  // In a probe, acts go beyond the limit as ever.
  const isCalm = () => active * 2 <= limit || (probe?.calm === true && active <= probe.limit * 2);
  const watchProbe = (moment: number) => {
    if (probe === undefined) return;
    if (!probe.calm && active <= probe.limit) {
      baselines.relearn();
      probe.calm = true;
      probe.end = moment + PROBE_MS;
    }
    if (moment < probe.end) return;
    probe = undefined;
    calmAt = moment;
    startWindow(moment);
  };
  const startWindow = (moment: number) => {
    answers = 0;
    usually = 0;
    took = 0;
    tookUsually = 0;
    busiest = active;
    since = moment;
  };
  const adjust = (moment: number) => {
    const served = usually / (moment - since);
    typical = usually / answers;
    const reached = busiest >= Math.floor(limit * NEARLY);
    if (reached && took > tookUsually * TOLERANCE) {
      limit = Math.max(limit / 2, Math.min(limit, Math.round(served)));
      queued = true;
      heldUntil = moment + HOLD_MS;
    } else if (reached) {
      // Answers of a calm moment do not show that more could be done, and nor do the few of services that nobody waits for.
      if (moment >= heldUntil && tookUsually * 2 > usually) limit += queued ? limit * RAISE : answers / 2;
    } else if (busiest * 2 < limit || limit < rest) {
      limit += (rest - limit) * Math.min(1, (RECOVERY * (moment - since)) / 1000);
      queued &&= Math.abs(limit - rest) > rest * AT_REST;
    }
    limit = Math.max(least, Math.min(most, limit));
    if (moment - calmAt > PROBE_EVERY_MS) probe = { limit: Math.max(1, Math.floor(Math.min(limit, served) / 2)), end: moment + PROBE_AT_MOST_MS, calm: false };
    startWindow(moment);
  };

  return {
    get limit() {
      return probe?.limit ?? Math.floor(limit);
    },
    get active() {
      return active;
    },
    get pace() {
      return Math.min(SLOWEST_PACE_MS, (typical / limit) * PACE);
    },
    begin: () => {
      const began = now();
      active += 1;
      busiest = Math.max(busiest, active);
      const calm = isCalm();
      if (calm) calmAt = began;
      return { began, calm };
    },
    end: ({ began, calm }, operation) => {
      const moment = now();
      active -= 1;
      watchProbe(moment);
      if (operation === null) return;
      const milliseconds = Math.max(1, moment - began);
      const usual = baselines.usual(operation) ?? milliseconds;
      if (calm) baselines.learn(operation, milliseconds);
      answers += 1;
      usually += usual;
      if (!calm) {
        took += Math.min(milliseconds, OUTLIER * usual);
        tookUsually += usual;
      }
      if (probe === undefined && answers >= (queued ? Math.max(WINDOW_ANSWERS, limit) : WINDOW_ANSWERS) && moment - since >= WINDOW_MS) adjust(moment);
    },
  };
}

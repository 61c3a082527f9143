/** How an attempt went; each is told once. */
export interface Attempt {
  succeeded(): void;
  failed(): void;
  /** It was given up for a reason that says nothing about who was asked: the client went away. */
  abandoned(): void;
}

/** Keeps requests from a server that fails. */
export interface Breaker {
  /**
   * `closed`: requests are sent. `open`: none is. `due`: it has been open for long enough to look how the server does ({@link tried}).
   * `half-open`: it answers again, and one request may try it; `trying`: that is under way.
   */
  readonly state: 'closed' | 'open' | 'due' | 'half-open' | 'trying';
  /** Begins an attempt; undefined where none may be sent. */
  begin(): Attempt | undefined;
  /** Opens it at once: the server does not even say how it is. */
  condemn(): void;
  /** What looking at a server that was due has shown. */
  tried(answers: boolean): void;
}

/** What a breaker is made of. Times in milliseconds. */
export interface BreakerOptions {
  /** Failures in a row that open it; 0: nothing does. */
  readonly failures?: number;
  /** Of so many attempts at least, within the window, half must have failed to open it. */
  readonly attempts?: number;
  readonly windowMs?: number;
  /** How long it stays open the first time; every time it fails again, twice as long, up to the most. */
  readonly waitMs?: number;
  readonly mostWaitMs?: number;
  readonly now?: () => number;
  /** Told when it opens and closes. */
  readonly onChange?: (state: 'open' | 'closed') => void;
}

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number; readonly wait: number }
  | { readonly kind: 'half-open'; readonly wait: number; readonly trying: boolean };

/**
 * A circuit breaker for one server. Not cockatiel's: there, callers wait for the one that tries; a request that its client gave up counts; and
 * nobody can see whether a circuit is due, which is what a choice between replicas is made by.
 */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { failures = 5, attempts = 20, windowMs = 10_000, waitMs = 500, mostWaitMs = 5_000, now = () => performance.now(), onChange } = options;
  let state: State = { kind: 'closed' };
  let inARow = 0;
  /** When the last was sent that succeeded. */
  let wellAt = Number.NEGATIVE_INFINITY;
  let outcomes = { since: now(), all: 0, bad: 0 };

  const open = (wait: number) => {
    const first = state.kind === 'closed';
    state = { kind: 'open', until: now() + wait, wait };
    if (first) onChange?.('open');
  };
  const close = () => {
    state = { kind: 'closed' };
    inARow = 0;
    outcomes = { since: now(), all: 0, bad: 0 };
    onChange?.('closed');
  };
  const count = (bad: boolean, sent: number) => {
    if (now() - outcomes.since > windowMs) outcomes = { since: now(), all: 0, bad: 0 };
    outcomes.all += 1;
    outcomes.bad += bad ? 1 : 0;
    if (!bad) {
      wellAt = Math.max(wellAt, sent);
      inARow = 0;
      // What hung since before the server answered again says nothing new when its time is up.
    } else if (sent >= wellAt) inARow += 1;
    if (failures === 0) return;
    if (inARow >= failures || (outcomes.all >= attempts && outcomes.bad * 2 >= outcomes.all)) open(waitMs);
  };
  const again = (wait: number) => open(Math.min(wait * 2, mostWaitMs));

  return {
    get state() {
      if (state.kind === 'open') return now() >= state.until ? 'due' : 'open';
      return state.kind === 'half-open' && state.trying ? 'trying' : state.kind;
    },
    begin: () => {
      const begun = state;
      switch (begun.kind) {
        case 'closed': {
          // What was sent before it opened says nothing new after.
          const sent = now();
          const whileClosed = (bad: boolean) => () => {
            if (state === begun) count(bad, sent);
          };
          return { succeeded: whileClosed(false), failed: whileClosed(true), abandoned: () => undefined };
        }
        case 'half-open': {
          if (begun.trying) return undefined;
          state = { ...begun, trying: true };
          return {
            succeeded: close,
            failed: () => again(begun.wait),
            abandoned: () => {
              state = { ...begun, trying: false };
            },
          };
        }
        case 'open':
          return undefined;
        default:
          return begun satisfies never;
      }
    },
    condemn: () => {
      if (failures > 0 && state.kind === 'closed') open(waitMs);
    },
    tried: (answers) => {
      if (state.kind !== 'open') return;
      if (answers) state = { kind: 'half-open', wait: state.wait, trying: false };
      else again(state.wait);
    },
  };
}

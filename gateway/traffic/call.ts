/** How urgent a request is. When there is more to do than can be done, what is less urgent is refused first. */
export type Priority = 'act' | 'interactive' | 'dashboard';

/** The most urgent first. */
export const PRIORITIES: readonly Priority[] = ['act', 'interactive', 'dashboard'];

/** How long a client's operation may go on, and how urgent it is; the same for all its requests to subgraphs. */
export interface CallBounds {
  /** Aborted when the client has gone away. */
  readonly signal: AbortSignal;
  /** When the operation's time is up; in the milliseconds of performance.now(). */
  readonly deadline: number;
  /** Known once the document is. */
  priority: Priority;
}

/** The bounds of one request to a subgraph. */
export interface Call extends CallBounds {
  /** Whether it may be sent twice, and given up at any time: a query. An act is sent once, and what was sent is not called back. */
  readonly idempotent: boolean;
}

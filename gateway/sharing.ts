import { isDeepStrictEqual } from 'node:util';
import type { OperationDefinitionNode } from 'graphql';
import type { Flight, GatewayContext } from './context.ts';
import type { JsonObject } from './json.ts';
import type { ExecutionAnswer } from './execution/index.ts';

/** A request for an operation. */
export interface Asked {
  /** The very node: of one document, read for one composition. */
  readonly operation: OperationDefinitionNode;
  readonly variables: JsonObject | undefined;
  /** Labels of progressive overrides that are on for it. */
  readonly labels: readonly string[];
  /** Whether no access log wants an entry for each request that asks this. */
  readonly unrecorded: boolean;
}

/** Executes an operation; gives up when the context's signal says so. */
type Execute = (context: GatewayContext) => Promise<ExecutionAnswer>;

/** See {@link createSharing}. */
export interface Sharing {
  /** What `execute` answers to this request, or to another that asks the same. */
  execute(asked: Asked, context: GatewayContext, execute: Execute): Promise<ExecutionAnswer>;
}

/** What sharing needs. */
export interface SharingParts {
  /** Told of requests that join the execution of another. */
  readonly onJoin: (context: GatewayContext) => void;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** An execution that began longer ago, in milliseconds, is not joined: what is answered is no older than that, and what takes long already is not waited for. */
const YOUNG = 100;

/**
 * Lets requests that ask the same at the same moment share one execution and the bytes of its answer: a page that many open at once asks the same for all of
 * them. The same are the operation, its labels and variables, and all that is known of the caller, by which services decide what to answer.
 *
 * Only queries of which no reading is recorded, because an entry of a ministry's log is of one request. Limits, rates and the line in the log of requests are
 * each request's own. Whoever asks after an act that went through this gateway is not given what began before it; of acts through others, as of everything,
 * an answer knows what there was 100 ms before it was asked for.
 */
export function createSharing({ onJoin, now = () => performance.now() }: SharingParts): Sharing {
  const underWay = new Map<OperationDefinitionNode, Map<string, Execution>>();
  return {
    execute: async ({ operation, variables, labels, unrecorded }, context, execute) => {
      if (operation.operation === 'mutation') return await execute(context).finally(() => underWay.clear());
      if (!unrecorded) return await execute(context);

      const key = JSON.stringify([labels, variables, context.caller]);
      const alike = underWay.get(operation) ?? new Map<string, Execution>();
      const known = alike.get(key);
      // The text has null for numbers that are too large.
      if (known !== undefined && now() - known.began <= YOUNG && isDeepStrictEqual(known.variables, variables) && known.join(context)) {
        onJoin(context);
        return await known.answer;
      }
      const begun = new Execution(variables, context, execute, now());
      underWay.set(operation, alike.set(key, begun));
      try {
        return await begun.answer;
      } finally {
        if (alike.get(key) === begun) alike.delete(key);
        if (alike.size === 0 && underWay.get(operation) === alike) underWay.delete(operation);
      }
    },
  };
}

/** An execution on behalf of the one who began it and of all who join. */
class Execution {
  readonly variables: JsonObject | undefined;
  readonly answer: Promise<ExecutionAnswer>;
  readonly began: number;
  readonly #flight: Flight;
  readonly #nobody = new AbortController();
  #waiting = 0;

  constructor(variables: JsonObject | undefined, first: GatewayContext, execute: Execute, began: number) {
    this.variables = variables;
    this.began = began;
    this.#flight = { requestId: first.requestId, begunBy: first.operation, bytes: undefined };
    this.join(first);
    this.answer = execute({ ...first, bounds: { ...first.bounds, signal: this.#nobody.signal } });
  }

  /** Goes on for this request too, until it has its answer or its client has left; given up when all clients have. @returns false when it was given up already. */
  join({ bounds: { signal: leaves }, operation }: GatewayContext): boolean {
    if (this.#nobody.signal.aborted) return false;
    operation.flight = this.#flight;
    this.#waiting += 1;
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#nobody.abort(leaves.reason);
    };
    if (leaves.aborted) leave();
    else leaves.addEventListener('abort', leave, { once: true });
    return true;
  }
}

import type { OperationDefinitionNode } from 'graphql';
import type { Flight, GatewayContext } from './context.ts';
import type { JsonObject } from './json.ts';

/** What tells requests for an operation apart, besides its document. */
interface Asked {
  readonly operation: OperationDefinitionNode;
  readonly variables: JsonObject | undefined;
  /** Labels of progressive overrides that are on for it. */
  readonly labels: readonly string[];
}

/** What is shared. */
export interface SharingParts<Request extends Asked, Answer> {
  /** Executes an operation; gives up when the context's signal says so. */
  readonly execute: (request: Request, context: GatewayContext) => Promise<Answer>;
  /** Whether no access log wants an entry for each request that asks this. */
  readonly unrecorded: (request: Request) => boolean;
  /** Told of requests that join the execution of another. */
  readonly onJoin: (context: GatewayContext) => void;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** An execution that began longer ago, in milliseconds, is not joined: what is answered is no older than that, and nobody waits for what hangs. */
const YOUNG = 100;

/**
 * Lets requests that ask the same at the same moment share one execution and the bytes of its answer: a page that many open at once asks the same for all of
 * them. The same are the document, the operation, its labels and variables, and all that is known of the caller, by which services decide what to answer.
 *
 * Only queries of which no reading is recorded, because an entry of a ministry's log is of one request. Limits, rates and the line in the log of requests are
 * each request's own. Whoever asks after an act is not given what began before it.
 *
 * @returns `execute`, to be called with requests on one composition.
 */
export function createSharing<Request extends Asked, Answer>({
  execute,
  unrecorded,
  onJoin,
  now = () => performance.now(),
}: SharingParts<Request, Answer>): SharingParts<Request, Answer>['execute'] {
  const underWay = new Map<string, Execution<Answer>>();
  return async (request, context) => {
    const { operation, labels, variables } = request;
    if (operation.operation === 'mutation') return await execute(request, context).finally(() => underWay.clear());
    if (!unrecorded(request)) return await execute(request, context);

    const key = JSON.stringify([context.operation.hash, operation.name?.value, labels, variables, context.caller]);
    const known = underWay.get(key);
    if (known !== undefined && now() - known.began <= YOUNG && known.join(context)) {
      onJoin(context);
      return await known.answer;
    }
    const begun = new Execution((own) => execute(request, own), context, now());
    underWay.set(key, begun);
    try {
      return await begun.answer;
    } finally {
      if (underWay.get(key) === begun) underWay.delete(key);
    }
  };
}

/** An execution on behalf of the one who began it and of all who join. */
class Execution<Answer> {
  readonly answer: Promise<Answer>;
  readonly began: number;
  readonly #flight: Flight;
  readonly #nobody = new AbortController();
  #waiting = 0;

  constructor(execute: (context: GatewayContext) => Promise<Answer>, first: GatewayContext, began: number) {
    this.#flight = { requestId: first.requestId, bytes: undefined };
    this.began = began;
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

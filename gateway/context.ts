import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import type { HopClaims } from '#schema/hop-token.ts';
import type { Caller } from '#schema/identity.ts';
import type { Call, CallBounds } from './traffic/call.ts';

/** One request to a subgraph on behalf of a client's operation. */
export interface FetchRecord {
  readonly service: string;
  readonly milliseconds: number;
  /** `errors`: it answered, but not everything. */
  readonly outcome: 'ok' | 'errors' | 'timeout' | 'unavailable';
  /** How many entities were asked for, each once; 0 for a fetch of root fields. */
  readonly entities: number;
}

/** One execution, which several requests may share. */
export interface Flight {
  /** The request that began it, and what was learnt as it ran. */
  readonly requestId: string;
  readonly begunBy: OperationRecord;
  /** The answer that all of them get, once it has been written. */
  bytes: Buffer | undefined;
}

/** What is learnt of an operation as it runs. */
export interface OperationRecord {
  /** Its name once it is known. */
  name: string | null;
  /** SHA-256 of the document as the client sent it, base64url; the same in the logs of all services that the operation reaches. */
  hash: string;
  /** The codes of the errors in the answer. */
  errorCodes: readonly string[];
  readonly fetches: FetchRecord[];
  /** What it comes to, as it leaves; null until then. */
  result: FormattedExecutionResult | null;
  /** The execution that it shares with requests that ask the same; null where it has its own. */
  flight: Flight | null;
}

/** The order of a list that several subgraphs answer: that of the first answer. */
export interface ListOrder {
  readonly service: string;
  readonly keys: readonly string[];
}

/** What the gateway knows of one client's request while it lasts. */
export interface GatewayContext {
  readonly requestId: string;
  /** Who asks; verified. */
  readonly caller: Caller;
  readonly log: Logger;
  /** Filled as the operation runs; an object of its own, because Apollo Server works on a copy of the context. */
  readonly operation: OperationRecord;
  /** How long the operation may go on, and how urgent it is. */
  readonly bounds: CallBounds;
  /** By the list's name in the answer. */
  readonly listOrders: Map<string, ListOrder>;
}

/** A new context. */
export function createContext(requestId: string, caller: Caller, bounds: CallBounds, log: Logger): GatewayContext {
  return {
    requestId,
    caller,
    log: log.child({ requestId }),
    operation: { name: null, hash: '', errorCodes: [], fetches: [], result: null, flight: null },
    bounds,
    listOrders: new Map(),
  };
}

/** The bounds of a request to a subgraph, that asks for an act or not. */
export function callOf({ bounds }: GatewayContext, act: boolean): Call {
  return { ...bounds, idempotent: !act };
}

/** Whether the operation shares an execution that another request began. */
export function isJoined(operation: OperationRecord): operation is OperationRecord & { readonly flight: Flight } {
  return operation.flight !== null && operation.flight.begunBy !== operation;
}

/** What subgraphs are told of the request. */
export function hopClaims({ caller, requestId, operation }: GatewayContext): HopClaims {
  return { caller, requestId, operationHash: operation.hash, operationName: operation.name };
}

import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { createContext, type GatewayContext } from './context.ts';

/** What the gateway knows of the requests that are under way. */
export interface OpenRequests {
  /** The context of a request, made when it is first asked for; the operation's time runs from then on. */
  contextOf(request: FastifyRequest): GatewayContext;
  /** The client of a request has gone away: what is done for it is given up. */
  abandon(request: FastifyRequest): void;
}

/** @param operationTimeoutMs how long an operation may take in all */
export function createOpenRequests(operationTimeoutMs: number, log: Logger): OpenRequests {
  const open = new WeakMap<FastifyRequest, { readonly context: GatewayContext; readonly client: AbortController }>();
  const opened = (request: FastifyRequest) => {
    const known = open.get(request);
    if (known !== undefined) return known;
    const client = new AbortController();
    const bounds = { signal: client.signal, deadline: performance.now() + operationTimeoutMs, priority: 'interactive' as const };
    const made = { context: createContext(request.id, request.caller, bounds, log), client };
    open.set(request, made);
    return made;
  };
  return {
    contextOf: (request) => opened(request).context,
    abandon: (request) => opened(request).client.abort(),
  };
}

import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Logger } from 'pino';
import { createContext, type GatewayContext } from './context.ts';

/** What the gateway knows of the requests that are under way. */
export interface OpenRequests {
  /** The context of a request, made when it is first asked for; the operation's time runs from then on. */
  contextOf(request: FastifyRequest): GatewayContext;
  /** The hook that gives up what is done for a request when its client goes away. */
  readonly watch: onRequestAsyncHookHandler;
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
    // Not Fastify's onRequestAbort, which does not come once the body has been read.
    watch: async (request, reply) => {
      reply.raw.once('close', () => {
        if (reply.raw.writableFinished) return;
        open.get(request)?.client.abort();
        log.info({ requestId: request.id }, 'the client went away before it was answered');
      });
    },
  };
}

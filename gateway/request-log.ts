import type { ApolloServerPlugin } from '@apollo/server';
import type { ErrorCode } from '#schema/errors.ts';
import { type GatewayContext, isJoined } from './context.ts';
import type { SupergraphChanges } from './supergraph-changes.ts';

/** Names come from clients; a log line has room for this much of one. */
const NAME_LENGTH = 100;

/** Codes of errors that are neither the client's doing nor an answer to its question. */
const FAILURES: ReadonlySet<string> = new Set<ErrorCode>(['INTERNAL_SERVER_ERROR', 'SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']);

/**
 * Puts into the request's context what its log line tells, logs what is masked to clients, and tells which answers are failures. Placed last, it
 * sees the answer as it leaves.
 */
export function observeOperations(changes: Pick<SupergraphChanges, 'record'>): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ contextValue, operationName, queryHash }) => {
        // Apollo Server has worked it out already: SHA-256 of the text, hexadecimal.
        contextValue.operation.hash = Buffer.from(queryHash, 'hex').toString('base64url');
        contextValue.operation.name = operationName?.slice(0, NAME_LENGTH) ?? null;
      },
      didEncounterErrors: async ({ contextValue, errors }) => {
        // An error without a code is one that nobody foresaw. What subgraphs report is logged where it comes in.
        for (const error of errors.filter(({ extensions }) => extensions['code'] === undefined)) {
          contextValue.log.error({ err: error.originalError ?? error, path: error.path }, 'an operation failed');
        }
      },
      willSendResponse: async ({ contextValue, schema, response: { body } }) => {
        const errors = (body.kind === 'single' && body.singleResult.errors) || [];
        contextValue.operation.errorCodes = [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))];
        // One execution is one piece of evidence, however many share it.
        if (isJoined(contextValue.operation)) return;
        changes.record(
          schema,
          contextValue.operation.errorCodes.some((code) => FAILURES.has(code)),
        );
      },
    }),
  };
}

/** The line that is logged when a request has ended. Times in milliseconds. */
export function requestLine({ requestId, operation }: GatewayContext, status: number, elapsed: number): object {
  const { name, errorCodes } = operation;
  const { fetches } = operation.flight?.begunBy ?? operation;
  return {
    requestId,
    operation: name,
    status,
    milliseconds: Math.round(elapsed),
    fetches,
    ...(isJoined(operation) ? { sharedWith: operation.flight.requestId } : {}),
    ...(errorCodes.length > 0 ? { errors: errorCodes } : {}),
  };
}

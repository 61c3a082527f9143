import { hash } from 'node:crypto';
import type { ApolloServerPlugin } from '@apollo/server';
import type { GatewayContext } from './context.ts';

/** Names come from clients; a log line has room for this much of one. */
const NAME_LENGTH = 100;

/** Puts into the request's context what its log line tells, and logs what is masked to clients. Placed last, it sees the answer as it leaves. */
export function observeOperations(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ contextValue, operationName, source }) => {
        contextValue.operation.hash = hash('sha256', source, 'base64url');
        contextValue.operation.name = operationName?.slice(0, NAME_LENGTH) ?? null;
      },
      didEncounterErrors: async ({ contextValue, errors }) => {
        // An error without a code is one that nobody foresaw. What subgraphs report is logged where it comes in.
        for (const error of errors.filter(({ extensions }) => extensions['code'] === undefined)) {
          contextValue.log.error({ err: error.originalError ?? error, path: error.path }, 'an operation failed');
        }
      },
      willSendResponse: async ({ contextValue, response: { body } }) => {
        const errors = (body.kind === 'single' && body.singleResult.errors) || [];
        contextValue.operation.errorCodes = [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))];
      },
    }),
  };
}

/** The line that is logged when a request has ended. Times in milliseconds. */
export function requestLine({ requestId, operation }: GatewayContext, status: number, elapsed: number): object {
  const { name, errorCodes, fetches } = operation;
  return {
    requestId,
    operation: name,
    status,
    milliseconds: Math.round(elapsed),
    fetches,
    ...(errorCodes.length > 0 ? { errors: errorCodes } : {}),
  };
}

import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, type GraphQLError, Kind } from 'graphql';
import { clientError, type ErrorCode } from '#schema/errors.ts';
import type { GatewayContext } from './context.ts';

/**
 * Refuses, as the client's mistakes, valid documents that leave open what to run, and operations of a kind that the graph has none of.
 * Apollo Server leaves both to the gateway's executor, which fails on them as on faults of its own.
 */
export function refuseUnrunnable(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request, schema }) => {
        if (operation === undefined) {
          throw refusal('OPERATION_RESOLUTION_FAILURE', `operationName: expected one of ${names(document)}, got ${request.operationName || 'none'}`);
        }
        if (schema.getRootType(operation.operation) === undefined) {
          throw refusal(
            'GRAPHQL_VALIDATION_FAILED',
            `expected a query${schema.getMutationType() ? ' or a mutation' : ''}, got a ${operation.operation}: the graph has none`,
          );
        }
      },
    }),
  };
}

function names({ definitions }: DocumentNode): string {
  const found = definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? (definition.name?.value ?? '(no name)') : []));
  return found.join(', ');
}

function refusal(code: ErrorCode, message: string): GraphQLError {
  return clientError(code, message, { http: { status: 400 } });
}

import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './context.ts';
import { combineAlike, combineOutages, incompleteValues, withRequestId } from './errors.ts';

/**
 * The last hand at an answer as a whole, where {@link formatError} sees one error at a time: no null without an error, one error for each
 * service that did not answer and for what several say alike, masked errors with the request's id, and HTTP's status.
 */
export function finishAnswers(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue: { log, requestId }, response: { body, http } }) => {
        if (body.kind !== 'single') return;
        const result = body.singleResult;
        // The executor's own remarks on nulls where the schema allows none; it makes them when there is no error, and to say nothing
        // would be to pass a fault off as an empty answer.
        const remarks = result.extensions?.['valueCompletion'] as readonly GraphQLFormattedError[] | undefined;
        if (remarks) {
          delete result.extensions;
          log.error({ remarks: remarks.slice(0, 5), count: remarks.length }, 'a subgraph left out values, or gave values that are not of their types');
          result.errors = incompleteValues(remarks);
        }
        if (!result.errors) return;
        result.errors = combineAlike(combineOutages(result.errors)).map((error) => withRequestId(error, requestId));
        // Apollo Server takes every answer without data for a fault of the client.
        if (result.data === undefined && result.errors.some(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR')) http.status = 500;
      },
    }),
  };
}

import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './context.ts';
import { combineAlike, combineReported, type FormattedErrors, withoutService, withRequestId } from './errors.ts';
import { hideSchemaDetails } from './policy/index.ts';

/**
 * The last hand at an answer as a whole, where {@link formatError} sees one error at a time: no null without an error, one error for each
 * service that did not answer and for what several say alike, {@link finishErrors}, and HTTP's status.
 */
export function finishAnswers(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue, response: { body, http } }) => {
        if (body.kind !== 'single') return;
        const result = body.singleResult;
        contextValue.operation.result = result;
        if (!result.errors) return;
        result.errors = finishErrors(combineAlike(combineReported(result.errors)), contextValue);
        // Apollo Server takes every answer without data for a fault of the client.
        if (result.data === undefined && result.errors.some(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR')) http.status = 500;
      },
    }),
  };
}

/**
 * Errors as they leave: with the request's id, and for callers without the scope graph:explore without names of services, fields and types that
 * they did not write themselves.
 */
export function finishErrors(errors: FormattedErrors, { caller, requestId }: Pick<GatewayContext, 'caller' | 'requestId'>): GraphQLFormattedError[] {
  const shown = hideSchemaDetails(errors, caller);
  const explores = caller.scopes.includes('graph:explore');
  return shown.map((error) => withRequestId(explores ? error : withoutService(error), requestId));
}

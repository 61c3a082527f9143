import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { PURPOSES } from '#schema/access.ts';
import type { ErrorCode } from '#schema/errors.ts';
import { type Caller, PURPOSE_HEADER } from '#schema/identity.ts';
import type { GatewayContext } from '../context.ts';
import { findRefusals, type Missing, type Refusal } from './refusals.ts';
import type { Policy } from './rules.ts';

/**
 * Refuses operations of which the caller may not have all, whole: half an answer could pass for a full one. Nothing is planned and no service is
 * asked; `responseForOperation` runs before the executor, which plans, and other than `didResolveOperation` may answer with several errors.
 */
export function enforcePolicy(policyOf: (schema: GraphQLSchema) => Policy): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, operation, request, contextValue: { caller } }) => {
        const refusals = findRefusals({ schema, document, operation, variables: request.variables }, policyOf(schema), caller);
        if (refusals.length === 0) return null;
        const errors = refusals.map((refusal) => refusalError(refusal, caller));
        const anonymous = errors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED');
        return {
          body: { kind: 'single', singleResult: { errors } },
          http: { status: anonymous ? 401 : 403, headers: new HeaderMap(anonymous ? [['www-authenticate', 'Bearer']] : []) },
        };
      },
    }),
  };
}

type RefusalError = GraphQLFormattedError & { readonly extensions: { readonly code: ErrorCode; readonly requires: Missing } };

/** What the client is told of a refusal. Which scope is missing is not said: it is the roles' file that says who may what. */
function refusalError({ path, missing }: Refusal, { subject }: Caller): RefusalError {
  const anonymous = missing === 'scopes' && subject === null;
  return { message: message(missing, anonymous), path, extensions: { code: anonymous ? 'UNAUTHENTICATED' : 'FORBIDDEN', requires: missing } };
}

function message(missing: Missing, anonymous: boolean): string {
  if (missing === 'purpose') {
    const purposes = Object.keys(PURPOSES).join(', ');
    return (
      `Yêu cầu chưa nêu mục đích: hãy gửi tiêu đề ${PURPOSE_HEADER} với một trong các giá trị ${purposes}. · ` +
      `The request does not say for which purpose it asks: expected the header ${PURPOSE_HEADER} with one of ${purposes}.`
    );
  }
  return anonymous
    ? 'Cần đăng nhập: hãy gửi mã truy cập trong tiêu đề "authorization: Bearer …". · Expected a token in the header "authorization: Bearer …".'
    : 'Vai trò của bạn không cho phép phần này của yêu cầu. · Expected a role that may ask for this; yours may not.';
}

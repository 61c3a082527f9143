import { getOperationAST, GraphQLError, parse } from 'graphql';
import { ROLES } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import { BOUNDS } from '../limits/index.ts';
import type { Priority } from './call.ts';

/**
 * How urgent an operation is. An act: a mutation of somebody who may act. A dashboard's: anything of whoever may read no more than dashboards and
 * the public do. All else somebody waits for: `interactive`.
 *
 * The words of a request raise it only where the caller's token lets them: nobody gets ahead by calling a query a mutation.
 */
export function priorityOf({ scopes }: Pick<Caller, 'scopes'>, query: string, operationName: string | undefined): Priority {
  if (scopes.some((scope) => scope.endsWith(':act')) && isMutation(query, operationName)) return 'act';
  return scopes.every((scope) => OF_DASHBOARDS.has(scope)) ? 'dashboard' : 'interactive';
}

const OF_DASHBOARDS: ReadonlySet<string> = new Set(ROLES.dashboard);

function isMutation(query: string, operationName: string | undefined): boolean {
  if (!query.includes('mutation')) return false;
  try {
    return getOperationAST(parse(query, { noLocation: true, maxTokens: BOUNDS.tokens }), operationName)?.operation === 'mutation';
  } catch (error) {
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

import type { GraphQLFormattedError } from 'graphql';
import type { ErrorCode } from '#schema/errors.ts';
import type { Caller } from '#schema/identity.ts';

const CODE: ErrorCode = 'GRAPHQL_VALIDATION_FAILED';
const GENERAL = 'Yêu cầu không khớp với lược đồ. · The operation does not fit the schema.';

/**
 * Errors as the caller may read them: what they tell of the schema is for callers who may explore it. To others it is one error that an operation does
 * not fit, whatever and how much of it, and no message suggests names.
 */
export function hideSchemaDetails(errors: readonly GraphQLFormattedError[], caller: Caller): readonly GraphQLFormattedError[] {
  if (caller.scopes.includes('graph:explore')) return errors;
  const others = errors.filter(({ extensions }) => extensions?.['code'] !== CODE);
  const general = others.length < errors.length ? [{ message: GENERAL, extensions: { code: CODE } }] : [];
  return [...general, ...others.map((error) => ({ ...error, message: withoutSuggestions(error.message) }))];
}

/** As graphql-js writes them at a message's end: ` Did you mean "a", "b", or "c"?`, also ` Did you mean the enum value "A"?`. */
function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean .*\?$/s, '');
}

import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, GraphQLError, Lexer, parse, Source, TokenKind } from 'graphql';
import { clientError } from '#schema/errors.ts';
import type { GatewayContext } from '../context.ts';
import { BOUNDS, costBound, type Limit } from './bounds.ts';
import { costOf } from './cost.ts';
import { measureShape, reservedName } from './shape.ts';

export { BOUNDS, COST_BOUNDS, costBound, MAX_VALIDATION_ERRORS } from './bounds.ts';
export { costOf } from './cost.ts';
export { measureShape, reservedName } from './shape.ts';

/** Documents that were measured and are remembered: those that are asked again and again. */
const REMEMBERED = 1_000;

/**
 * Refuses documents that are larger than they may be, whatever the schema: LIMIT_EXCEEDED with what was measured and the bound; by tokens before
 * they are parsed, by their shape before they are validated, which takes time that grows with its square. To be called before Apollo Server
 * sees the document: what a plugin of it throws at that stage is answered as a fault of the server. What is no GraphQL is left to it.
 */
export function createDocumentLimits(): (source: string) => void {
  const measured = new Set<string>();
  return (source) => {
    if (measured.has(source)) return;
    hold('tokens', countTokens(source));
    const document = parsed(source);
    if (document === undefined) return;
    const name = reservedName(document);
    if (name !== undefined) throw refusalOfName(name);
    const shape = measureShape(document);
    for (const limit of ['depth', 'rootFields', 'fields', 'aliases', 'directives', 'definitions'] as const) hold(limit, shape[limit]);
    measured.add(source);
    const [oldest] = measured;
    if (measured.size > REMEMBERED && oldest !== undefined) measured.delete(oldest);
  };
}

/** Refuses operations whose variables have too many values, or that cost more than the caller's role may spend, before they are planned. */
export function limitOperations(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ contextValue: { caller }, document, operation, request: { variables = {} }, schema }) => {
        hold('variables', countValues(variables));
        if (operation !== undefined) hold('cost', costOf(schema, document, operation, variables), costBound(caller));
      },
    }),
  };
}

function hold(limit: Limit, measured: number, bound: number = limit === 'cost' ? 0 : BOUNDS[limit]): void {
  if (measured <= bound) return;
  // JSON has no infinity.
  const number = Number.isFinite(measured) ? measured : null;
  throw clientError('LIMIT_EXCEEDED', `${limit}: tối đa ${bound}, yêu cầu này có ${number ?? '∞'} · expected at most ${bound}, got ${number ?? '∞'}`, {
    limit,
    measured: number,
    bound,
    http: { status: 400 },
  });
}

function refusalOfName(name: string): GraphQLError {
  const message = `Không dùng được tên ${JSON.stringify(name)} · ${JSON.stringify(name)} cannot be the name of an operation, a fragment or a variable, nor an alias`;
  return clientError('GRAPHQL_VALIDATION_FAILED', message, { http: { status: 400 } });
}

function parsed(source: string): DocumentNode | undefined {
  try {
    return parse(source, { noLocation: true, maxTokens: BOUNDS.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** Tokens of a document up to the place where it is no GraphQL. */
function countTokens(source: string): number {
  const lexer = new Lexer(new Source(source));
  let tokens = 0;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) tokens += 1;
  } catch {
    // The parser will say it.
  }
  return tokens;
}

/** Values in variables, at any depth: not by recursion, for they are as deep as a client likes. */
function countValues(variables: Readonly<Record<string, unknown>>): number {
  const left: unknown[] = Object.values(variables);
  let count = 0;
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    count += 1;
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) left.push(inner);
  }
  return count;
}

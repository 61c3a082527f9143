import type { ApolloServer, HTTPGraphQLRequest } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import type { FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { ErrorCode } from '#schema/errors.ts';
import { finishErrors } from './answers.ts';
import type { Compositions } from './compositions.ts';
import type { GatewayContext, OperationRecord } from './context.ts';
import type { FormattedErrors } from './errors.ts';
import { isJsonObject } from './json.ts';
import { jsonBytes } from './json-bytes.ts';
import { createDocumentLimits } from './limits/index.ts';
import type { Shedding } from './shedding.ts';
import { admitDocument } from './trusted-documents.ts';

/** What requests to the graph are answered with. */
export interface HandlerParts {
  /** What requests are answered on. */
  readonly compositions: Pick<Compositions, 'current' | 'during'>;
  readonly contextOf: (request: FastifyRequest) => GatewayContext;
  readonly shedding: Shedding;
}

/** Stands in Apollo Server's answer for data, which the handler writes itself, as bytes: {@link jsonBytes}. */
const DATA = '';

/** What Apollo Server makes of the results that it is given to send: the text of refusals only, which it has of its own too. */
export function stringifyRefusal(result: FormattedExecutionResult): string {
  return result.data === undefined ? JSON.stringify(result) : DATA;
}

/**
 * Answers a request to the graph. Not the handler of @as-integrations/fastify, which takes the request as it came: here the document that it
 * names is put into it first, and refusals that never become an operation get what {@link finishErrors} gives those of operations.
 */
export function createHandler(apollo: ApolloServer<GatewayContext>, { compositions, contextOf, shedding }: HandlerParts): RouteHandlerMethod {
  const limitDocument = createDocumentLimits();
  return async (request, reply) => {
    const context = contextOf(request);
    const asked = graphqlRequest(request);
    const answer = apollo
      .executeHTTPGraphQLRequest({
        httpGraphQLRequest: asked,
        // Here, because it comes after Apollo Server's protection against CSRF, and what it throws is answered in the form that the client accepts.
        context: async () => {
          const { request: admitted, query } = admitDocument(asked, context.caller, compositions.current.documents);
          if (query !== undefined) {
            await shedding.admit(context, query, operationNameOf(asked));
            limitDocument(query);
          }
          Object.assign(asked, admitted);
          return context;
        },
      })
      .finally(() => shedding.ended(context));
    const { status = 200, headers, body } = await compositions.during(answer);
    if (body.kind !== 'complete') throw new Error('expected an answer in one piece');
    for (const [name, value] of headers) reply.header(name, value);
    if (body.string === DATA) return reply.code(status).send(bytesOf(context.operation));
    if (status < 400) return reply.code(status).send(body.string);
    const errors = finishRefusal(body.string, context);
    return reply.code(status === 400 && isLegacy(asked) && context.operation.errorCodes.every(isOfDocument) ? 200 : status).send(errors);
  };
}

/** The answer as it is sent, written once for all that share it. */
function bytesOf({ result, flight }: OperationRecord): Buffer {
  // Errors name the request that they are about.
  if (flight === null || result?.errors !== undefined) return jsonBytes(result);
  flight.bytes ??= jsonBytes(result);
  return flight.bytes;
}

/** Which operation of several is meant; only a body can ask for one that acts. */
function operationNameOf({ body }: HTTPGraphQLRequest): string | undefined {
  const name = isJsonObject(body) ? body['operationName'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Codes of requests that are well-formed, but whose document or variables are not. */
const OF_DOCUMENT: ReadonlySet<string> = new Set<ErrorCode>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

function isOfDocument(code: string): boolean {
  return OF_DOCUMENT.has(code);
}

/**
 * Whether a client asks for application/json by name and does not know GraphQL's own media type. GraphQL over HTTP wants these to get 200 when the
 * fault is in the document; who accepts anything gets 400 like those who know the type.
 */
function isLegacy({ headers }: HTTPGraphQLRequest): boolean {
  const accept = headers.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('application/graphql-response+json');
}

function graphqlRequest({ method, headers, url, body }: FastifyRequest): HTTPGraphQLRequest {
  const all = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) all.set(name, Array.isArray(value) ? value.join(', ') : value);
  const start = url.indexOf('?');
  return { method: method.toUpperCase(), headers: all, search: start < 0 ? '' : url.slice(start), body };
}

function finishRefusal(text: string, context: GatewayContext): string {
  const answer = JSON.parse(text) as { errors?: FormattedErrors };
  if (answer.errors === undefined) return text;
  const errors = finishErrors(answer.errors, context);
  context.operation.errorCodes = [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))];
  return JSON.stringify({ ...answer, errors });
}

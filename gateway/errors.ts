import type { GraphQLFormattedError } from 'graphql';
import { type ErrorCode, isErrorCode } from '#schema/errors.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** A subgraph gave no answer that can be used. `message` is for logs only: it may hold addresses. */
export class SubgraphFailure extends Error {
  readonly code: 'SUBGRAPH_UNAVAILABLE' | 'SUBGRAPH_TIMEOUT';

  constructor(code: SubgraphFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error as it stands in a subgraph's answer, its path counted from the fetch and not from the client's operation. */
export interface SubgraphError {
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly extensions: JsonObject & { readonly code: ErrorCode };
}

const INTERNAL = 'Hệ thống gặp lỗi. · Something went wrong in the graph itself. Report it with the request id.';

/**
 * Codes that blame a client's request. From a subgraph they blame the gateway's own request (the supergraph and the running subgraph do
 * not fit together, say), which is nothing that a client can mend, so they are masked.
 */
const CLIENT_REQUEST_CODES: ReadonlySet<ErrorCode> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PAYLOAD_TOO_LARGE',
]);

/** Set by libraries on the way; each names something internal. */
const INTERNAL_EXTENSIONS = ['serviceName', 'stacktrace', 'exception', 'http'];

/**
 * The one error for a fetch that failed, however many places of the answer it leaves empty.
 * @param path the first of these places
 * @param affected how many fields of the answer are null because of it
 */
export function failedFetch(service: string, failure: SubgraphFailure, path: readonly (string | number)[], affected: number): SubgraphError {
  const message =
    failure.code === 'SUBGRAPH_TIMEOUT'
      ? `Dịch vụ "${service}" không trả lời kịp: phần số liệu của dịch vụ này bị thiếu. · The service "${service}" did not answer in time: its part is missing.`
      : `Dịch vụ "${service}" không trả lời: phần số liệu của dịch vụ này bị thiếu. · The service "${service}" did not answer: its part is missing.`;
  return { message, path, extensions: { code: failure.code, service, affected } };
}

/** An error that a subgraph reported, as a client may read it: as it is when its code is of the catalogue, else masked. */
export function reportedError(service: string, error: JsonObject, path: readonly (string | number)[]): SubgraphError {
  const extensions = isJsonObject(error['extensions']) ? error['extensions'] : {};
  const code = extensions['code'];
  if (!isErrorCode(code) || code === 'INTERNAL_SERVER_ERROR' || CLIENT_REQUEST_CODES.has(code)) {
    return { message: INTERNAL, path, extensions: { code: 'INTERNAL_SERVER_ERROR', service } };
  }
  return { message: String(error['message']), path, extensions: { ...publicExtensions(extensions), code, service } };
}

/**
 * The last gate before an error leaves: what is not of the catalogue is masked, whatever made it. For Apollo Server's `formatError`.
 * {@link withRequestId} adds what this function cannot know.
 */
export function formatError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { message, locations, path } = formatted;
  const extensions = publicExtensions(formatted.extensions ?? {});
  const code = extensions['code'];
  const known = isErrorCode(code) && code !== 'INTERNAL_SERVER_ERROR';
  return {
    message: known ? message : INTERNAL,
    ...(known && locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: known ? extensions : { ...pick(extensions, ['service', 'affected']), code: 'INTERNAL_SERVER_ERROR' },
  };
}

/**
 * Errors that are alike as one: the first of them, with `extensions.affected` saying how many fields of the answer are null because of them.
 * @param key equal for errors that are alike
 */
export function combineErrors<E extends GraphQLFormattedError>(errors: readonly E[], key: (error: E, index: number) => unknown): E[] {
  return [...Map.groupBy(errors, (error, index) => JSON.stringify(key(error, index))).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    if (others.length === 0) return [first];
    const affected = [first, ...others].reduce((sum, { extensions }) => sum + Number(extensions?.['affected'] ?? 1), 0);
    return [{ ...first, extensions: { ...first.extensions, affected } }];
  });
}

/** A path without its places in lists: the same for the same field of every cell. */
export function pattern(path: readonly (string | number)[]): (string | number)[] {
  return path.map((part) => (typeof part === 'number' ? '*' : part));
}

/** One error for each service that did not answer, also when it was asked in several places of an operation. */
export function combineOutages(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  return combineErrors(errors, ({ extensions = {} }, index) => {
    const { code, service } = extensions;
    return code === 'SUBGRAPH_UNAVAILABLE' || code === 'SUBGRAPH_TIMEOUT' ? [code, service] : index;
  });
}

/** Masked errors where a subgraph answered without what its schema promises. `remarks` name these places. */
export function incompleteValues(remarks: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  const errors = remarks.map(({ path = [] }) => ({ message: INTERNAL, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }));
  return combineErrors(errors, ({ path }) => pattern(path));
}

/** The same error with the request's id where a client is asked to report it. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  if (error.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') return error;
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** An HTTP request that never became an operation, as a GraphQL answer. */
export function httpError(error: { statusCode?: number; message: string }, requestId: string): { status: number; body: { errors: GraphQLFormattedError[] } } {
  const status = error.statusCode ?? 500;
  const code: ErrorCode = status === 413 ? 'PAYLOAD_TOO_LARGE' : status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
  return { status, body: { errors: [withRequestId(formatError({ message: error.message, extensions: { code } }), requestId)] } };
}

function publicExtensions(extensions: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extensions).filter(([key]) => !INTERNAL_EXTENSIONS.includes(key)));
}

function pick(from: JsonObject, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}

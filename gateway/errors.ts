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

/** An HTTP request that is not even read. `message` is for the client. */
export class RequestRefused extends Error {
  readonly statusCode: number;
  readonly code: ErrorCode;
  /** What the answer's `extensions` have besides. */
  readonly extensions: JsonObject;

  constructor(statusCode: number, code: ErrorCode, message: string, { extensions = {}, ...options }: ErrorOptions & { extensions?: JsonObject } = {}) {
    super(message, options);
    this.statusCode = statusCode;
    this.code = code;
    this.extensions = extensions;
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
  'PAYLOAD_TOO_LARGE',
]);

/** Set by libraries on the way; each names something internal. */
const INTERNAL_EXTENSIONS = ['serviceName', 'stacktrace', 'exception', 'http'];

/** Errors as they stand in an answer. */
export type FormattedErrors = readonly GraphQLFormattedError[];

/** A fetch that failed, and what the answer lacks because of it. */
export interface FailedFetch {
  readonly service: string;
  readonly failure: SubgraphFailure;
  /** Whether it asked the service to do something. */
  readonly act: boolean;
  /** The first of the places that are empty. */
  readonly path: readonly (string | number)[];
  /** How many fields of the answer are null because of it. */
  readonly affected: number;
}

/** The one error for a fetch that failed, however many places of the answer it leaves empty. */
export function failedFetch({ service, failure, act, path, affected }: FailedFetch): SubgraphError {
  const late = failure.code === 'SUBGRAPH_TIMEOUT';
  const vietnamese = `Dịch vụ của một cơ quan không trả lời${late ? ' kịp' : ''}: `;
  const english = `A ministry's service did not answer${late ? ' in time' : ''}: `;
  const [missing, isMissing] = act
    ? ['có thể việc đã được thực hiện; hãy gửi lại với cùng clientMutationId.', 'the act may have been done; repeat it with the same clientMutationId.']
    : ['phần số liệu của dịch vụ này bị thiếu.', 'its part is missing.'];
  return { message: `${vietnamese}${missing} · ${english}${isMissing}`, path, extensions: { code: failure.code, service, affected } };
}

/**
 * The one error for a list of entities that a subgraph made otherwise than the one that answered first.
 * @param holes the places of entities that it does not know
 * @param surplus how many it knows that the other does not
 */
export function outOfStep(list: { service: string; name: string; holes: readonly number[]; surplus: number }): SubgraphError {
  const { service, name, holes, surplus } = list;
  const message =
    `Dịch vụ của một cơ quan không có cùng danh mục tỉnh, cơ quan với dịch vụ khác: thiếu số liệu của ${holes.length} ô, bỏ ${surplus} ô. · ` +
    `A ministry's service does not know the same provinces and agencies as another: its figures for ${holes.length} cells are missing, ` +
    `${surplus} of its cells are left out.`;
  return { message, path: [name, ...holes.slice(0, 1)], extensions: { code: 'SUBGRAPH_OUT_OF_STEP', service, affected: holes.length + surplus } };
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
function combineErrors<E extends GraphQLFormattedError>(errors: readonly E[], key: (error: E, index: number) => unknown): E[] {
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

/** Of these a service has one error, also when it was asked in several places of an operation. */
const OF_A_SERVICE: ReadonlySet<unknown> = new Set<ErrorCode>(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT', 'SUBGRAPH_OUT_OF_STEP']);

/**
 * What a service reports alike, as one: that it did not answer or is out of step, wherever; else of a field, wherever in lists. A fault of a service comes once
 * for every cell, and 408 times the same says no more than once. Messages about missing records differ by the id alone.
 */
export function combineReported(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  return combineErrors(errors, ({ message, path = [], extensions = {} }, index) => {
    const { code, service, record } = extensions;
    if (OF_A_SERVICE.has(code)) return [code, service];
    return service === undefined ? index : [code, service, record ?? message, pattern(path)];
  });
}

/** What several services say alike about the same place, as one error that is none of theirs: it is about the request. */
export function combineAlike(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  const alike = Map.groupBy(errors, ({ message, path, extensions = {} }, index) => {
    const code = extensions['code'];
    return OF_A_SERVICE.has(code) || code === 'INTERNAL_SERVER_ERROR' ? String(index) : JSON.stringify([code, message, path]);
  });
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    if (others.every(({ extensions }) => extensions?.['service'] === first.extensions?.['service'])) return first;
    const { service: _, ...extensions } = first.extensions ?? {};
    return { ...first, extensions };
  });
}

/** Masked errors where a subgraph answered without what its schema promises. `remarks` name these places. */
export function incompleteValues(remarks: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  const errors = remarks.map(({ path = [] }) => ({ message: INTERNAL, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }));
  return combineErrors(errors, ({ path }) => pattern(path));
}

/** The same error with the request's id, by which whoever runs the graph finds it. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** The same error without the name of the service that it is of; its path tells which part of the answer is missing. */
export function withoutService(error: GraphQLFormattedError): GraphQLFormattedError {
  const { service: _, ...extensions } = error.extensions ?? {};
  return { ...error, extensions };
}

/** An HTTP request that never became an operation, as a GraphQL answer; a `code` that is not of the catalogue is that of a library. */
export function httpError(
  error: { statusCode?: number; code?: string; message: string; extensions?: JsonObject },
  requestId: string,
): { status: number; body: { errors: GraphQLFormattedError[] } } {
  const status = error.statusCode ?? 500;
  const code: ErrorCode = isErrorCode(error.code) ? error.code : status === 413 ? 'PAYLOAD_TOO_LARGE' : status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
  return { status, body: { errors: [withRequestId(formatError({ message: error.message, extensions: { ...error.extensions, code } }), requestId)] } };
}

function publicExtensions(extensions: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extensions).filter(([key]) => !INTERNAL_EXTENSIONS.includes(key)));
}

function pick(from: JsonObject, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}

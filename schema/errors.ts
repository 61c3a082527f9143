import { GraphQLError } from 'graphql';

/**
 * The error catalogue: every code that can stand in `errors[].extensions.code` of an answer, what it means and what to do about it.
 * The page `schema/errors.md` is generated from it (`npm run schema:compose`).
 */
export const ERRORS = {
  BAD_PERIOD: {
    meaning: 'The period is not one: `to` lies before `from`, or it is longer than a thousand years.',
    action: 'Give two days as YYYY-MM-DD, both inclusive, `from` not after `to`.',
  },
  TOO_MANY_CELLS: {
    meaning: 'The statistics asked for have more cells than one answer may have.',
    action: 'Choose a longer interval, a shorter period, or fewer dimensions in `by`. The message names the number and the bound.',
  },
  UNKNOWN_GEOGRAPHY: {
    meaning: 'No scheme of provinces of this name is loaded.',
    action: 'Use AS_RECORDED or one of the schemes that the message names.',
  },
  GEOGRAPHY_NOT_DIVISIBLE: {
    meaning: 'Figures recorded for merged provinces cannot be divided among the provinces that were there before.',
    action: 'Ask for the newer scheme or AS_RECORDED, or for a period that ends before the merger.',
  },
  BAD_PAGE: {
    meaning: 'The page asked for is none: of more records than a page may have, or marked by a cursor that is not one of this list in this order.',
    action:
      'Give `first` or `last` from 1 to 500, and cursors as `pageInfo` and `edges` of the same list and order gave them. The message says what was expected.',
  },
  BAD_CELL_ID: {
    meaning: 'An id given as a StatisticsCell was not made by this graph.',
    action: 'Take the ids of cells from `statistics`.',
  },
  BAD_SEALED_KEY: {
    meaning: "A ministry's service cannot read which cases another one's figures are about; the figures that need both are null.",
    action: 'Report it: RECORD_ID_KEY must be the same in every subgraph.',
  },
  RECORD_NOT_FOUND: {
    meaning: 'A record that another one refers to is not there: it was not imported yet, or the reference is wrong. Its place is null, the rest is complete.',
    action:
      'Import or correct the record that `extensions.record` and `extensions.id` name. Where several are missing in the same place, `extensions.affected` says how many fields are null.',
  },
  SUBGRAPH_UNAVAILABLE: {
    meaning: "A ministry's service did not answer. Its fields are null; the others' figures are complete.",
    action: 'Try again later. The path says which part is missing.',
  },
  SUBGRAPH_TIMEOUT: {
    meaning: "A ministry's service did not answer in time. Its fields are null; the others' figures are complete. An act may have been done all the same.",
    action: 'Try again, with fewer cells if it happens again; repeat an act with the same `clientMutationId`, and it is done once.',
  },
  SUBGRAPH_OUT_OF_STEP: {
    meaning:
      "A ministry's service does not know the same provinces and agencies as another, or not the same successors: its figures for cells that it does not know are null, and cells that only it knows are left out. No figure is in a wrong place.",
    action: 'Import the same provinces and agencies into both services (`npm run import` writes them to all); the path says where the first figure is missing.',
  },
  ACT_UNCERTAIN: {
    meaning: "A ministry's database did not answer while an act was under way, or another held what it needs for too long: the act may have been done or not.",
    action: 'Send the mutation again with the same clientMutationId: it is done once, and the answer says what became of it.',
  },
  PROVINCES_OUTDATED: {
    meaning: "A ministry's list of provinces is from before it said which province went into which; figures cannot be rolled up with it.",
    action: 'Use AS_RECORDED, or import the provinces again (npm run import -- provinces).',
  },
  UNAUTHENTICATED: {
    meaning: 'Who asks is not known: there is no token, or it is not one that this graph takes.',
    action: 'Send `authorization: Bearer <token>` with a token of the configured issuer that has not expired.',
  },
  FORBIDDEN: {
    meaning: "The caller may not do this: the role, the agency's grants or a missing purpose do not allow it.",
    action: 'Ask with a role that may, and say for which purpose (header `x-purpose`). The message says what was expected.',
  },
  ACCESS_NOT_RECORDED: {
    meaning: "A ministry's service could not write its access log; what is not recorded is not answered. An act may have been done all the same.",
    action: 'Try again later; repeat an act with the same `clientMutationId`, and it is done once.',
  },
  INTERNAL_SERVER_ERROR: {
    meaning: 'Something went wrong in the graph itself.',
    action: 'Report it with the request id (`extensions.requestId`, also in the response header `x-request-id`).',
  },
  GRAPHQL_PARSE_FAILED: { meaning: 'The operation is not GraphQL.', action: 'Mend the syntax at the place named.' },
  GRAPHQL_VALIDATION_FAILED: { meaning: 'The operation does not fit the schema.', action: 'Mend the fields or arguments named.' },
  BAD_USER_INPUT: { meaning: 'A variable or argument does not have the type that the schema asks for.', action: 'Give the type named.' },
  IDENTITY_UNAVAILABLE: {
    meaning: "The token cannot be checked, because the issuer's keys cannot be had. Nothing was done.",
    action: 'Try again after the seconds that the header `retry-after` says.',
  },
  BAD_REQUEST: { meaning: 'The HTTP request is not a GraphQL request.', action: 'POST a JSON object with `query`, and `variables` if any.' },
  OPERATION_RESOLUTION_FAILURE: { meaning: 'The operation to run cannot be told.', action: 'Give `operationName`, one of the document.' },
  DOCUMENT_NOT_FOUND: {
    meaning: 'There is no trusted document of this id.',
    action: 'Take the id from `schema/trusted-documents.json`: the SHA-256 of the document, exactly as it stands there.',
  },
  DOCUMENT_NOT_TRUSTED: {
    meaning: 'The caller may ask trusted documents only, and the operation is none.',
    action: 'Send `documentId`, of a document of `schema/trusted-documents.json`; operations of your own need the scope graph:query.',
  },
  LIMIT_EXCEEDED: {
    meaning:
      'The operation is larger than it may be: `extensions.limit` says in what, `measured` how large it is (null: without end), `bound` how large it may be.',
    action: 'Ask for less at once: fewer fields, shorter pages (`first`), fewer cells of statistics. What an operation may cost depends on the role.',
  },
  RATE_LIMITED: {
    meaning: 'The caller asks more often than it may.',
    action: 'Wait for the seconds that the header `retry-after` says.',
  },
  OVERLOADED: {
    meaning: 'The graph has more to do than it can, and does what is urgent first: acts, then what somebody waits for, then dashboards. Nothing was done.',
    action: 'Try again after the milliseconds of `extensions.retryAfterMs` (in whole seconds: the header `retry-after`).',
  },
  PAYLOAD_TOO_LARGE: { meaning: 'The request is larger than it may be.', action: 'Send a smaller operation or fewer variables.' },
} as const satisfies Record<string, { meaning: string; action: string }>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERRORS;

/** An error that a client may read: `message` says what was expected and what came, `code` is one of {@link ERRORS}. */
export function clientError(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}, cause?: unknown): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions }, ...(cause instanceof Error ? { originalError: cause } : {}) });
}

/** Whether `code` is in the catalogue, so that its message was written for clients. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

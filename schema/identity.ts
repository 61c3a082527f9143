/**
 * What the gateway tells a subgraph about a request, and the names under which it does.
 */

/** The header with the request's id: made by the gateway (or taken from the client when well-formed), logged by every service. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** Whether a request id that came from outside may stand in logs as it is. */
export function isRequestId(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.-]{8,64}$/.test(text);
}

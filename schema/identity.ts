/**
 * Who asks, and what the gateway tells a subgraph about a request: the caller's identity on the wire, and the names of the headers.
 */
import { type Purpose, type Scope, scopesOf } from './access.ts';

/** On whose behalf a request is made, as the gateway has verified it. */
export interface Caller {
  /** The token's subject, under which the agency knows the person; null without a token. */
  readonly subject: string | null;
  /** The id of the agency that the person acts for; null where the token names none. */
  readonly agency: string | null;
  /** What the person's roles allow; in a subgraph, what its ministry grants of it. */
  readonly scopes: readonly Scope[];
  /** Why the data is asked for; null where the request does not say. */
  readonly purpose: Purpose | null;
}

/** Who asks without a token. */
export const ANYBODY: Caller = Object.freeze({ subject: null, agency: null, scopes: Object.freeze(scopesOf(['public'])), purpose: null });

/** The header with the request's id: made by the gateway (or taken from the client when well-formed), logged by every service. */
export const REQUEST_ID_HEADER = 'x-request-id';

/**
 * The header in which the gateway tells a subgraph how many milliseconds are left for its answer. Not covered by the hop token: whoever could change
 * it on the way could as well delay the request or drop it, and a subgraph takes it for no more than a reason to stop. What a client sends under this name
 * stays at the gateway, as all its headers do.
 */
export const DEADLINE_HEADER = 'x-deadline-ms';

/** The header in which a client says for which purpose it asks; one of PURPOSES in access.ts. */
export const PURPOSE_HEADER = 'x-purpose';

/** Whether a request id that came from outside may stand in logs as it is. */
export function isRequestId(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.-]{8,64}$/.test(text);
}

/** Whether a subject may stand in tokens and logs as it is: what OpenID Connect lets one be, less the space. */
export function isSubject(text: unknown): text is string {
  return typeof text === 'string' && /^[\x21-\x7e]{1,200}$/.test(text);
}

/**
 * The token with which the gateway speaks to a subgraph: an Ed25519-signed JWT for one subgraph, one body and a minute at most. A subgraph
 * believes nothing else about who asks; the client's own token never gets this far.
 */
import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { isPurpose, isScope } from './access.ts';
import { type Caller, isSubject } from './identity.ts';

/** What a token says besides when and for whom it was made. */
export interface HopClaims {
  readonly caller: Caller;
  readonly requestId: string;
  /** SHA-256 of the client's operation, base64url: what the accesses to one operation have in common in all ministries' logs. */
  readonly operationHash: string;
  /** The client's name for its operation; null where it has none. */
  readonly operationName: string | null;
}

/** How long a token holds; in seconds. */
const LIFETIME = 30;
/** How far the clocks of two services may be apart; in seconds. With {@link LIFETIME}, no token holds longer than a minute. */
const CLOCK_SKEW = 10;
const ISSUER = 'gateway';
const TYPE = 'hop+jwt';
const HEADER = base64url({ alg: 'EdDSA', typ: TYPE });

/** The public half of a signing key. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key);
}

/** The audience of a subgraph's tokens. */
export function audienceOf(subgraph: string): string {
  return `subgraph:${subgraph}`;
}

/** The hash of a request's body, that the token is bound to. */
export function bodyHash(body: string | Uint8Array): string {
  return hash('sha256', body, 'base64url');
}

/**
 * Signs a token for `subgraph` and this very `body`. `key`: the gateway's Ed25519 private key. Written out, because jose signs with Web Crypto, which
 * takes a turn of the thread pool for what is done at once in a third of the time, and an operation has a dozen of them.
 */
export function signHopToken(key: KeyObject, subgraph: string, body: string, { caller, requestId, operationHash, operationName }: HopClaims): string {
  const { subject, agency, scopes, purpose } = caller;
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    agency,
    scopes,
    purpose,
    rid: requestId,
    oph: operationHash,
    opn: operationName,
    bod: bodyHash(body),
    ...(subject === null ? {} : { sub: subject }),
    iss: ISSUER,
    aud: audienceOf(subgraph),
    iat: now,
    nbf: now,
    exp: now + LIFETIME,
  };
  const signed = `${HEADER}.${base64url(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * What the token of a request says; `keys` are the public keys of the gateway, several while it changes them.
 * @throws HopTokenError whatever is wrong with it; the message is for the service's own log.
 */
export async function verifyHopToken(keys: readonly KeyObject[], subgraph: string, token: string): Promise<HopClaims & { readonly bodyHash: string }> {
  const payload = await verify(keys, subgraph, token);
  const { sub, agency, scopes, purpose, rid, oph, opn, bod, iat, exp } = payload;
  const wellFormed =
    (sub === undefined || isSubject(sub)) &&
    (agency === null || typeof agency === 'string') &&
    Array.isArray(scopes) &&
    scopes.every(isScope) &&
    (purpose === null || isPurpose(purpose)) &&
    typeof rid === 'string' &&
    typeof oph === 'string' &&
    (opn === null || typeof opn === 'string') &&
    typeof bod === 'string' &&
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    exp - iat <= 60;
  if (!wellFormed) throw new HopTokenError('expected the claims of a hop token');
  return {
    caller: { subject: sub ?? null, agency, scopes, purpose },
    requestId: rid,
    operationHash: oph,
    operationName: opn,
    bodyHash: bod,
  };
}

/** A token that a subgraph does not take. */
export class HopTokenError extends Error {}

async function verify(keys: readonly KeyObject[], subgraph: string, token: string) {
  let failure: unknown;
  for (const key of keys) {
    try {
      const options = { algorithms: ['EdDSA'], issuer: ISSUER, audience: audienceOf(subgraph), typ: TYPE, clockTolerance: CLOCK_SKEW, maxTokenAge: 60 };
      const { payload } = await jwtVerify(token, key, { ...options, requiredClaims: ['exp', 'iat', 'nbf'] });
      return payload;
    } catch (error) {
      failure = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw new HopTokenError(failure instanceof Error ? failure.message : 'no key to verify with', { cause: failure });
}

/**
 * The token with which the gateway speaks to a subgraph: for one subgraph, one body and a minute at most. A subgraph believes nothing else about who
 * asks; the client's own token never gets this far.
 *
 * In form an SD-JWT (RFC 9901): a JWT signed with Ed25519 once for the requests ("hops") that the gateway sends at the same moment, to whichever
 * subgraphs. It holds when it was made and a salted digest of each hop; a hop's token is `<jwt>~<disclosure>~`, with the one disclosure that says what
 * its own digest stands for. The audience is within it, since the hops have several; that it be left out, as a holder of an SD-JWT might, is no danger
 * where a token without its disclosure is none.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
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

/** What a subgraph knows of a request whose token it takes. */
export interface VerifiedHop extends HopClaims {
  /** Of the body that the token was made for, see {@link bodyHash}; the subgraph's to compare. */
  readonly bodyHash: string;
}

/** Who makes hop tokens. */
export const ISSUER = 'gateway';
/** The type of a hop token's JWT. */
export const TYPE = 'hop+sd-jwt';

/** How far the clocks of two services may be apart; in seconds. */
const CLOCK_SKEW = 10;
/** The most that a JWT may hold; in seconds. */
const LONGEST = 60;
const CLAIMS = new Set(['iss', 'iat', 'nbf', 'exp', '_sd_alg', '_sd']);
const TOKEN = /^([\w-]+\.[\w-]+\.[\w-]+)~([\w-]+)~$/;
/** JWTs that a subgraph has verified and may see again: the hops of a batch come within milliseconds. */
const REMEMBERED = 128;

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

/** What a JWT has of a disclosure, which is in base64url: the digest of that text. */
export function digestOf(disclosure: string): string {
  return hash('sha256', disclosure, 'base64url');
}

/** A token that a subgraph does not take. */
export class HopTokenError extends Error {}

/**
 * Reads the tokens for `subgraph`; `keys` are the public keys of the gateway, several while it changes them. What it returns says what the token of a
 * request says, or throws a {@link HopTokenError}, whatever is wrong with it; the message is for the service's own log.
 */
export function createHopVerifier(keys: readonly KeyObject[], subgraph: string): (token: string) => Promise<VerifiedHop> {
  // Promises, since the hops of a batch come at once. One that fails is forgotten, and no other JWT has the same text.
  const batches = new LRUCache<string, Promise<Batch>>({ max: REMEMBERED });

  function batchOf(jwt: string): Promise<Batch> {
    const known = batches.get(jwt);
    if (known !== undefined) return known;
    const verified = verifyBatch(keys, jwt);
    batches.set(jwt, verified);
    verified.catch(() => batches.delete(jwt));
    return verified;
  }

  return async (token) => {
    const [, jwt, disclosure] = TOKEN.exec(token) ?? [];
    if (jwt === undefined || disclosure === undefined) throw new HopTokenError('expected a JWT and one disclosure');
    const batch = await batchOf(jwt);
    // Of what is remembered, these may have changed.
    if (!keys.includes(batch.key)) throw new HopTokenError('expected the signature of a key that is known');
    if (!isCurrent(batch)) throw new HopTokenError('expected a token that holds now');
    if (!batch.digests.has(digestOf(disclosure))) throw new HopTokenError('expected a disclosure whose digest was signed');
    return readDisclosure(disclosure, audienceOf(subgraph));
  };
}

/** What was signed at once, and with which key. Times are in seconds since 1970. */
interface Batch {
  readonly key: KeyObject;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly digests: ReadonlySet<string>;
}

async function verifyBatch(keys: readonly KeyObject[], jwt: string): Promise<Batch> {
  let failure: unknown;
  for (const key of keys) {
    try {
      const options = { algorithms: ['EdDSA'], issuer: ISSUER, typ: TYPE, clockTolerance: CLOCK_SKEW, maxTokenAge: LONGEST };
      const { payload } = await jwtVerify(jwt, key, { ...options, requiredClaims: ['exp', 'iat', 'nbf'] });
      return readBatch(payload, key);
    } catch (error) {
      failure = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  if (failure instanceof HopTokenError) throw failure;
  throw new HopTokenError(failure instanceof Error ? failure.message : 'no key to verify with', { cause: failure });
}

function readBatch(payload: JWTPayload, key: KeyObject): Batch {
  const { iat, nbf, exp, _sd_alg, _sd } = payload;
  const wellFormed =
    Object.keys(payload).every((claim) => CLAIMS.has(claim)) &&
    typeof iat === 'number' &&
    typeof nbf === 'number' &&
    typeof exp === 'number' &&
    exp - iat <= LONGEST &&
    _sd_alg === 'sha-256' &&
    Array.isArray(_sd) &&
    _sd.every((digest) => typeof digest === 'string');
  if (!wellFormed) throw new HopTokenError('expected the claims of a batch of hops');
  const digests = new Set<string>(_sd);
  if (digests.size !== _sd.length) throw new HopTokenError('expected each digest once');
  return { key, iat, nbf, exp, digests };
}

function isCurrent({ iat, nbf, exp }: Batch): boolean {
  const now = Math.floor(Date.now() / 1000);
  return Math.max(iat, nbf) <= now + CLOCK_SKEW && now - CLOCK_SKEW < exp;
}

function readDisclosure(disclosure: string, audience: string): VerifiedHop {
  const { aud, sub, agency, scopes, purpose, rid, oph, opn, bod } = readHop(disclosure);
  if (aud !== audience) throw new HopTokenError(`expected a token for ${audience}`);
  const wellFormed =
    (sub === undefined || isSubject(sub)) &&
    (agency === null || typeof agency === 'string') &&
    Array.isArray(scopes) &&
    scopes.every(isScope) &&
    (purpose === null || isPurpose(purpose)) &&
    typeof rid === 'string' &&
    typeof oph === 'string' &&
    (opn === null || typeof opn === 'string') &&
    typeof bod === 'string';
  if (!wellFormed) throw new HopTokenError('expected the claims of a hop');
  return {
    caller: { subject: sub ?? null, agency, scopes, purpose },
    requestId: rid,
    operationHash: oph,
    operationName: opn,
    bodyHash: bod,
  };
}

/** The claims of the hop, not yet looked at. */
function readHop(disclosure: string): Record<string, unknown> {
  try {
    const [salt, name, hop, ...more] = JSON.parse(Buffer.from(disclosure, 'base64url').toString()) as unknown[];
    const wellFormed = typeof salt === 'string' && name === 'hop' && typeof hop === 'object' && hop !== null && more.length === 0;
    if (wellFormed) return hop as Record<string, unknown>;
  } catch {
    // As below: neither is a disclosure.
  }
  throw new HopTokenError('expected a disclosure of a hop');
}

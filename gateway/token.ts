import { createHash } from 'node:crypto';
import { decodeProtectedHeader, type JWTPayload, jwtVerify, type ProtectedHeaderParameters } from 'jose';
import { isSubject } from '#schema/identity.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import type { GatewayConfig } from './config.ts';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER } from './config.ts';
import { createIssuerKeys, IssuerUnavailable } from './issuer-keys.ts';

/** For whom a token was made. */
export interface Holder {
  readonly subject: string | null;
  readonly agency: string | null;
  readonly roles: readonly string[];
}

/** A token that is not taken. `message` says why, for the log; it never holds the token. */
export class TokenRefused extends Error {}

/** Asymmetric ones only: with these, nothing that the issuer publishes can sign a token. */
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];
/**
 * RFC 9068's type, and the general one, which the access tokens of widespread issuers have (Keycloak, Microsoft Entra). ID tokens have it too;
 * they are told by {@link NOT_OF_ACCESS_TOKENS}, and by their audience, which is a client.
 */
const TYPES = ['at+jwt', 'jwt'];
/** Claims of ID tokens, logout tokens and security events. */
const NOT_OF_ACCESS_TOKENS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];
/** Members of a header by which a token would say itself what it is to be checked with, or how. None is ever followed. */
const NOT_IN_HEADER = ['crit', 'jku', 'jwk', 'x5u', 'x5c'];
/** How far the issuer's clock and this one may be apart; in seconds. */
const CLOCK_SKEW = 30;
/** A token that was made longer ago is refused whatever it says about its end; in seconds. */
const MAX_AGE = 24 * 3600;
/** In characters. */
const MAX_LENGTH = 8 * 1024;
/** How long a token that was checked is taken again without: a key or a clock may change meanwhile. Milliseconds. */
const REMEMBERED = 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Reads tokens of the issuer.
 * The function throws TokenRefused, or IssuerUnavailable when it cannot be told whether the token holds.
 */
export function createTokenReader({ issuer, claims }: Pick<GatewayConfig, 'issuer' | 'claims'>): (token: string) => Promise<Holder> {
  const keys = createIssuerKeys(issuer);
  const options = {
    algorithms: ALGORITHMS,
    issuer: issuer.kind === 'oidc' ? issuer.url : DEVELOPMENT_ISSUER,
    audience: issuer.kind === 'oidc' ? issuer.audience : DEVELOPMENT_AUDIENCE,
    requiredClaims: ['sub', 'exp', 'iat'],
    clockTolerance: CLOCK_SKEW,
    maxTokenAge: MAX_AGE,
  };
  const remembered = createMemory();
  return async (token) => {
    if (token.length > MAX_LENGTH) throw new TokenRefused(`expected at most ${MAX_LENGTH} characters, got ${token.length}`);
    // The token itself is not kept: a dump of memory is no bunch of keys.
    const hash = createHash('sha256').update(token).digest('base64url');
    const known = remembered.get(hash);
    if (known !== undefined) return known;
    try {
      checkHeader(decodeProtectedHeader(token));
      const { payload } = await jwtVerify(token, keys, options);
      const holder = holderOf(payload, claims);
      remembered.set(hash, holder, Number(payload.exp) * 1000);
      return holder;
    } catch (error) {
      if (error instanceof TokenRefused || error instanceof IssuerUnavailable) throw error;
      throw new TokenRefused(error instanceof Error ? error.message : String(error));
    }
  };
}

function checkHeader(header: ProtectedHeaderParameters): void {
  const { typ, kid } = header;
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  if (!TYPES.includes(type)) throw new TokenRefused(`expected typ to be one of ${TYPES.join(', ')}`);
  const forbidden = NOT_IN_HEADER.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new TokenRefused(`expected no ${forbidden} in the header`);
  // It is only ever compared with the ids of the issuer's keys; but an odd one need not make anybody ask for these again.
  if (kid !== undefined && !/^[\x21-\x7e]{1,128}$/.test(kid)) throw new TokenRefused('expected kid to be at most 128 printable characters');
}

function holderOf(payload: JWTPayload, claims: GatewayConfig['claims']): Holder {
  const foreign = NOT_OF_ACCESS_TOKENS.find((name) => Object.hasOwn(payload, name));
  if (foreign !== undefined) throw new TokenRefused(`expected an access token, got one with the claim ${foreign}`);
  const claim = (name: string) => (Object.hasOwn(payload, name) ? payload[name] : undefined);
  const subject = payload.sub;
  const agency = claim(claims.agency) ?? null;
  const roles = claim(claims.roles) ?? [];
  if (!isSubject(subject)) throw new TokenRefused('expected sub to be 1 to 200 characters of ASCII without a space');
  if (agency !== null && (typeof agency !== 'string' || !isDimensionId(agency))) throw new TokenRefused(`expected ${claims.agency} to be the id of an agency`);
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) throw new TokenRefused(`expected ${claims.roles} to be a list of names`);
  return Object.freeze({ subject, agency, roles: Object.freeze(roles) });
}

/** Holders of the tokens that came last. */
function createMemory() {
  const entries = new Map<string, { readonly holder: Holder; readonly until: number }>();
  return {
    get: (hash: string): Holder | undefined => {
      const found = entries.get(hash);
      if (found === undefined) return undefined;
      entries.delete(hash);
      if (found.until <= Date.now()) return undefined;
      entries.set(hash, found);
      return found.holder;
    },
    /** @param end when the token ends; milliseconds since 1970. */
    set: (hash: string, holder: Holder, end: number): void => {
      entries.set(hash, { holder, until: Math.min(end, Date.now() + REMEMBERED) });
      const [oldest] = entries.keys();
      if (entries.size > MOST_REMEMBERED && oldest !== undefined) entries.delete(oldest);
    },
  };
}

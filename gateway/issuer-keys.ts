import { createPublicKey } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { type IssuerConfig, isTrustworthyUrl } from './config.ts';

/** The issuer's keys cannot be had. `message` and `cause` are for the log. */
export class IssuerUnavailable extends Error {}

/** How long one request to the issuer may take; in milliseconds. */
const TIMEOUT = 3_000;
/** The largest answer that is taken from the issuer; in characters. */
const LIMIT = 256 * 1024;
/** After this long the keys are asked for again, so that one that was withdrawn is refused; in milliseconds. */
const MAX_AGE = 5 * 60_000;
/** A key that is not known makes the keys be asked for again, but not more often than this: anybody can name one. In milliseconds. */
const COOLDOWN = 10_000;

/**
 * Finds the key for a token among those of the issuer, by `alg` and `kid`; what else a token's header says leads nowhere.
 * The function throws IssuerUnavailable, or jose's JWKSNoMatchingKey and the like.
 */
export function createIssuerKeys(issuer: IssuerConfig): JWTVerifyGetKey {
  if (issuer.kind === 'development') {
    const key = createPublicKey(issuer.key);
    return () => key;
  }
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const open = async () => {
    const url = issuer.jwksUrl ?? (await discover(issuer.url));
    return createRemoteJWKSet(new URL(url), { timeoutDuration: TIMEOUT, cacheMaxAge: MAX_AGE, cooldownDuration: COOLDOWN, [customFetch]: fetchBounded });
  };
  return async (header, token) => {
    try {
      keys ??= open();
      return await (await keys.catch(forget))(header, token);
    } catch (error) {
      // These three are about the token; whatever else happens, it is the issuer that is at fault.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported)
        throw error;
      throw new IssuerUnavailable(`no keys of ${issuer.url}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };

  /** A discovery that failed is made again. */
  function forget(error: unknown): never {
    keys = undefined;
    throw error;
  }
}

/** Where the issuer's discovery document says that its keys are. */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetchBounded(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status !== 200) throw new Error(`${url}: expected status 200, got ${response.status}`);
  const { issuer: named, jwks_uri: keys } = (await response.json()) as Record<string, unknown>;
  if (named !== issuer) throw new Error(`${url}: expected the issuer ${issuer}, got ${JSON.stringify(named)}`);
  if (typeof keys !== 'string' || !isTrustworthyUrl(keys)) throw new Error(`${url}: expected jwks_uri to be https://…, got ${JSON.stringify(keys)}`);
  return keys;
}

async function fetchBounded(url: string, init: RequestInit): Promise<Response> {
  const { status, body } = await fetch(url, init);
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.length > LIMIT) throw new Error(`${url}: expected at most ${LIMIT} characters`);
  }
  return new Response(status === 200 ? text : null, { status: status === 200 ? 200 : 502 });
}

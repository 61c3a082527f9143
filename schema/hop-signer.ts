/** The gateway's side of the hop tokens (`hop-token.ts`): requests that are sent at the same moment share a signature, which is the dearest of what a request costs. */
import { type KeyObject, randomUUID, sign } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { audienceOf, bodyHash, digestOf, type HopClaims, ISSUER, TYPE } from './hop-token.ts';

/** Makes hop tokens. */
export interface HopSigner {
  /** A token for `subgraph` and this very `body`, as soon as the event loop has seen to all that is at hand, and may bring more to be signed. */
  sign(subgraph: string, body: string, claims: HopClaims): Promise<string>;
}

/** What is signed at once. */
interface Batch {
  readonly digests: string[];
  readonly jwt: Promise<string>;
}

/** How long a token holds; in seconds. With the clock skew that subgraphs allow, no longer than a minute. */
const LIFETIME = 30;
/** Hops under one signature; each of them carries the digests of all, 61 bytes apiece. */
const BATCH_SIZE = 16;
const HEADER = base64url({ alg: 'EdDSA', typ: TYPE });

/** @param key the gateway's Ed25519 private key */
export function createHopSigner(key: KeyObject): HopSigner {
  let open: Batch | undefined;

  function startBatch(): Batch {
    const digests: string[] = [];
    const jwt = setImmediate().then(() => {
      if (open === batch) open = undefined;
      return signDigests(key, digests);
    });
    const batch = { digests, jwt };
    return batch;
  }

  return {
    sign: async (subgraph, body, claims) => {
      const disclosure = disclose(subgraph, body, claims);
      if (open === undefined || open.digests.length === BATCH_SIZE) open = startBatch();
      open.digests.push(digestOf(disclosure));
      return `${await open.jwt}~${disclosure}~`;
    },
  };
}

/**
 * The salt keeps a subgraph, which sees the digests of the others' hops, from guessing what they say: a UUID of 122 random bits, which Node draws by the
 * hundred, where each call for bytes costs as much as all else that is done here.
 */
function disclose(subgraph: string, body: string, { caller, requestId, operationHash, operationName }: HopClaims): string {
  const { subject, agency, scopes, purpose } = caller;
  const hop = {
    aud: audienceOf(subgraph),
    sub: subject ?? undefined,
    agency,
    scopes,
    purpose,
    rid: requestId,
    oph: operationHash,
    opn: operationName,
    bod: bodyHash(body),
  };
  return base64url([randomUUID(), 'hop', hop]);
}

/**
 * Sorted, so that the order of the hops is not told. Written out, because jose signs with Web Crypto, which takes a turn of the thread pool for
 * what is done at once in a third of the time.
 */
function signDigests(key: KeyObject, digests: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: ISSUER, iat: now, nbf: now, exp: now + LIFETIME, _sd_alg: 'sha-256', _sd: digests.toSorted() };
  const signed = `${HEADER}.${base64url(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPES, type Scope } from '#schema/access.ts';
import { createHopSigner } from '#schema/hop-signer.ts';
import type { HopClaims } from '#schema/hop-token.ts';
import type { Caller } from '#schema/identity.ts';
import { grantedTo } from '#shared/access/grants.ts';

/** A gateway's key of a test's own. */
export const { privateKey: GATEWAY_KEY, publicKey: GATEWAY_PUBLIC_KEY } = generateKeyPairSync('ed25519');

/** Somebody who may do everything, where the ministry grants it. */
export const EVERYBODY: Caller = { subject: 'officer-1', agency: 'c02', scopes: Object.keys(SCOPES) as Scope[], purpose: 'COORDINATION' };

/** Grants of everything, of all records. */
export const GRANTED_ALL = (caller: Caller) =>
  grantedTo({ grants: [{ agency: '*', purposes: '*', scopes: Object.keys(SCOPES) as Scope[], fields: ['*'], records: 'all' }], revoked: [] }, caller);

/** The key with which the gateway of a stack signs. */
export function stackKey(env: NodeJS.ProcessEnv): KeyObject {
  return createPrivateKey(readFileSync(join(String(env['DATA_FOLDER']), 'keys', 'gateway.pem'), 'utf8'));
}

/** The headers of a request with this very body, as the gateway sends it to a subgraph. */
export async function hopHeaders(
  key: KeyObject,
  subgraph: string,
  body: string,
  caller: Caller = EVERYBODY,
  claims: Partial<HopClaims> = {},
): Promise<Record<string, string>> {
  const all = { caller, requestId: 'request-1', operationHash: 'hash', operationName: 'Test', ...claims };
  const token = await createHopSigner(key).sign(subgraph, body, all);
  return { 'content-type': 'application/json', authorization: `Bearer ${token}` };
}

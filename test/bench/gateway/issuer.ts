/** An OpenID Connect issuer of the bench's own, for a gateway in production: its keys, and tokens that have every role that is asked for. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { PURPOSE_HEADER } from '#schema/identity.ts';

/** See above. */
export interface Issuer {
  /** What tells a gateway about it, and the key that the gateway signs with. */
  readonly env: NodeJS.ProcessEnv;
  /** What a client sends. */
  readonly headers: Readonly<Record<string, string>>;
  /** What another client sends. */
  headersOf(subject: string): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

const AUDIENCE = 'hotline-graph';
const ROLES = ['coordinator', 'officer'];

/** Serves the keys until it is closed. */
export async function openIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'bench' }] });
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(keys)).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headersOf = async (subject: string) => {
    const token = await new SignJWT({ roles: ROLES, agency: 'c02' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'bench' })
      .setIssuer(url)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(privateKey);
    return { authorization: `Bearer ${token}`, [PURPOSE_HEADER]: 'COORDINATION' };
  };
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    env: { OIDC_ISSUER: url, OIDC_AUDIENCE: AUDIENCE, OIDC_JWKS_URL: `${url}/keys`, GATEWAY_SIGNING_KEY: signing },
    headers: await headersOf('bench'),
    headersOf,
    close: () => server.close(),
  };
}

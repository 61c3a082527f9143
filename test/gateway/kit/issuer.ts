import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { withDefaults } from '../../../gateway/development/tokens.ts';
import { type AskAs, EVERYTHING } from '../../testkit/tokens.ts';

/** An issuer that has one key and makes any token, for gateways in production. */
export interface SmallIssuer {
  /** The environment of a gateway that takes its tokens. */
  readonly env: NodeJS.ProcessEnv;
  tokenFor(as: AskAs): Promise<string>;
  stop(): Promise<void>;
}

const AUDIENCE = 'https://graph.test/graphql';

/** A key pair as the environment has it. */
export function pemOf(key: KeyObject = generateKeyPairSync('ed25519').privateKey): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

/** Starts an issuer with discovery document and keys on this machine. */
export async function startSmallIssuer(): Promise<SmallIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'EdDSA', use: 'sig' }];
  let url = '';
  const server = createServer(({ url: path }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(path === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { OIDC_ISSUER: url, OIDC_AUDIENCE: AUDIENCE, GATEWAY_SIGNING_KEY: pemOf() },
    tokenFor: (as = EVERYTHING) => {
      const { roles, agency, subject } = withDefaults(as);
      return new SignJWT({ roles, agency })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'one' })
        .setIssuer(url)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime('10 minutes')
        .sign(privateKey);
    },
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

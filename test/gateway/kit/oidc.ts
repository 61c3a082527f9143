import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** A key of the issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What the issuer does with requests instead of answering them. */
export type Outage = 'refuses' | 'hangs' | 'fails' | 'babbles';

/** A certified OpenID Connect provider (npm's oidc-provider) on this machine, whose keys can be changed and which can fail. */
export interface OidcIssuer {
  readonly url: string;
  readonly audience: string;
  /** The environment of a gateway that takes its tokens. */
  readonly env: NodeJS.ProcessEnv;
  /** How often its keys were asked for. */
  readonly keyRequests: number;
  /** A token for a client, by the client credentials grant; signed with the first of the keys. */
  token(client: ClientName): Promise<string>;
  /** From now on it has these keys. */
  rotate(keys: readonly IssuerKey[]): void;
  fail(outage: Outage | undefined): void;
  stop(): Promise<void>;
}

/** Its clients, and the claims of their tokens. */
export const CLIENTS = {
  'police-desk': { roles: ['officer'], agency: 'c02' },
  'coordination-desk': { roles: ['coordinator', 'developer'], agency: 'cuc-tre-em' },
  dashboard: { roles: ['dashboard'] },
  stranger: {},
} as const;
export type ClientName = keyof typeof CLIENTS;

const AUDIENCE = 'https://graph.example/graphql';
const SECRET = 'only for tests, and long enough for them';

/** Where the provider keeps what it gives out: tokens that say everything themselves need not be kept. */
class NothingKept {
  async upsert(): Promise<void> {}
  async find(): Promise<undefined> {
    return undefined;
  }
}

/** Makes a key. */
export function issuerKey(kid: string, alg: IssuerKey['alg']): IssuerKey {
  switch (alg) {
    case 'RS256':
      return { kid, alg, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    case 'ES256':
      return { kid, alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { kid, alg, ...generateKeyPairSync('ed25519') };
    default:
      return alg satisfies never;
  }
}

/** Starts a provider with these keys. */
export async function startOidcIssuer(keys: readonly IssuerKey[]): Promise<OidcIssuer> {
  const state = { provider: undefined as RequestListener | undefined, outage: undefined as Outage | undefined, keyRequests: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/jwks') state.keyRequests += 1;
    // A connection that is kept would be broken by the next outage.
    response.setHeader('connection', 'close');
    switch (state.outage) {
      case 'refuses':
        return void request.socket.destroy();
      case 'hangs':
        return;
      case 'fails':
        return void response.writeHead(500).end('out of order');
      case 'babbles':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"issuer": "${'x'.repeat(1_000_000)}"}`);
      default:
        return void state.provider?.(request, response);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rotate = (next: readonly IssuerKey[]) => {
    state.provider = new Provider(url, configuration(next)).callback();
  };
  rotate(keys);
  return {
    url,
    audience: AUDIENCE,
    env: { OIDC_ISSUER: url, OIDC_AUDIENCE: AUDIENCE },
    get keyRequests() {
      return state.keyRequests;
    },
    token: async (client) => {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(SECRET)}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    rotate,
    fail: (outage) => {
      state.outage = outage;
      server.closeAllConnections();
    },
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

function configuration(keys: readonly IssuerKey[]): object {
  const [first] = keys;
  return {
    adapter: NothingKept,
    ttl: { ClientCredentials: 600 },
    jwks: { keys: keys.map(({ kid, alg, privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' })) },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    clients: Object.keys(CLIENTS).map((client_id) => ({
      client_id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: first?.alg,
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: first?.alg, kid: first?.kid } },
        }),
      },
    },
    extraTokenClaims: (_context: unknown, { clientId }: { clientId: ClientName }) => CLIENTS[clientId],
  };
}

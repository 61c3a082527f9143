/** The hop from the gateway to a subgraph, attacked: whoever is not the gateway gets 401 and nothing else. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyHash, digestOf } from '#schema/hop-token.ts';
import { buildServer } from '#shared/server.ts';
import { NO_FOREIGN_IDS } from '#shared/foreign-ids/foreign-ids.ts';
import { subgraph } from '../../../../subgraphs/agencies/main.ts';
import { EVERYBODY, GATEWAY_KEY, GATEWAY_PUBLIC_KEY, GRANTED_ALL, hopHeaders } from '../../../testkit/hop.ts';

const SERVICE = JSON.stringify({ query: '{ _service { sdl } }' });
const TYPENAME = JSON.stringify({ query: '{ __typename }' });
const ENTITIES = JSON.stringify({ query: '{ _entities(representations: [{ __typename: "Agency", id: "c02" }]) { ... on Agency { id } } }' });

let app: FastifyInstance;
let url: string;
let log: string[] = [];
const statements: string[] = [];

beforeAll(async () => {
  const database = {
    foreignIds: NO_FOREIGN_IDS,
    engine: 'pglite',
    query: async (statement: string) => {
      statements.push(statement);
      return [];
    },
    as: () => ({
      query: async (statement: string) => {
        statements.push(statement);
        return [];
      },
    }),
  };
  app = await buildServer(
    subgraph as never,
    {
      typeDefs: readFileSync(join(subgraph.folder, 'schema.graphql'), 'utf8'),
      database: database as never,
      log: pino({}, { write: (line) => void log.push(line) }),
      recordIdKey: 'a key of sixteen characters or more',
      failpoints: {},
      settings: {},
      gatewayKeys: [GATEWAY_PUBLIC_KEY],
      grantedTo: GRANTED_ALL,
      append: async () => undefined,
      ready: () => true,
    } as never,
  );
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app?.close());

async function send(body: string, headers: Record<string, string>, path = '/graphql', method = 'POST') {
  log = [];
  const response = await fetch(`${url}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

const refused = { status: 401, text: '' };
const bearer = (token: string) => ({ 'content-type': 'application/json', authorization: `Bearer ${token}` });

interface Change {
  /** Of what is signed. */
  readonly jwt?: object;
  /** Of what is disclosed. */
  readonly hop?: object;
  readonly header?: object;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

/** A disclosure as the gateway makes them, but for what `change` changes. */
function disclosed(body: string, change: object = {}): string {
  const { scopes, agency, purpose, subject: sub } = EVERYBODY;
  return encoded(['salt', 'hop', { aud: 'subgraph:agencies', sub, agency, scopes, purpose, rid: 'r-1', oph: 'h', opn: null, bod: bodyHash(body), ...change }]);
}

/** What the gateway signs for these disclosures, but for what `change` changes. */
function signed(disclosures: readonly string[], { jwt, header, key }: Change = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: 'gateway', iat: now, nbf: now, exp: now + 30, _sd_alg: 'sha-256', _sd: disclosures.map(digestOf), ...jwt })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'hop+sd-jwt', ...header })
    .sign(key ?? GATEWAY_KEY);
}

/** A token as the gateway makes them, but for what `change` changes. */
async function forged(body: string, change: Change = {}): Promise<string> {
  const disclosure = disclosed(body, change.hop);
  return `${await signed([disclosure], change)}~${disclosure}~`;
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a subgraph answers the gateway alone', () => {
  it('takes a token that is as it must be', async () => {
    const { status, text } = await send(TYPENAME, bearer(await forged(TYPENAME)));
    expect({ status, answer: JSON.parse(text) }).toEqual({ status: 200, answer: { data: { __typename: 'Query' } } });
  });

  it('HOP-01 MUST refuse a request without a token, _service and _entities included', async () => {
    for (const body of [TYPENAME, SERVICE, ENTITIES, '{', '']) expect(await send(body, { 'content-type': 'application/json' })).toEqual(refused);
  });

  it('HOP-02 MUST refuse whatever is asked for without a token, also what is not there', async () => {
    for (const path of ['/', '/graphql?query={__typename}', '/other', '/graphql/']) expect(await send('', {}, path, 'GET')).toEqual(refused);
  });

  it('HOP-03 MUST refuse a token of another key', async () => {
    expect(await send(TYPENAME, bearer(await forged(TYPENAME, { key: generateKeyPairSync('ed25519').privateKey })))).toEqual(refused);
  });

  it('HOP-04 MUST refuse a token for another subgraph', async () => {
    expect(await send(TYPENAME, await hopHeaders(GATEWAY_KEY, 'victims', TYPENAME))).toEqual(refused);
    for (const aud of ['subgraph:victims', ['subgraph:victims'], ['subgraph:agencies', 'subgraph:victims'], undefined]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { hop: { aud } })))).toEqual(refused);
    }
  });

  it('HOP-05 MUST refuse a body that the token was not signed for', async () => {
    const headers = await hopHeaders(GATEWAY_KEY, 'agencies', TYPENAME);
    for (const body of [ENTITIES, `${TYPENAME} `, '']) expect(await send(body, headers)).toEqual(refused);
  });

  it('HOP-06 MUST refuse an expired token, and one that lives longer than a minute', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const jwt of [
      { iat: now - 120, nbf: now - 120, exp: now - 60 },
      { exp: now + 3600 },
      { iat: now - 3000, exp: now + 30 },
      { exp: undefined },
      { iat: undefined },
      { nbf: undefined },
      { nbf: now + 300 },
    ]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { jwt })))).toEqual(refused);
    }
  });

  it('HOP-07 MUST refuse alg none', async () => {
    const [head, disclosure] = (await forged(TYPENAME)).split('~');
    const unsigned = new UnsecuredJWT(decodeJwt(String(head))).encode();
    for (const signature of ['', 'x']) expect(await send(TYPENAME, bearer(`${unsigned}${signature}~${disclosure}~`))).toEqual(refused);
    const none = encoded({ alg: 'none', typ: 'hop+sd-jwt' });
    expect(await send(TYPENAME, bearer(`${none}.${String(head).split('.').slice(1).join('.')}~${disclosure}~`))).toEqual(refused);
  });

  it('HOP-08 MUST refuse a MAC made with the public key', async () => {
    const [jwt, disclosure] = (await forged(TYPENAME)).split('~');
    const [, payload] = String(jwt).split('.');
    for (const secret of [GATEWAY_PUBLIC_KEY.export({ type: 'spki', format: 'pem' }), GATEWAY_PUBLIC_KEY.export({ type: 'spki', format: 'der' })]) {
      const head = encoded({ alg: 'HS256', typ: 'hop+sd-jwt' });
      const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
      expect(await send(TYPENAME, bearer(`${head}.${payload}.${mac}~${disclosure}~`))).toEqual(refused);
    }
  });

  it('HOP-09 MUST refuse a token of another type or issuer', async () => {
    for (const typ of ['JWT', 'hop+jwt', 'sd-jwt', undefined])
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { header: { typ } })))).toEqual(refused);
    expect(await send(TYPENAME, bearer(await forged(TYPENAME, { jwt: { iss: 'somebody' } })))).toEqual(refused);
  });

  it('HOP-10 MUST refuse a key that the token brings or names itself', async () => {
    const other = generateKeyPairSync('ed25519');
    const jwk = other.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jku: 'http://127.0.0.1:1/keys' }, { kid: '../../../dev/null' }, { x5u: 'http://127.0.0.1:1/' }]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { header, key: other.privateKey })))).toEqual(refused);
    }
  });

  it('HOP-11 MUST refuse claims that were altered', async () => {
    const [jwt, disclosure] = (await forged(TYPENAME)).split('~');
    const [head, , signature] = String(jwt).split('.');
    const altered = disclosed(TYPENAME, { agency: 'c01' });
    const payload = encoded({ ...decodeJwt(String(jwt)), _sd: [digestOf(altered)] });
    expect(await send(TYPENAME, bearer(`${head}.${payload}.${signature}~${altered}~`))).toEqual(refused);
    expect(await send(TYPENAME, bearer(`${jwt}~${altered}~`))).toEqual(refused);
    expect(await send(TYPENAME, bearer(`${jwt}~${disclosure}A~`))).toEqual(refused);
  });

  it('HOP-12 MUST refuse scopes and purposes that there are not', async () => {
    for (const hop of [{ scopes: ['everything'] }, { scopes: 'reference:read' }, { scopes: ['__proto__'] }, { purpose: 'FUN' }, { agency: 1 }, { sub: 1 }]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { hop })))).toEqual(refused);
    }
  });

  it('HOP-13 MUST refuse a body that is no JSON by its type, whatever the token says', async () => {
    const token = await forged(TYPENAME);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/csv']) {
      const { status, text } = await send(TYPENAME, { ...bearer(token), 'content-type': type });
      expect([401, 415]).toContain(status);
      expect(text).not.toContain('"data"');
    }
  });

  it('HOP-14 MUST refuse other schemes and places for the token', async () => {
    const token = await forged(TYPENAME);
    for (const headers of [
      { authorization: token },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer  ${token}` },
      { cookie: `token=${token}` },
    ]) {
      expect(await send(TYPENAME, { 'content-type': 'application/json', ...headers } as Record<string, string>)).toEqual(refused);
    }
    expect(await send(TYPENAME, { 'content-type': 'application/json' }, `/graphql?access_token=${token}`)).toEqual(refused);
  });

  it('HOP-15 MUST refuse poisoned JSON though it was signed', async () => {
    const body = '{"query":"{ __typename }","variables":{"__proto__":{"admin":true}}}';
    const { status, text } = await send(body, bearer(await forged(body)));
    expect(status).toBe(400);
    expect(text).not.toContain('"data"');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('HOP-16 MUST refuse a token that discloses nothing, or more than one thing', async () => {
    const [one, two] = [disclosed(TYPENAME), disclosed(TYPENAME, { rid: 'r-2' })];
    const jwt = await signed([one, two]);
    for (const shown of ['', '~', '~~', `~${one}`, `~${one}~${two}`, `~${one}~${two}~`, `~${one}~${one}~`, `~${one}~~`, `~~${one}~`, `~${one}~${jwt}`]) {
      expect(await send(TYPENAME, bearer(`${jwt}${shown}`))).toEqual(refused);
    }
    for (const shown of [one, two]) expect(await send(TYPENAME, bearer(`${jwt}~${shown}~`))).toMatchObject({ status: 200 });
  });

  it('HOP-17 MUST refuse a disclosure that was signed for another subgraph, or in another batch', async () => {
    const [ours, theirs] = [disclosed(TYPENAME), disclosed(TYPENAME, { aud: 'subgraph:victims' })];
    expect(await send(TYPENAME, bearer(`${await signed([ours, theirs])}~${theirs}~`))).toEqual(refused);
    expect(await send(TYPENAME, bearer(`${await signed([theirs])}~${ours}~`))).toEqual(refused);
  });

  it('HOP-18 MUST refuse what is no disclosure of a hop though its digest was signed', async () => {
    const [, , hop] = JSON.parse(Buffer.from(disclosed(TYPENAME), 'base64url').toString()) as unknown[];
    for (const disclosure of [
      ...[[hop], ['hop', hop], ['salt', 'hop'], ['salt', 'hop', null], ['salt', 'hop', 'text'], ['salt', 'hop', hop, 1]].map(encoded),
      ...[[1, 'hop', hop], ['salt', '_sd', hop], ['salt', '...', hop], ['salt', 'other', hop], hop, null, 'hop', {}].map(encoded),
      'AAAA',
    ]) {
      expect(await send(TYPENAME, bearer(`${await signed([disclosure])}~${disclosure}~`))).toEqual(refused);
    }
  });

  it('HOP-19 MUST refuse digests that are told twice, are no texts, no list, or made in another way', async () => {
    const digest = digestOf(disclosed(TYPENAME));
    for (const jwt of [{ _sd: [digest, digest] }, { _sd: [digest, 1] }, { _sd: digest }, { _sd: [] }, { _sd: undefined }, { _sd: { [digest]: digest } }]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { jwt })))).toEqual(refused);
    }
    for (const _sd_alg of ['sha-512', 'SHA-256', null, undefined]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { jwt: { _sd_alg } })))).toEqual(refused);
    }
  });

  it('HOP-20 MUST refuse claims beside the digests, those of a hop or others', async () => {
    const [, , hop] = JSON.parse(Buffer.from(disclosed(TYPENAME), 'base64url').toString()) as unknown[];
    for (const jwt of [{ hop }, { aud: 'subgraph:agencies' }, { cnf: {} }, hop as object]) {
      const token = await forged(TYPENAME, { jwt });
      expect(await send(TYPENAME, bearer(token))).toEqual(refused);
      expect(await send(TYPENAME, bearer(`${token.split('~')[0]}~`))).toEqual(refused);
    }
  });

  it('HOP-21 MUST refuse a JWT of the former form', async () => {
    const now = Math.floor(Date.now() / 1000);
    const [, , hop] = JSON.parse(Buffer.from(disclosed(TYPENAME), 'base64url').toString()) as [string, string, object];
    for (const typ of ['hop+jwt', 'hop+sd-jwt']) {
      const jwt = await new SignJWT({ iss: 'gateway', iat: now, nbf: now, exp: now + 30, ...hop }).setProtectedHeader({ alg: 'EdDSA', typ }).sign(GATEWAY_KEY);
      for (const end of ['', '~']) expect(await send(TYPENAME, bearer(`${jwt}${end}`))).toEqual(refused);
    }
  });

  it('tells the log why, and nothing of the token', async () => {
    const token = await forged(TYPENAME, { hop: { aud: 'subgraph:calls' } });
    await send(TYPENAME, bearer(token));
    expect(log.join('')).toContain('not from the gateway');
    expect(log.join('')).not.toContain(token.slice(0, 40));
  });

  it('asks the database nothing for whoever is refused', async () => {
    statements.length = 0;
    await send(ENTITIES, { 'content-type': 'application/json' });
    await send(ENTITIES, await hopHeaders(GATEWAY_KEY, 'victims', ENTITIES));
    expect(statements).toEqual([]);
  });

  it('says of its health only whether it is ready', async () => {
    const { status, text } = await send('', {}, '/health/ready', 'GET');
    expect({ status, answer: JSON.parse(text) }).toEqual({ status: 200, answer: { status: 'ready' } });
  });
});

/** The hop from the gateway to a subgraph, attacked: whoever is not the gateway gets 401 and nothing else. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { SignJWT, UnsecuredJWT } from 'jose';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyHash } from '#schema/hop-token.ts';
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

/** A token as the gateway makes them, but for what `change` changes. */
function forged(body: string, change: { claims?: object; header?: object; key?: Parameters<SignJWT['sign']>[0] } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { scopes, agency, purpose, subject: sub } = EVERYBODY;
  const claims = { iss: 'gateway', aud: 'subgraph:agencies', sub: String(sub), agency, scopes, purpose, rid: 'r-1', oph: 'h', opn: null, bod: bodyHash(body) };
  return new SignJWT({ ...claims, iat: now, nbf: now, exp: now + 30, ...change.claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'hop+jwt', ...change.header })
    .sign(change.key ?? GATEWAY_KEY);
}

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
    expect(await send(TYPENAME, bearer(await forged(TYPENAME, { claims: { aud: ['subgraph:victims'] } })))).toEqual(refused);
  });

  it('HOP-05 MUST refuse a body that the token was not signed for', async () => {
    const headers = await hopHeaders(GATEWAY_KEY, 'agencies', TYPENAME);
    for (const body of [ENTITIES, `${TYPENAME} `, '']) expect(await send(body, headers)).toEqual(refused);
  });

  it('HOP-06 MUST refuse an expired token, and one that lives longer than a minute', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const claims of [
      { iat: now - 120, nbf: now - 120, exp: now - 60 },
      { exp: now + 3600 },
      { iat: now - 3000, exp: now + 30 },
      { exp: undefined },
      { iat: undefined },
      { nbf: undefined },
      { nbf: now + 300 },
    ]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { claims })))).toEqual(refused);
    }
  });

  it('HOP-07 MUST refuse alg none', async () => {
    const token = new UnsecuredJWT({ aud: 'subgraph:agencies', bod: bodyHash(TYPENAME) }).setIssuer('gateway').setIssuedAt().setExpirationTime('30s').encode();
    expect(await send(TYPENAME, bearer(token))).toEqual(refused);
    expect(await send(TYPENAME, bearer(`${token}x`))).toEqual(refused);
  });

  it('HOP-08 MUST refuse a MAC made with the public key', async () => {
    const [, payload] = (await forged(TYPENAME)).split('.');
    for (const secret of [GATEWAY_PUBLIC_KEY.export({ type: 'spki', format: 'pem' }), GATEWAY_PUBLIC_KEY.export({ type: 'spki', format: 'der' })]) {
      const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'hop+jwt' })).toString('base64url');
      const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
      expect(await send(TYPENAME, bearer(`${head}.${payload}.${mac}`))).toEqual(refused);
    }
  });

  it('HOP-09 MUST refuse a token of another type or issuer', async () => {
    expect(await send(TYPENAME, bearer(await forged(TYPENAME, { header: { typ: 'JWT' } })))).toEqual(refused);
    expect(await send(TYPENAME, bearer(await forged(TYPENAME, { claims: { iss: 'somebody' } })))).toEqual(refused);
  });

  it('HOP-10 MUST refuse a key that the token brings or names itself', async () => {
    const other = generateKeyPairSync('ed25519');
    const jwk = other.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jku: 'http://127.0.0.1:1/keys' }, { kid: '../../../dev/null' }, { x5u: 'http://127.0.0.1:1/' }]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { header, key: other.privateKey })))).toEqual(refused);
    }
  });

  it('HOP-11 MUST refuse claims that were altered', async () => {
    const [head, , signature] = (await forged(TYPENAME)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...EVERYBODY, aud: 'subgraph:agencies' })).toString('base64url');
    expect(await send(TYPENAME, bearer(`${head}.${payload}.${signature}`))).toEqual(refused);
  });

  it('HOP-12 MUST refuse scopes and purposes that there are not', async () => {
    for (const claims of [{ scopes: ['everything'] }, { scopes: 'reference:read' }, { scopes: ['__proto__'] }, { purpose: 'FUN' }, { agency: 1 }, { sub: 1 }]) {
      expect(await send(TYPENAME, bearer(await forged(TYPENAME, { claims })))).toEqual(refused);
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

  it('tells the log why, and nothing of the token', async () => {
    const token = await forged(TYPENAME, { claims: { aud: 'subgraph:calls' } });
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

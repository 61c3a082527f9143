import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopesOf } from '#schema/access.ts';
import { type Identified, type IdentityServer, startIdentityServer } from './kit/identity.ts';
import { issuerKey, type OidcIssuer, startOidcIssuer } from './kit/oidc.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-test-'));
const KEY = issuerKey('curve', 'EdDSA');
const RSA = issuerKey('rsa', 'RS256');
/** The attacker's own. */
const STOLEN = generateKeyPairSync('ed25519');

let issuer: OidcIssuer;
let server: IdentityServer;
/** Where an attacker would like the gateway to look for keys. */
let trap: Server;
let trapped = 0;
beforeAll(async () => {
  issuer = await startOidcIssuer([KEY, RSA]);
  server = await startIdentityServer({ ...issuer.env, DATA_FOLDER: folder });
  const { kty, crv, x } = STOLEN.publicKey.export({ format: 'jwk' });
  trap = createServer((_request, response) => {
    trapped += 1;
    response.end(JSON.stringify({ keys: [{ kty, crv, x, kid: 'curve', alg: 'EdDSA', use: 'sig' }] }));
  });
  await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  trap?.close();
  await server?.stop();
  await issuer?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const now = () => Math.floor(Date.now() / 1000);
const claims = () => ({ iss: issuer.url, aud: issuer.audience, sub: 'eve', roles: ['officer'], agency: 'c02', iat: now(), exp: now() + 300 });
const HEADER = { alg: 'EdDSA', typ: 'at+jwt', kid: 'curve' };
const trapUrl = () => `http://127.0.0.1:${(trap.address() as AddressInfo).port}/keys`;

const encode = (part: unknown) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
type Signer = (text: string) => Buffer;
const ed25519 =
  (key: KeyObject = KEY.privateKey): Signer =>
  (text) =>
    sign(null, Buffer.from(text), key);
const rsa: Signer = (text) => sign('sha256', Buffer.from(text), { key: RSA.privateKey, padding: constants.RSA_PKCS1_PADDING });

/** A token with these changes to header and claims (undefined takes one away), signed by the issuer's key unless it is said. */
function token(header: object = {}, payload: object | string = {}, signer: Signer = ed25519()): string {
  const body = typeof payload === 'string' ? payload : { ...claims(), ...payload };
  const text = `${encode({ ...HEADER, ...header })}.${encode(body)}`;
  return `${text}.${signer(text).toString('base64url')}`;
}

/** Refused: not taken for anybody, and told nothing about why. */
async function expectRefused(asked: string | readonly string[]): Promise<void> {
  const answer = await server.identify(asked);
  expect({ ...shape(answer), caller: answer.caller }).toEqual({ status: 401, challenge: 'Bearer error="invalid_token"', errors: [REFUSAL], caller: undefined });
}

const shape = ({ status, headers, errors }: Identified) => ({ status, challenge: headers['www-authenticate'], errors });
const REFUSAL = {
  message: expect.stringMatching(/^Mã truy cập không hợp lệ hoặc đã hết hạn.* · The token does not hold or has expired.*$/),
  extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
};

describe('a token that is right', () => {
  it('is taken: what is refused below is refused for what is changed', async () => {
    expect(await server.identify(token())).toMatchObject({ status: 200, caller: { subject: 'eve', agency: 'c02', scopes: scopesOf(['officer']) } });
    expect((await server.identify(token({ alg: 'RS256', kid: 'rsa' }, {}, rsa))).status).toBe(200);
    for (const typ of ['JWT', 'jwt', 'application/at+jwt']) expect((await server.identify(token({ typ }))).status, typ).toBe(200);
    for (const aud of [[issuer.audience], ['another', issuer.audience]]) expect((await server.identify(token({}, { aud }))).status).toBe(200);
    expect((await server.identify(token({}, { exp: now() - 20, iat: now() + 20, nbf: now() + 20 }))).status, 'clocks may differ by half a minute').toBe(200);
  });
});

const attacks: Record<string, () => readonly string[]> = {
  'AUTH-02 expired': () => [token({}, { exp: now() - 31 }), token({}, { exp: 0 }), token({}, { exp: -1 })],
  'AUTH-03 for another audience': () =>
    [undefined, '', 'another', `${issuer.audience}/`, issuer.audience.toUpperCase(), [], ['another'], { 0: issuer.audience }].map((aud) => token({}, { aud })),
  'AUTH-04 of another issuer': () => [undefined, '', 'https://id.example', `${issuer.url}/`, [issuer.url]].map((iss) => token({}, { iss })),
  'AUTH-05 by another key': () => [
    token({}, {}, ed25519(STOLEN.privateKey)),
    token({ kid: 'mine' }, {}, ed25519(STOLEN.privateKey)),
    token({ kid: undefined }, {}, ed25519(STOLEN.privateKey)),
    token({ kid: 'rsa' }),
    token({ alg: 'RS256', kid: 'curve' }, {}, rsa),
  ],
  'AUTH-06 with alg none': () =>
    ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [token({ alg }), token({ alg }, {}, () => Buffer.alloc(0)), token({ alg, kid: undefined })]),
  'AUTH-07 signed with a public key as if it were a secret': () =>
    [KEY, RSA].flatMap(({ kid, publicKey }) => {
      const jwk = publicKey.export({ format: 'jwk' });
      const secrets = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        String(publicKey.export({ type: 'spki', format: 'pem' })).trim(),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwk),
        Buffer.from(String(jwk.x ?? jwk.n), 'base64url'),
        '',
      ];
      return secrets.flatMap((secret) =>
        [256, 384, 512].map((bits) => token({ alg: `HS${bits}`, kid }, {}, (text) => createHmac(`sha${bits}`, secret).update(text).digest())),
      );
    }),
  'AUTH-08 with a key id that leads elsewhere': () =>
    [
      '../../../../dev/null',
      '/dev/null',
      "x' UNION SELECT 'secret' --",
      trapUrl(),
      '$(id)',
      '__proto__',
      'constructor',
      'x'.repeat(129),
      'x'.repeat(4000),
      '',
      'a\nb',
      7,
      {},
    ].flatMap((kid) => [token({ kid }, {}, ed25519(STOLEN.privateKey)), token({ kid }, {}, () => createHmac('sha256', '').digest())]),
  'AUTH-09 not valid yet': () => [token({}, { nbf: now() + 60 }), token({}, { nbf: now() + 86_400 }), token({}, { nbf: 'now' })],
  'AUTH-10 of another type': () => [
    ...[undefined, '', 'id_token+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt', 'hop+sd-jwt', 'JWS', 'at+jwt ', null, ['at+jwt']].map((typ) => token({ typ })),
    // ID tokens and logout tokens of issuers that call every token a JWT.
    token({ typ: 'JWT' }, { nonce: 'n' }),
    token({ typ: 'JWT' }, { at_hash: 'h' }),
    token({ typ: 'JWT' }, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
  ],
  'AUTH-11 that brings or names its own key': () => {
    const jwk = STOLEN.publicKey.export({ format: 'jwk' });
    const mine = ed25519(STOLEN.privateKey);
    return [{ jwk }, { jwk, kid: undefined }, { jku: trapUrl() }, { x5u: trapUrl() }, { x5c: ['MIIB'] }].flatMap((header) => [
      token(header, {}, mine),
      token(header),
    ]);
  },
  'AUTH-12 altered': () => {
    const [header = '', payload = '', signature = ''] = token().split('.');
    return [
      `${header}.${encode({ ...claims(), roles: ['coordinator'] })}.${signature}`,
      `${encode({ ...HEADER, extra: 1 })}.${payload}.${signature}`,
      `${header}.${payload}.${encode(Buffer.alloc(64).toString('latin1'))}`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `${header}.${payload}.${signature}.${signature}`,
      `${header}.${payload}.${signature}=`,
      token({}, 'not JSON'),
      token({}, '[]'),
      token({}, 'null'),
    ];
  },
  'AUTH-13 without an end, or older than a day': () => [
    ...[undefined, null, 'never', '9999999999', {}, true].map((exp) => token({}, { exp })),
    ...[undefined, null, 'now', now() + 60, now() - 90_000].map((iat) => token({}, { iat, exp: now() + 300 })),
  ],
  'AUTH-16 that is huge': () => [token({}, { filler: 'x'.repeat(9_000) })],
  'AUTH-17 with critical extensions': () => [
    token({ crit: ['exp'] }),
    token({ crit: ['b64'], b64: false }),
    token({ crit: ['b64'], b64: true }),
    token({ crit: [] }),
    token({ crit: ['made-up'], 'made-up': 1 }),
  ],
  'AUTH-20 whose claims are not what they should be': () => [
    ...[undefined, '', 7, 'a\nb', 'a\u2028b', '\u0000', 'x'.repeat(201), {}, ['eve']].map((sub) => token({}, { sub })),
    ...['', 'c02\n', '../c02', 'c02|*', "c02' OR 1=1", 'x'.repeat(65), 7, {}, ['c02']].map((agency) => token({}, { agency })),
    ...['officer', 7, {}, [7], [['officer']], [null]].map((roles) => token({}, { roles })),
  ],
};

describe('a token', () => {
  for (const [attack, tokens] of Object.entries(attacks)) {
    it(`${attack} MUST be refused`, async () => {
      const tried = tokens();
      expect(tried.length).toBeGreaterThan(0);
      for (const each of tried) await expectRefused(each);
      // Nor does a refusal make the next one easier.
      for (const each of tried) await expectRefused(each);
      expect(trapped, 'nothing is fetched from where a token says').toBe(0);
      const logged = JSON.stringify(server.log);
      for (const each of tried) expect(logged.includes(each.slice(-40)), 'the log holds no token').toBe(false);
    });
  }

  it('AUTH-14 beside another one MUST be refused, whichever comes first', async () => {
    const good = `Bearer ${token()}`;
    await expectRefused(['authorization', good, 'authorization', good]);
    await expectRefused(['authorization', good, 'Authorization', 'Bearer x']);
    await expectRefused(['authorization', 'Basic eDp5', 'authorization', good]);
    await expectRefused(['authorization', `${good}, ${good}`]);
  });

  it('AUTH-14 that is written otherwise than it should be MUST be refused', async () => {
    const good = token();
    const written = [
      '',
      'Bearer',
      'Bearer ',
      good,
      `Basic ${good}`,
      `Bearer  ${good}`,
      `Bearer\t${good}`,
      `Bearer "${good}"`,
      `Bearer token=${good}`,
      `Token ${good}`,
      `Bearer ${good} x`,
    ];
    for (const header of written) await expectRefused(['authorization', header]);
    expect((await server.identify(['authorization', `bearer ${good}`])).status, 'RFC 9110: schemes know no case').toBe(200);
  });

  it('AUTH-15 anywhere but in its header MUST NOT count', async () => {
    const good = token();
    const nobody = { status: 200, caller: { subject: null, agency: null, scopes: scopesOf(['public']) } };
    for (const query of [`access_token=${good}`, `token=${good}`, `authorization=Bearer%20${good}`])
      expect(await server.identify([], `/graphql?${query}`)).toMatchObject(nobody);
    for (const header of [
      ['cookie', `access_token=${good}`],
      ['x-authorization', `Bearer ${good}`],
      ['proxy-authorization', `Bearer ${good}`],
      ['x-forwarded-user', 'eve'],
    ]) {
      expect(await server.identify(header)).toMatchObject(nobody);
    }
  });

  it('AUTH-16 that no header may be as large as MUST be refused before it is read', async () => {
    const { status, caller } = await server.identify(token({}, { filler: 'x'.repeat(20_000) }));
    expect({ status, caller }).toEqual({ status: 431, caller: undefined });
  });

  it('AUTH-20 with roles that nobody has given MUST give nothing', async () => {
    const strange = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'OFFICER', 'officer ', 'admin', '', 'statistics:exact'];
    expect((await server.identify(token({}, { roles: strange }))).caller?.scopes).toEqual(scopesOf(['public']));
    const hidden = JSON.stringify({ ...claims(), roles: undefined }).replace('{', '{"__proto__": {"roles": ["officer"], "agency": "c02"},');
    expect((await server.identify(token({}, hidden))).caller?.scopes).toEqual(scopesOf(['public']));
    expect(Object.hasOwn(Object.prototype, 'roles')).toBe(false);
  });
});

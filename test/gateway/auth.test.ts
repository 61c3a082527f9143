import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PURPOSES, scopesOf } from '#schema/access.ts';
import { claimsOf } from '../testkit/hop.ts';
import { decodeJwt } from 'jose';
import { startGatewayUnderTest } from './kit/gateway.ts';
import { type IdentityServer, startIdentityServer } from './kit/identity.ts';
import { issuerKey, type OidcIssuer, type Outage, startOidcIssuer } from './kit/oidc.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-test-'));
const [OLD, NEW] = [issuerKey('2026-a', 'ES256'), issuerKey('2026-b', 'RS256')];
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let issuer: OidcIssuer;
let server: IdentityServer;
beforeAll(async () => {
  issuer = await startOidcIssuer([OLD]);
});
afterAll(async () => {
  await issuer?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  // Only the date: time-outs are real.
  vi.useFakeTimers({ toFake: ['Date'] });
  issuer.fail(undefined);
  issuer.rotate([OLD]);
  server = await startIdentityServer({ ...issuer.env, DATA_FOLDER: folder });
});
afterEach(async () => {
  await server.stop();
  vi.useRealTimers();
});

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

describe('a caller', () => {
  it('is whom the issuer says, with the scopes of the roles', async () => {
    expect(await server.identify(await issuer.token('police-desk'))).toMatchObject({
      status: 200,
      caller: { subject: 'police-desk', agency: 'c02', scopes: scopesOf(['officer']), purpose: null },
    });
    expect((await server.identify(await issuer.token('coordination-desk'))).caller).toEqual({
      subject: 'coordination-desk',
      agency: 'cuc-tre-em',
      scopes: scopesOf(['coordinator', 'developer']),
      purpose: null,
    });
  });

  it('may have no agency and no role, and is then allowed what anybody is', async () => {
    const anybody = { agency: null, scopes: ['reference:read'], purpose: null };
    expect((await server.identify(await issuer.token('dashboard'))).caller).toEqual({ subject: 'dashboard', ...anybody });
    expect((await server.identify(await issuer.token('stranger'))).caller).toEqual({ subject: 'stranger', ...anybody });
  });

  it('AUTH-01 without a token MUST be nobody, who is allowed what is public and nothing else', async () => {
    const before = issuer.keyRequests;
    expect(await server.identify()).toMatchObject({ status: 200, caller: { subject: null, agency: null, scopes: scopesOf(['public']), purpose: null } });
    expect(issuer.keyRequests, 'nobody is no reason to ask the issuer').toBe(before);
  });

  it.each(Object.keys(PURPOSES))('says the purpose %s', async (purpose) => {
    expect((await server.identify(['x-purpose', purpose])).caller?.purpose).toBe(purpose);
  });

  it.each(['', 'statistics', 'STATISTICS, OVERSIGHT', '__proto__', 'constructor', 'VUI'])(
    'is told the purposes that there are instead of %j',
    async (purpose) => {
      const { status, caller, errors } = await server.identify(['x-purpose', purpose]);
      expect({ status, caller, code: errors?.[0]?.extensions.code }).toEqual({ status: 400, caller: undefined, code: 'BAD_REQUEST' });
      for (const name of Object.keys(PURPOSES)) expect(errors?.[0]?.message).toContain(name);
    },
  );

  it('may have the claims under other names', async () => {
    await using other = await startIdentityServer({ ...issuer.env, DATA_FOLDER: folder, OIDC_AGENCY_CLAIM: 'sub', OIDC_ROLES_CLAIM: 'groups' });
    expect((await other.identify(await issuer.token('police-desk'))).caller).toMatchObject({ agency: 'police-desk', scopes: ['reference:read'] });
  });
});

describe('the keys of the issuer', () => {
  it('are asked for once, and found by themselves or where it is said', async () => {
    const before = issuer.keyRequests;
    const tokens = await Promise.all(['police-desk', 'coordination-desk', 'dashboard'].map((name) => issuer.token(name as 'dashboard')));
    for (const { status } of await Promise.all(tokens.map((token) => server.identify(token)))) expect(status).toBe(200);
    expect(issuer.keyRequests).toBe(before + 1);
    await using told = await startIdentityServer({ ...issuer.env, DATA_FOLDER: folder, OIDC_JWKS_URL: `${issuer.url}/jwks` });
    expect((await told.identify(tokens[0])).status).toBe(200);
  });

  it('AUTH-19 may change: a new one is taken, and one that was withdrawn MUST be refused', async () => {
    const old = await issuer.token('police-desk');
    expect((await server.identify(old)).status).toBe(200);

    issuer.rotate([NEW, OLD]);
    const young = await issuer.token('police-desk');
    later(11 * SECOND);
    expect((await server.identify(young)).status).toBe(200);
    expect((await server.identify(old)).status).toBe(200);

    issuer.rotate([NEW]);
    later(6 * MINUTE);
    expect((await server.identify(young)).status).toBe(200);
    expect((await server.identify(old)).status, 'it would hold for some minutes yet').toBe(401);
  });

  it('AUTH-08 are not asked for again and again by who makes up ids', async () => {
    expect((await server.identify(await issuer.token('police-desk'))).status).toBe(200);
    const before = issuer.keyRequests;
    issuer.rotate([NEW]);
    const unknown = await Promise.all(Array.from({ length: 20 }, () => issuer.token('police-desk')));
    issuer.rotate([OLD]);
    for (const token of unknown) expect((await server.identify(token)).status).toBe(401);
    expect(issuer.keyRequests, 'they were had this moment').toBe(before);
    later(11 * SECOND);
    for (const token of unknown) expect((await server.identify(token)).status).toBe(401);
    expect(issuer.keyRequests).toBe(before + 1);
  });

  for (const outage of ['refuses', 'fails', 'babbles', 'hangs'] satisfies Outage[]) {
    it(`AUTH-18 cannot be had (the issuer ${outage}): a token MUST NOT be taken unchecked, and is once the issuer is back`, async () => {
      const token = await issuer.token('police-desk');
      issuer.fail(outage);
      const started = performance.now();
      const { status, headers, errors, caller } = await server.identify(token);
      expect(performance.now() - started).toBeLessThan(4_000);
      expect({ status, caller, code: errors?.[0]?.extensions.code, again: headers['retry-after'] }).toEqual({
        status: 503,
        caller: undefined,
        code: 'IDENTITY_UNAVAILABLE',
        again: '5',
      });
      expect(errors?.[0]?.message).not.toMatch(/127|http|jwks|fetch/i);
      expect(JSON.stringify(server.log)).toContain(issuer.url);
      expect((await server.identify()).status, 'without a token nothing is needed of the issuer').toBe(200);
      issuer.fail(undefined);
      expect((await server.identify(token)).status).toBe(200);
    }, 15_000);
  }

  it('are kept while the issuer is down, for some minutes', async () => {
    const [known, fresh] = [await issuer.token('police-desk'), await issuer.token('dashboard')];
    expect((await server.identify(known)).status).toBe(200);
    issuer.fail('refuses');
    later(4 * MINUTE);
    expect((await server.identify(fresh)).status).toBe(200);
    later(2 * MINUTE);
    expect((await server.identify(known)).status).toBe(503);
  });
});

describe('a token that was checked', () => {
  it('is not checked again within a minute, but never taken after its end', async () => {
    const token = await issuer.token('police-desk');
    expect((await server.identify(token)).status).toBe(200);
    const { exp = 0 } = decodeJwt(token);
    later(50 * SECOND);
    const started = performance.now();
    for (let n = 0; n < 200; n += 1) expect((await server.identify(token)).status).toBe(200);
    expect((performance.now() - started) / 200, 'milliseconds, HTTP included').toBeLessThan(10);
    vi.setSystemTime((exp + 31) * 1000);
    expect((await server.identify(token)).status).toBe(401);
  });
});

describe('the gateway', () => {
  it('tells subgraphs who asks in words of its own, and asks them nothing for a token that it refuses', async () => {
    vi.useRealTimers();
    const gateway = await startGatewayUnderTest({ env: issuer.env });
    try {
      const token = await issuer.token('coordination-desk');
      const ask = (text: string) => gateway.ask('{ openCases }', {}, { authorization: `Bearer ${text}`, 'x-purpose': 'OVERSIGHT' }, { as: null });
      expect(await ask(token)).toMatchObject({ status: 200, data: { openCases: 3 } });
      const received = Object.values(gateway.subgraphs).flatMap((subgraph) => subgraph.received);
      expect(received).toHaveLength(1);
      const told = received[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
      expect(told).not.toBe(token);
      expect(claimsOf(told)).toMatchObject({
        sub: 'coordination-desk',
        agency: 'cuc-tre-em',
        scopes: scopesOf(['coordinator', 'developer']),
        purpose: 'OVERSIGHT',
      });

      gateway.reset();
      expect(await ask(`${token.slice(0, -6)}AAAAAA`)).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(Object.values(gateway.subgraphs).flatMap((subgraph) => subgraph.received)).toEqual([]);
      expect(JSON.stringify(gateway.log)).not.toContain(token.slice(0, 60));
    } finally {
      await gateway.stop();
    }
  });
});

import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, SCOPES, scopesOf } from '#schema/access.ts';
import { tokenFor } from '../testkit/tokens.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';
import { startIdentityServer } from './kit/identity.ts';
import { startOidcIssuer, issuerKey } from './kit/oidc.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATH = '/development/token';

/** A token of the built-in issuer, asked for by HTTP as anybody might write it. */
async function askFor(origin: string, path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await new Promise<import('node:http').IncomingMessage>((done, fail) => {
    request(`${origin}${path}`, { agent: false, headers }, done).once('error', fail).end();
  });
  return { status: response.statusCode ?? 0, text: (await response.setEncoding('utf8').toArray()).join('') };
}

describe('the built-in issuer', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGatewayUnderTest({ env: { NODE_ENV: 'development' } });
  });
  afterAll(() => gateway?.stop());
  const tokenAt = async (path: string, headers?: Record<string, string>) => {
    const { status, text } = await askFor(gateway.origin, path, headers);
    return { status, ...(JSON.parse(text) as { token: string; expiresAt: string; errors?: { extensions: { code: string } }[] }) };
  };

  it('gives this machine a token that the gateway takes, for an hour', async () => {
    const { token, expiresAt } = await tokenAt(`${PATH}?role=coordinator&role=developer`);
    expect(decodeJwt(token)).toMatchObject({ sub: 'dev-coordinator-developer', agency: 'cuc-tre-em', roles: ['coordinator', 'developer'] });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(59 * 60_000);
    expect(Number(decodeJwt(token).exp) * 1000 - Date.now()).toBeLessThanOrEqual(3_600_000);
    const answer = await gateway.ask('{ openCases }', {}, { authorization: `Bearer ${token}`, 'x-purpose': 'COORDINATION' }, { as: null });
    expect(answer).toMatchObject({ status: 200, data: { openCases: 3 } });
  });

  it('takes an agency and a subject, or no agency', async () => {
    expect(decodeJwt((await tokenAt(`${PATH}?role=officer&agency=hlhpn&subject=lan`)).token)).toMatchObject({ sub: 'lan', agency: 'hlhpn' });
    expect(decodeJwt((await tokenAt(`${PATH}?role=officer&agency=`)).token)).not.toHaveProperty('agency');
    expect(decodeJwt((await tokenAt(PATH)).token)).toMatchObject({ roles: [] });
  });

  it.each(['role=boss', 'role=__proto__', 'role=', 'role=officer&agency=c02%0A', 'role=officer&subject=%3Cscript%3E'])(
    'makes no token for %s',
    async (query) => {
      expect(await tokenAt(`${PATH}?${query}`)).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    },
  );

  const strangers: Record<string, Record<string, string>> = {
    'a page with a name that leads to this machine': { host: 'evil.example:4000' },
    'a name that only looks like this machine': { host: 'localhost.evil.example' },
    'an address as a name': { host: '127.0.0.1.nip.io' },
    'no proper name': { host: 'localhost@evil.example' },
    "another site's page": { 'sec-fetch-site': 'cross-site' },
    'a page of another port': { 'sec-fetch-site': 'same-site' },
    'a proxy for others': { 'x-forwarded-for': '203.0.113.7' },
    'a proxy that says so': { forwarded: 'for=203.0.113.7' },
  };
  for (const [stranger, headers] of Object.entries(strangers)) {
    it(`DEV-01 MUST NOT give a token to ${stranger}`, async () => {
      const answer = await tokenAt(`${PATH}?role=officer`, headers);
      expect(answer).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
      expect(answer).not.toHaveProperty('token');
    });
  }
});

describe('a gateway', () => {
  it('DEV-02 that others can reach MUST NOT give tokens, not even to this machine', async () => {
    const open = await startGatewayUnderTest({ env: { NODE_ENV: 'development', HOST: '0.0.0.0' } });
    try {
      const { port } = new URL(open.origin);
      const others = Object.values(networkInterfaces())
        .flatMap((each) => each ?? [])
        .filter(({ family, internal }) => family === 'IPv4' && !internal);
      for (const address of ['127.0.0.1', ...others.map((each) => each.address)]) {
        const { status, text } = await askFor(`http://${address}:${port}`, `${PATH}?role=officer`);
        expect({ status, token: text.includes('eyJ') }, address).toEqual({ status: 404, token: false });
      }
    } finally {
      await open.stop();
    }
  });

  it('DEV-03 in production MUST have no such issuer, and MUST refuse its tokens', async () => {
    const gateway = await startGatewayUnderTest({ env: { NODE_ENV: 'production' } });
    try {
      expect((await askFor(gateway.origin, `${PATH}?role=officer`)).status).toBe(404);
      const token = await tokenFor(gateway.folder, { roles: ['officer'] });
      expect(await gateway.ask('{ openCases }', {}, { authorization: `Bearer ${token}` }, { as: null })).toMatchObject({ status: 401 });
    } finally {
      await gateway.stop();
    }
  });

  it('DEV-03 with a real issuer MUST refuse tokens of the built-in one while developing too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'auth-test-'));
    const issuer = await startOidcIssuer([issuerKey('one', 'EdDSA')]);
    await using server = await startIdentityServer({ ...issuer.env, DATA_FOLDER: folder });
    try {
      expect((await server.identify(await tokenFor(folder, { roles: ['officer'] }))).status).toBe(401);
      expect((await server.identify(await issuer.token('police-desk'))).status).toBe(200);
    } finally {
      await issuer.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what is for development', () => {
  it('DEV-03 MUST NOT be part of a gateway in production: it is imported by nothing that always runs', () => {
    const files = globSync('gateway/**/*.ts', { cwd: ROOT }).filter((file) => !file.startsWith('gateway/development/'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) expect(readFileSync(join(ROOT, file), 'utf8'), file).not.toMatch(/^(import|export)\b.* from '[^']*\/development\//m);
    expect(readFileSync(join(ROOT, 'gateway/server.ts'), 'utf8')).toContain('if (!config.production) await registerPlayground(app, config);');
  });
});

describe('npm run token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number; out: string; said: string }>((done) => {
      const given = { ...process.env, NODE_ENV: 'development', DATA_FOLDER: folder, ...env };
      const child = execFile(process.execPath, [join(ROOT, 'cli/token.ts'), ...args], { env: given }, (_error, out, said) =>
        done({ code: child.exitCode ?? -1, out, said }),
      );
    });

  it('prints a token that a gateway with the same data folder takes, and nothing else', async () => {
    const { code, out, said } = await run(['coordinator']);
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(out).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    await using server = await startIdentityServer({ DATA_FOLDER: folder });
    const { caller } = await server.identify(out.trim());
    expect(caller).toEqual({ subject: 'dev-coordinator', agency: 'cuc-tre-em', scopes: scopesOf(['coordinator']), purpose: null });
  });

  it('takes several roles, an agency, a subject and a time', async () => {
    const { out } = await run(['officer', 'developer', '--agency', 'hlhpn', '--subject', 'lan', '--minutes', '5']);
    const { exp = 0, iat = 0, ...claims } = decodeJwt(out.trim());
    expect(claims).toMatchObject({ roles: ['officer', 'developer'], agency: 'hlhpn', sub: 'lan' });
    expect(exp - iat).toBe(300);
  });

  it.each([[[]], [['boss']], [['officer', '--agency', '../x']], [['officer', '--minutes', '0']], [['officer', '--minutes', '1441']], [['officer', '--all']]])(
    'says what it expected instead of %j',
    async (args) => {
      const { code, out, said } = await run(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(said).toMatch(/^Lỗi · Error: /);
      expect(said).not.toMatch(/\bat .*\.ts:\d/);
    },
  );

  it('lists the roles, with what each may', async () => {
    const { said } = await run([]);
    for (const [role, scopes] of Object.entries(ROLES)) {
      expect(said).toContain(`\n  ${role}`);
      for (const scope of scopes) expect(said).toContain(SCOPES[scope]);
    }
  });

  it('DEV-04 MUST NOT make any in production, nor where another issuer is configured', async () => {
    const before = readdirSync(folder, { recursive: true });
    for (const env of [{ NODE_ENV: 'production' }, { OIDC_ISSUER: 'https://id.example' }]) {
      const { code, out, said } = await run(['officer'], env);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(said).toMatch(/^Lỗi · Error: (NODE_ENV|OIDC_ISSUER): /);
    }
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

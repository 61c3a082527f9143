import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const SITE = 'https://dashboard.example.vn';
const PREFLIGHT = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };

let gateway: GatewayUnderTest;
let open: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest();
  open = await startGatewayUnderTest({ env: { CORS_ORIGINS: SITE } });
});
afterAll(() => Promise.all([gateway?.stop(), open?.stop()]));

/** All that comes back for these bytes, until the connection ends. */
async function answerTo(bytes: string): Promise<{ head: string; body: string }> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(bytes));
  const [head = '', body = ''] = (await socket.setEncoding('utf8').toArray()).join('').split('\r\n\r\n');
  return { head, body };
}

const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('every answer', () => {
  const requests: Record<string, () => Promise<{ headers: Headers }>> = {
    'of an operation': () => gateway.ask('{ openCases }'),
    'of a refused operation': () => gateway.ask('{ nothing }'),
    'without a token': () => gateway.ask('{ openCases }', {}, {}, { as: null }),
    'to a token that does not hold': () => gateway.ask('{ openCases }', {}, { authorization: 'Bearer a.b.c' }),
    'to a body that is none': () => gateway.send('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }),
    'from nowhere': () => gateway.send('/nowhere'),
    'to a path that cannot be decoded': () => gateway.send('/%zz'),
    'to headers that are too large': () => gateway.send('/graphql', { headers: { 'x-large': 'x'.repeat(20_000) } }),
    'about health': () => gateway.send('/health/live'),
  };
  for (const [what, ask] of Object.entries(requests)) {
    it(`${what} has the security headers, and no cookie`, async () => {
      const { headers } = await ask();
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers.get('set-cookie')).toBeNull();
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    });
  }

  it('to bytes that are no request says so in the form of all answers, and that the connection ends', async () => {
    const { head, body } = await answerTo('nothing of HTTP\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toMatch(/\r\nconnection: close\r\n/);
    expect(head).toContain('x-content-type-options: nosniff');
    const { errors } = JSON.parse(body);
    expect(errors).toMatchObject([{ message: expect.stringContaining('expected an HTTP request'), extensions: { code: 'BAD_REQUEST' } }]);
    expect(head).toContain(`x-request-id: ${errors[0].extensions.requestId}`);
  });

  it('to headers that are too large says how large they may be, and has no body where HEAD asked', async () => {
    const rest = ` /graphql HTTP/1.1\r\nhost: gateway\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`;
    const post = await answerTo(`POST${rest}`);
    expect(post.head).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(post.body).errors[0].message).toContain('expected headers of less than 16 KiB');
    // A client takes a body after HEAD for data that nobody asked for, and reports that instead of the answer.
    const head = await answerTo(`HEAD${rest}`);
    expect(head.head).toMatch(/^HTTP\/1\.1 431 /);
    expect(head.body).toBe('');
  });

  it('of GraphiQL is shown in no frame', async () => {
    const { headers } = await gateway.send('/');
    expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

describe('CORS-01 a page of another site', () => {
  it('MUST NOT be let in where none is configured', async () => {
    const preflight = await fetch(gateway.url, { method: 'OPTIONS', headers: { origin: SITE, ...PREFLIGHT } });
    const { headers } = await gateway.ask('{ openCases }', {}, { origin: SITE });
    for (const each of [preflight.headers, headers]) expect(corsHeaders(each)).toEqual([]);
    expect(preflight.status).toBe(404);
  });

  it('is let in where it is configured, without cookies', async () => {
    const preflight = await fetch(open.url, { method: 'OPTIONS', headers: { origin: SITE, ...PREFLIGHT } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(SITE);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization, content-type/);
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const { headers } = await open.ask('{ openCases }', {}, { origin: SITE });
    expect(headers.get('access-control-allow-origin')).toBe(SITE);
  });

  for (const origin of ['https://evil.example', `${SITE}.evil.example`, 'null', SITE.replace('https', 'http')]) {
    it(`MUST NOT be let in when it is another one: ${origin}`, async () => {
      const preflight = await fetch(open.url, { method: 'OPTIONS', headers: { origin, ...PREFLIGHT } });
      expect(preflight.headers.get('access-control-allow-origin')).not.toBe(origin);
      expect(preflight.headers.get('access-control-allow-origin')).not.toBe('*');
    });
  }
});

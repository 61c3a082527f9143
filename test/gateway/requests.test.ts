import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenFor } from '../testkit/tokens.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const PERIOD = { from: '2021-01-01', to: '2021-09-30' };
const FIGURES = 'query Figures($period: PeriodInput!) { statistics(period: $period) { calls { total } } }';
const JSON_TYPE = { 'content-type': 'application/json' };
const UUID = /^[0-9a-f-]{36}$/;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ env: { REQUEST_LIMIT_KIB: '8' } });
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

const get = async (search: string) => gateway.send(`/graphql?${search}`, { headers: { 'apollo-require-preflight': 'true', ...(await gateway.identify()) } });
const post = async (body: string, headers: Record<string, string> = JSON_TYPE) =>
  gateway.send('/graphql', { method: 'POST', headers: { ...headers, ...(await gateway.identify()) }, body });
const fetches = () => Object.values(gateway.subgraphs).reduce((sum, { received }) => sum + received.length, 0);

function expectRefused(answer: Answer, status: number, code: string, message: string | RegExp = '') {
  expect({ status: answer.status, errors: answer.errors }).toEqual({
    status,
    errors: [expect.objectContaining({ message: expect.stringMatching(message), extensions: expect.objectContaining({ code }) })],
  });
  expect(fetches()).toBe(0);
}

describe('a request id', () => {
  it('that a client gives reaches every subgraph, the logs and the answer', async () => {
    const { headers } = await gateway.ask(FIGURES, { period: PERIOD }, { 'x-request-id': 'client-id.0123_4567' });
    expect(headers.get('x-request-id')).toBe('client-id.0123_4567');
    for (const name of ['agencies', 'calls'])
      expect(gateway.subgraph(name).received.map(({ headers }) => headers['x-request-id'])).toEqual(['client-id.0123_4567']);
    expect(gateway.log).toContainEqual(expect.objectContaining({ msg: 'request', requestId: 'client-id.0123_4567', operation: 'Figures' }));
  });

  for (const bad of ['short', 'x'.repeat(65), 'with blank and "quotes"', '{"json": 1}', 'line%0Abreak-in-a-log']) {
    it(`is replaced when it could not stand in a log: ${bad}`, async () => {
      const { headers } = await gateway.ask(FIGURES, { period: PERIOD }, { 'x-request-id': bad });
      expect(headers.get('x-request-id')).toMatch(UUID);
      expect(gateway.subgraph('calls').received[0]?.headers['x-request-id']).toBe(headers.get('x-request-id'));
    });
  }

  it('is made when there is none, another for each request', async () => {
    const ids = await Promise.all([1, 2].map(async () => (await gateway.ask(FIGURES, { period: PERIOD })).headers.get('x-request-id')));
    expect(ids[0]).toMatch(UUID);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is on refusals too', async () => {
    for (const answer of [await post('{'), await gateway.send('/nowhere'), await gateway.send('/health/live')]) {
      expect(answer.headers.get('x-request-id')).toMatch(UUID);
    }
  });
});

describe('a subgraph', () => {
  it('gets no header of the client besides the request id: its token and its deadline are the gateway’s own', async () => {
    const token = await tokenFor(gateway.folder, { roles: ['coordinator'] });
    await gateway.ask(FIGURES, { period: PERIOD }, { authorization: `Bearer ${token}`, cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', 'x-deadline-ms': '1' });
    const { headers = {} } = gateway.subgraph('calls').received[0] ?? {};
    expect(headers.authorization).toMatch(/^Bearer /);
    expect(headers.authorization).not.toContain(token);
    expect(Number(headers['x-deadline-ms'])).toBeGreaterThan(5_000);
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'x-deadline-ms',
      'x-request-id',
    ]);
  });
});

describe('a date that does not exist', () => {
  for (const from of ['2021-02-30', '2021-13-01', '01/02/2021', '0000-01-01', '']) {
    it(`in variables is the client's mistake, named before anything is fetched: "${from}"`, async () => {
      expectRefused(
        await gateway.ask(FIGURES, { period: { ...PERIOD, from } }),
        400,
        'BAD_USER_INPUT',
        /\$period.*"period.from"; expected a day that exists, as YYYY-MM-DD/,
      );
    });
  }

  it('that is no text is named too', async () => {
    expectRefused(await gateway.ask(FIGURES, { period: { ...PERIOD, from: 20210101 } }), 400, 'BAD_USER_INPUT', /YYYY-MM-DD, got 20210101/);
  });

  it('in the operation itself fails validation', async () => {
    const answer = await gateway.ask('{ statistics(period: {from: "2021-02-30", to: "2021-03-01"}) { id } }');
    expectRefused(answer, 400, 'GRAPHQL_VALIDATION_FAILED', /expected a day that exists, as YYYY-MM-DD, got "2021-02-30"/);
  });

  it('is not taken for a missing variable', async () => {
    expectRefused(await gateway.ask(FIGURES, {}), 400, 'BAD_USER_INPUT', /"\$period" of required type "PeriodInput!" was not provided/);
  });
});

describe('a geography', () => {
  const query = (geography: string) => `{ statistics(period: {from: "2021-01-01", to: "2021-01-31"}, geography: ${geography}) { id } }`;

  for (const written of ['VN34', '"VN34"', 'AS_RECORDED']) {
    it(`may be written as ${written}`, async () => {
      expect((await gateway.ask(query(written))).errors).toBeUndefined();
    });
  }

  it('that is none is refused with what was expected', async () => {
    expectRefused(await gateway.ask(query('"VN 34; DROP"')), 400, 'GRAPHQL_VALIDATION_FAILED', /expected AS_RECORDED or the id of a scheme/);
  });
});

describe('an operation that cannot run', () => {
  const refused: Record<string, [string, string, RegExp]> = {
    'is not GraphQL': ['{ statistics(', 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    'asks for an unknown field': [
      '{ statistics(period: {from: "2021-01-01", to: "2021-01-31"}) { totl } }',
      'GRAPHQL_VALIDATION_FAILED',
      /Cannot query field "totl"/,
    ],
    'leaves out an argument': ['{ statistics { id } }', 'GRAPHQL_VALIDATION_FAILED', /argument "period"/],
    'is empty': ['', 'BAD_REQUEST', /non-empty `query`/],
    'is one of several, none of them named': ['query A { openCases } query B { openCases }', 'OPERATION_RESOLUTION_FAILURE', /expected one of A, B, got none/],
    'is a subscription': ['subscription { calls }', 'GRAPHQL_VALIDATION_FAILED', /got a subscription/],
  };
  for (const [what, [query, code, message]] of Object.entries(refused)) {
    it(`is refused when it ${what}`, async () => {
      expectRefused(await gateway.ask(query), 400, code, message);
      expect(gateway.log.filter(({ level }) => Number(level) > 30)).toEqual([]);
    });
  }

  it('is refused when the operation named is not in the document', async () => {
    expectRefused(
      await post(JSON.stringify({ query: 'query A { openCases }', operationName: 'B' })),
      400,
      'OPERATION_RESOLUTION_FAILURE',
      /expected one of A, got B/,
    );
  });

  it('gets a hint at the right name while developing', async () => {
    expect((await gateway.ask('{ opnCases }')).errors?.[0]?.message).toMatch(/Did you mean "openCases"/);
  });
});

describe('HTTP', () => {
  it('takes an operation by GET', async () => {
    const answer = await get(`query=${encodeURIComponent('{openCases}')}`);
    expect({ status: answer.status, data: answer.data }).toEqual({ status: 200, data: { openCases: 3 } });
  });

  it('refuses a mutation by GET', async () => {
    const answer = await get(`query=${encodeURIComponent('mutation{forgetCalls}')}`);
    expectRefused(answer, 405, 'BAD_REQUEST', /GET requests only support query operations/);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('refuses what a form on another site could send', async () => {
    for (const [path, init] of [
      [`/graphql?query=${encodeURIComponent('{openCases}')}`, {}],
      ['/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ query: '{openCases}' }) }],
    ] as const) {
      expectRefused(await gateway.send(path, init), 400, 'BAD_REQUEST', /CSRF/);
    }
  });

  it('refuses a form', async () => {
    expectRefused(await post('query={openCases}', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'BAD_REQUEST');
  });

  it('refuses a body that is not JSON', async () => {
    expectRefused(await post('{"query": "{openCases}"'), 400, 'BAD_REQUEST', /JSON/);
  });

  it('refuses a body that is larger than it may be', async () => {
    expectRefused(await post(JSON.stringify({ query: `{openCases} # ${'x'.repeat(9 * 1024)}` })), 413, 'PAYLOAD_TOO_LARGE', /at most 8192 bytes, got 92\d\d/);
  });

  it('refuses several operations in one request', async () => {
    expectRefused(await post(JSON.stringify([{ query: '{openCases}' }, { query: '{shelters}' }])), 400, 'BAD_REQUEST', /batching/i);
  });

  it('does not learn documents from clients', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    expectRefused(await post(JSON.stringify({ extensions })), 404, 'DOCUMENT_NOT_FOUND');
    expectRefused(await post(JSON.stringify({ query: '{openCases}', extensions })), 404, 'DOCUMENT_NOT_FOUND');
  });

  it('says where the graph is to who looks elsewhere', async () => {
    const answer = await gateway.send('/graphq1');
    expect({ status: answer.status, errors: answer.errors }).toEqual({
      status: 404,
      errors: [{ message: 'nothing is here; the graph is at POST /graphql', extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  it('never tells the plan of an operation', async () => {
    const { text } = await gateway.send('/graphql', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...(await gateway.identify()), 'apollo-query-plan-experimental': 'true' },
      body: JSON.stringify({ query: '{openCases}' }),
    });
    expect(JSON.parse(text)).toEqual({ data: { openCases: 3 } });
  });
});

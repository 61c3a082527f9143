/**
 * What the default profile of a security scanner for GraphQL looks for (the list of graphql-cop), in production. No such scanner is to be had from
 * npm; each of its checks is here, sent as it sends it: by somebody without a token, and by a coordinator, who may ask freely.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AskAs } from '../testkit/tokens.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const COORDINATOR: AskAs = { roles: ['coordinator'], agency: 'c02', subject: 'somebody' };
const PARTIES: readonly [name: string, as: AskAs | null][] = [
  ['without a token', null],
  ['a coordinator', COORDINATOR],
];

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest({ env: { NODE_ENV: 'production' } });
});
afterAll(() => gateway?.stop());

async function post(as: AskAs | null, body: unknown, type = 'application/json', headers: Record<string, string> = {}): Promise<Answer & { text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return gateway.send('/graphql', { method: 'POST', headers: { ...(await gateway.identify(as)), 'content-type': type, ...headers }, body: text });
}

describe.each(PARTIES)('a scanner that is %s', (_, as) => {
  it('SCAN-01: 101 aliases MUST be refused', async () => {
    const query = `query cop { ${Array.from({ length: 101 }, (__, n) => `alias${n}: __typename`).join(' ')} }`;
    expect((await post(as, { query })).data).toBeUndefined();
  });

  it('SCAN-02: queries in an array MUST be refused', async () => {
    const answer = await post(
      as,
      Array.from({ length: 10 }, () => ({ query: '{ __typename }' })),
    );
    expect(answer.text).not.toContain('"data"');
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('SCAN-03: a directive 10 times over, and 50 unknown ones, MUST be refused', async () => {
    for (const query of ['query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }', `query cop { __typename ${'@include(if: true) '.repeat(50)} }`]) {
      expect((await post(as, { query })).data).toBeUndefined();
    }
  });

  it('SCAN-04: circular introspection MUST be refused', async () => {
    const query = 'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } }';
    expect((await post(as, { query })).data).toBeUndefined();
  });

  it('SCAN-05: 500 times the same field MUST be refused', async () => {
    const query = `query cop { ${'openCases '.repeat(1_001)} }`;
    expect((await post(as, { query })).data).toBeUndefined();
  });

  it('SCAN-06: no field is suggested to who misspells one', async () => {
    expect((await post(as, { query: 'query cop { __schema { directive } openCase }' })).text).not.toMatch(/did you mean/i);
  });

  it('SCAN-07: introspection MUST be refused', async () => {
    const { text } = await post(as, { query: 'query cop { __schema { types { name fields { name } } } }' });
    expect(text).not.toContain('"types"');
  });

  it('SCAN-08: a mutation by GET MUST be refused', async () => {
    const { text } = await gateway.send(`/graphql?query=${encodeURIComponent('mutation cop { __typename }')}`, { headers: await gateway.identify(as) });
    expect(text).not.toContain('"data"');
  });

  it('SCAN-09: a query in a form or as plain text, which another site could send, MUST be refused', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const { text, status } = await post(as, 'query=%7B__typename%7D', type);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain('"data"');
    }
  });

  it('SCAN-10: a query by GET that another site could send MUST be refused', async () => {
    const { text } = await gateway.send('/graphql?query=%7B__typename%7D', { headers: await gateway.identify(as) });
    expect(text).not.toContain('"data"');
  });

  it('SCAN-11: there is no GraphiQL or playground', async () => {
    for (const path of ['/', '/graphiql', '/playground', '/console', '/graphql']) {
      const { text } = await gateway.send(path, { headers: { accept: 'text/html' } });
      expect(text).not.toMatch(/graphiql|playground|<html/i);
    }
  });

  it('SCAN-12: no answer carries tracing, a cache hint or a stack', async () => {
    const { extensions, text } = await post(as, { query: 'query cop { __typename }' }, 'application/json', { 'apollo-federation-include-trace': 'ftv1' });
    expect(extensions).toBeUndefined();
    expect(text).not.toMatch(/tracing|ftv1|stacktrace|exception/i);
  });

  it('SCAN-13: what is not GraphQL at all is a fault of the client, told without anything internal', async () => {
    for (const query of ['qwerty cop { abc }', '{', '', null, 1, { a: 1 }]) {
      const { status, text } = await post(as, { query });
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/exception|stack|at Object/);
    }
  });
});

import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGatewayUnderTest();
});
afterAll(() => gateway?.stop());

const audited = (headers: Record<string, string>) =>
  serverAudits({
    url: () => gateway.url,
    fetchFn: async (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers, ...(await gateway.identify()) } }),
  });

/**
 * The protection against CSRF refuses what a form or a link on another site could send: a GET without a header that only scripts can set. That is
 * all that the audits find wrong, and with such a header they find nothing.
 */
const PREFLIGHTED = { 'apollo-require-preflight': 'true' };
const ONLY_FOR_CSRF: Readonly<Record<string, string>> = {
  '5A70': 'MAY accept application/x-www-form-urlencoded formatted GET requests',
  '6A70': 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  D6D5: 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
};

describe('GraphQL over HTTP', () => {
  for (const [index, { id, name }] of audited(PREFLIGHTED).entries()) {
    it(`${id}: ${name}`, async () => {
      expect(await audited(PREFLIGHTED)[index]?.fn()).toMatchObject({ status: 'ok' });
    });
  }

  it('without that header has notices for these audits only, and no error or warning', async () => {
    const results = await Promise.all(audited({}).map(({ fn }) => fn()));
    const wanting = results.filter(({ status }) => status !== 'ok');
    expect(wanting.map(({ status }) => status)).toEqual(wanting.map(() => 'notice'));
    expect(Object.fromEntries(wanting.map(({ id, name }) => [id, name]))).toEqual(ONLY_FOR_CSRF);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadExampleOperations } from '../../gateway/graphiql/index.ts';
import type { FakeSubgraphParts } from '../gateway/kit/fake-subgraph.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../gateway/kit/gateway.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Loopback is all that there is for the browser too (test/loopback.test.ts), whatever it would look up by itself.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** Where pictures are put, for who wants to see what the browser saw. */
const SCREENSHOTS = process.env['SCREENSHOTS'];
const missing = existsSync(CHROMIUM) ? '' : `there is no Chromium at ${CHROMIUM}: apt-get install chromium`;
if (missing !== '') {
  if (process.env['REQUIRE_BROWSER'] === '1') throw new Error(missing);
  console.warn(`skipped: ${missing}`);
}

/** The real graph with made-up figures: the published ones for every period. */
const CATEGORIES = [
  { category: 'INFORMATION', total: 1830 },
  { category: 'COUNSELLING', total: 274 },
  { category: 'REFERRAL', total: 25 },
];
const ID = '2021-01-01/2021-09-30|*|*';
const SHARE = { numerator: 25, numeratorUnit: 'CASES', denominator: 2129, denominatorUnit: 'CALLS', value: 25 / 2129 };
const FIGURES = {
  agencies: {},
  calls: { calls: { synthetic: true, unit: 'CALLS', total: 2129, byCategory: CATEGORIES, referral: { cell: ID, calls: 2129 } } },
  referrals: { referrals: { synthetic: true, caseUnit: 'CASES', cases: 25, handovers: 31, casesFromCalls: 25 } },
  victims: { victims: { synthetic: true, persons: 17 } },
};
const GRAPH: readonly FakeSubgraphParts[] = Object.entries(FIGURES).map(([name, own]) => ({
  name,
  typeDefs: readFileSync(`${ROOT}/subgraphs/${name}/schema.graphql`, 'utf8'),
  resolvers: {
    Query: { statistics: (_: unknown, { period }: { period: object }) => [{ id: ID, period, ...own }] },
    ...(name === 'referrals' ? { CallReferral: { __resolveReference: () => ({ casesFromCalls: 25, share: SHARE }) } } : {}),
  },
}));

describe.skipIf(missing !== '')('GraphiQL in a browser', () => {
  let gateway: GatewayUnderTest;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  /** What the page said, with every request, of who asks. */
  let identities: { token: string; purpose: string | undefined }[];
  let tokensAsked: number;
  beforeAll(async () => {
    gateway = await startGatewayUnderTest({ graph: GRAPH, env: { NODE_ENV: 'development' } });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
  });
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    page = await context.newPage();
    complaints = [];
    identities = [];
    tokensAsked = 0;
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const { protocol, origin, pathname } = new URL(request.url());
      if (protocol !== 'data:' && origin !== gateway.origin) complaints.push(`asked ${origin}`);
      if (pathname === '/development/token') tokensAsked += 1;
      const { authorization = '', 'x-purpose': purpose } = request.headers();
      if (pathname === '/graphql') identities.push({ token: authorization.replace('Bearer ', ''), purpose });
    });
    await page.goto(gateway.origin);
    await page.getByRole('heading', { name: 'Ví dụ · Examples' }).waitFor();
    return () => context.close();
  });

  const example = (name: string) => page.locator('.examples').getByRole('button', { name });
  const answer = () => page.locator('.result-window');
  const queryEditor = () => page.locator('.graphiql-query-editor .CodeMirror');
  const tabs = () => page.getByRole('tab').locator('button[title], .graphiql-tab-button').allTextContents();

  const run = async () => {
    const before = identities.length;
    await page.getByRole('button', { name: /^Execute query/ }).click();
    await expect.poll(() => identities.length).toBeGreaterThan(before);
    return identities.at(-1);
  };
  const identity = () => page.getByRole('form', { name: 'Người hỏi · Who asks' });

  it('asks as a coordinator who may explore, for coordination, with a token that it keeps to itself', async () => {
    const sent = await run();
    expect(decodeJwt(sent?.token ?? '')).toMatchObject({ roles: ['coordinator', 'developer'], agency: 'cuc-tre-em' });
    expect(sent?.purpose).toBe('COORDINATION');
    await run();
    expect(new Set(identities.map(({ token }) => token)).size, 'one token for all').toBeLessThanOrEqual(2);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).not.toContain('eyJ');
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('switches to another role, agency and purpose, named in both languages', async () => {
    await identity().getByText('Vai trò · Roles: ').click();
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/roles.png` });
    await identity().getByLabel('Người điều phối · Coordinator').uncheck();
    await identity().getByLabel('Cán bộ · Officer').check();
    await identity().getByText('Vai trò · Roles: ').click();
    await identity().getByLabel('Cơ quan · Agency').fill('hlhpn');
    await identity().getByLabel('Cơ quan · Agency').press('Enter');
    await identity().getByLabel('Mục đích · Purpose').selectOption('Hỗ trợ nạn nhân · Support of victims');
    expect(await identity().textContent()).toContain('Người phát triển · Developer');
    const sent = await run();
    expect(decodeJwt(sent?.token ?? '')).toMatchObject({ roles: ['developer', 'officer'], agency: 'hlhpn' });
    expect(sent?.purpose).toBe('SUPPORT');
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/officer.png` });
  });

  it('asks without a token as anybody', async () => {
    await identity().getByText('Vai trò · Roles: ').click();
    await identity().getByLabel('Người điều phối · Coordinator').uncheck();
    await identity().getByLabel('Người phát triển · Developer').uncheck();
    await identity().getByLabel('Mục đích · Purpose').selectOption('Không nêu · None');
    expect(await run()).toEqual({ token: '', purpose: undefined });
  });

  it('gets another token before its own expires', async () => {
    await run();
    const before = tokensAsked;
    await run();
    expect(tokensAsked).toBe(before);
    await page.evaluate('(() => { const now = Date.now; Date.now = () => now() + 56 * 60_000; })()');
    await run();
    expect(tokensAsked).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it('lists every example operation, described in both languages', async () => {
    const operations = await loadExampleOperations(`${ROOT}/schema/operations`);
    expect(await page.locator('.examples strong').allTextContents()).toEqual(operations.map(({ name }) => name));
    const shown = await page.locator('.examples').textContent();
    for (const line of operations.flatMap(({ description }) => description)) expect(shown).toContain(line);
    expect(complaints).toEqual([]);
  });

  it('opens with the totals, and running them shows the published figures', async () => {
    await page.getByRole('button', { name: /^Execute query/ }).click();
    await expect.poll(() => answer().textContent()).toContain('2129');
    const shown = await answer().textContent();
    for (const figure of [1830, 274, 25]) expect(shown).toContain(String(figure));
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/totals.png` });
    expect(complaints).toEqual([]);
  });

  it('opens an example in a tab of its own with its variables, once, and runs it', async () => {
    await example('ShareOfCallsReferred').click();
    await expect.poll(() => queryEditor().textContent()).toContain('casesFromCalls');
    expect(await page.locator('.graphiql-editor-tool .CodeMirror').first().textContent()).toContain('"interval": "QUARTER"');
    await example('Totals').click();
    await example('ShareOfCallsReferred').click();
    expect(await tabs()).toEqual(['Totals', 'ShareOfCallsReferred']);
    await expect.poll(() => queryEditor().textContent()).toContain('casesFromCalls');
    await page.getByRole('button', { name: /^Execute query/ }).click();
    await expect.poll(() => answer().textContent()).toContain('"numerator": 25');
    expect(complaints).toEqual([]);
  });

  it('keeps what was written when another example is opened, and when the page is loaded again', async () => {
    await queryEditor().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# mine\n');
    await example('CallsToDate').click();
    await expect.poll(() => queryEditor().textContent()).toContain('sinceStart');
    await example('Totals').click();
    await expect.poll(() => queryEditor().textContent()).toContain('# mine');
    // Written to the browser's storage half a second later.
    await expect.poll(() => page.evaluate('localStorage.getItem("hotline-111:graphiql:tabState")')).toContain('# mine');
    await page.reload();
    await expect.poll(() => queryEditor().textContent()).toContain('# mine');
    expect(await tabs()).toEqual(['Totals', 'CallsToDate']);
    expect(await page.locator('.examples strong').count()).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
  });

  it('completes names, and opens its dialogs', async () => {
    await queryEditor().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.type('\nprov');
    await page.keyboard.press('Control+Space');
    await expect.poll(() => page.locator('.CodeMirror-hints').textContent()).toContain('provinces');
    await page.keyboard.press('Escape');
    for (const name of ['Open short keys dialog', 'Open settings dialog']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
    }
    expect(complaints).toEqual([]);
  });

  it('documents the graph', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await expect.poll(() => page.locator('.graphiql-doc-explorer').textContent()).toContain('Figures of all ministries for the same cells');
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/docs.png` });
    expect(complaints).toEqual([]);
  });
});

/**
 * What networks, machines and clients do to the gateway. Windows are wide here, for a busy machine; the campaign of faults (test/campaigns/faults) holds
 * the same to its numbers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AskAs } from '../testkit/tokens.ts';
import { answerJson, type Behaviour, hang } from './kit/fake-subgraph.ts';
import { type Answer, type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const PERIOD = { from: '2021-01-01', to: '2021-09-30' };
const FIGURES = `query Figures($period: PeriodInput!) {
  statistics(period: $period) { calls { total } referrals { cases } victims { persons } }
}`;
const WHOLE = { calls: { total: 100 }, referrals: { cases: 20 }, victims: { persons: 10 } };
const BREAKING = { CIRCUIT_BREAKER_FAILURES: '5' };

const figures = (gateway: GatewayUnderTest) => gateway.ask(FIGURES, { period: PERIOD });
const codes = (answer: Answer) => answer.errors?.map(({ extensions }) => extensions['code']);
const opened = (gateway: GatewayUnderTest) => gateway.log.filter(({ msg }) => msg === 'a server fails and is not asked for a while');

/** Asks again and again for some time, one after the other. */
async function askFor(gateway: GatewayUnderTest, milliseconds: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    answers.push(await figures(gateway));
    await sleep(5);
  }
  return answers;
}

/** Asks, six at a time, until something has happened. */
async function askUntil(gateway: GatewayUnderTest, happened: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!happened()) {
    expect(performance.now()).toBeLessThan(end);
    await Promise.all(Array.from({ length: 6 }, () => figures(gateway)));
  }
}

describe('a subgraph that hangs', () => {
  it('holds up the others until the time of the operation is up, whatever a single fetch may take', async () => {
    await using gateway = await startGatewayUnderTest({ proxied: { calls: 1 }, env: { OPERATION_TIMEOUT_MS: '500', SUBGRAPH_TIMEOUT_MS: '60000' } });
    // Planned, and connected: what is timed is the waiting.
    await figures(gateway);
    await gateway.proxies('calls')[0]?.fail({ kind: 'hang' });
    const started = performance.now();
    const answer = await figures(gateway);
    expect(performance.now() - started).toBeLessThan(2_500);
    expect(codes(answer)).toEqual(['SUBGRAPH_TIMEOUT']);
    expect(answer.data.statistics).toEqual([{ ...WHOLE, calls: null }]);
  });

  it('is not asked for what is to come after it', async () => {
    await using gateway = await startGatewayUnderTest({ env: { OPERATION_TIMEOUT_MS: '400' } });
    await figures(gateway);
    gateway.reset();
    gateway.subgraph('agencies').behave(hang);
    expect(codes(await figures(gateway))).toEqual(['SUBGRAPH_TIMEOUT']);
    expect(gateway.subgraph('calls').received).toEqual([]);
  });

  it('cannot pass a trickle of bytes off as an answer', async () => {
    await using gateway = await startGatewayUnderTest({ proxied: { calls: 1 }, env: { SUBGRAPH_TIMEOUT_MS: '500' } });
    await gateway.proxies('calls')[0]?.fail({ kind: 'drip', bytesPerSecond: 100 });
    const answer = await figures(gateway);
    expect(codes(answer)).toEqual(['SUBGRAPH_TIMEOUT']);
    expect(answer.data.statistics).toEqual([{ ...WHOLE, calls: null }]);
  });
});

describe('an answer of 80 MB', () => {
  const CHUNK = Buffer.alloc(256 * 1024, ' ');
  /** Sends 80 MB as fast as they are taken, and counts. */
  const flood =
    (sent: { bytes: number }, declared: boolean): Behaviour =>
    async (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...(declared ? { 'content-length': 80e6 } : {}) });
      response.on('error', () => undefined);
      const closed = new Promise((done) => response.once('close', done));
      while (sent.bytes < 80e6 && !response.destroyed) {
        sent.bytes += CHUNK.length;
        if (!response.write(CHUNK)) await Promise.race([new Promise((done) => response.once('drain', done)), closed]);
      }
    };

  for (const [how, declared] of [
    ['says so', true],
    ['does not', false],
  ] as const) {
    it(`is cut off at the bound when it ${how} beforehand`, async () => {
      await using gateway = await startGatewayUnderTest({ env: { SUBGRAPH_RESPONSE_LIMIT_MIB: '1' } });
      const sent = { bytes: 0 };
      gateway.subgraph('calls').behave(flood(sent, declared));
      const answer = await figures(gateway);
      expect(codes(answer)).toEqual(['SUBGRAPH_UNAVAILABLE']);
      expect(answer.data.statistics).toEqual([{ ...WHOLE, calls: null }]);
      // The bound, and what was on its way.
      expect(sent.bytes).toBeLessThan(20e6);
    });
  }
});

describe('a subgraph that fails', () => {
  for (const kind of ['reset', 'refuse'] as const) {
    it(`by "${kind}" is asked little more often than needed, soon not at all, and again when it is well`, async () => {
      await using gateway = await startGatewayUnderTest({ proxied: { calls: 1 }, env: BREAKING });
      const [proxy] = gateway.proxies('calls');
      expect(codes(await figures(gateway))).toBeUndefined();
      const before = proxy?.accepted ?? 0;
      await proxy?.fail({ kind });
      const answers = await askFor(gateway, 2_000);
      expect(opened(gateway)).toHaveLength(1);
      for (const answer of answers) expect(answer.data.statistics).toEqual([{ ...WHOLE, calls: null }]);
      if (kind === 'reset') expect((proxy?.accepted ?? 0) - before).toBeLessThan(answers.length * 1.2);
      await proxy?.fail({ kind: 'none' });
      await expect.poll(async () => codes(await figures(gateway)), { timeout: 10_000, interval: 100 }).toBeUndefined();
    });
  }

  it('once is asked again by a query, and not by an act', async () => {
    await using gateway = await startGatewayUnderTest();
    let failures = 1;
    const failOnce: Behaviour = async (response, usual, received) => {
      if (failures-- > 0) response.destroy();
      else await answerJson(await usual())(response, usual, received);
    };
    gateway.subgraph('calls').behave(failOnce);
    expect(codes(await figures(gateway))).toBeUndefined();
    failures = 1;
    expect(codes(await gateway.ask('mutation { forgetCalls }'))).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(gateway.subgraph('calls').received.filter(({ query }) => query.startsWith('mutation'))).toHaveLength(1);
  });

  it('that says 503 is asked once more; that says 500 is not', async () => {
    await using gateway = await startGatewayUnderTest();
    for (const [status, times] of [
      [503, 2],
      [500, 1],
    ] as const) {
      gateway.reset();
      gateway.subgraph('calls').behave(answerJson({}, status));
      expect(codes(await figures(gateway))).toEqual(['SUBGRAPH_UNAVAILABLE']);
      expect(gateway.subgraph('calls').received).toHaveLength(times);
    }
  });
});

describe('one bad replica of three', () => {
  it('that refuses costs no request, and is taken out until it is well', async () => {
    await using gateway = await startGatewayUnderTest({ proxied: { calls: 3 }, env: BREAKING });
    const [bad, ...good] = gateway.proxies('calls');
    await bad?.fail({ kind: 'refuse' });
    const answers = await askFor(gateway, 1_500);
    expect(answers.flatMap((answer) => codes(answer) ?? [])).toEqual([]);
    expect(opened(gateway)).toHaveLength(1);
    expect(good.every(({ accepted }) => accepted > 0)).toBe(true);
    await bad?.fail({ kind: 'none' });
    await askUntil(gateway, () => gateway.log.some(({ msg }) => msg === 'a server answers again'));
  });

  it('that hangs costs the requests that find out, and no other', async () => {
    await using gateway = await startGatewayUnderTest({ proxied: { calls: 3 }, env: { ...BREAKING, SUBGRAPH_TIMEOUT_MS: '300' } });
    await gateway.proxies('calls')[0]?.fail({ kind: 'hang' });
    await askUntil(gateway, () => opened(gateway).length === 1);
    const answers = await askFor(gateway, 1_500);
    expect(answers.flatMap((answer) => codes(answer) ?? [])).toEqual([]);
  });

  it('that is slow costs little where requests may be hedged', async () => {
    await using gateway = await startGatewayUnderTest({ proxied: { calls: 2 }, env: { HEDGE_AFTER_MS: '100' } });
    await gateway.proxies('calls')[0]?.fail({ kind: 'latency', milliseconds: 5_000 });
    const started = performance.now();
    for (let n = 0; n < 2; n++) expect(codes(await figures(gateway))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe('a client that leaves', () => {
  /** Asks, leaves when the subgraph was asked, and tells whether the subgraph's answer was given up. */
  async function leave(gateway: GatewayUnderTest, query: string) {
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const state = { givenUp: false, answered: false };
    gateway.subgraph('calls').behave(async (response, usual, received) => {
      response.once('close', () => {
        state.givenUp = !response.writableFinished;
      });
      asked.resolve();
      await release.promise;
      await answerJson(await usual())(response, usual, received);
      state.answered = true;
    });
    const client = new AbortController();
    const headers = { 'content-type': 'application/json', ...(await gateway.identify()) };
    const answer = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables: { period: PERIOD } }), signal: client.signal });
    await asked.promise;
    client.abort();
    await expect(answer).rejects.toThrow();
    return { state, release: release.resolve };
  }

  it('has what was asked for it given up at once', async () => {
    await using gateway = await startGatewayUnderTest();
    const { state, release } = await leave(gateway, FIGURES);
    await expect.poll(() => state.givenUp, { timeout: 1_000, interval: 10 }).toBe(true);
    release();
    expect(gateway.log.filter(({ msg }) => msg === 'a subgraph did not answer')).toEqual([]);
  });

  it('has an act that was sent done all the same', async () => {
    await using gateway = await startGatewayUnderTest();
    const { state, release } = await leave(gateway, 'mutation { forgetCalls }');
    await sleep(300);
    expect(state.givenUp).toBe(false);
    release();
    await expect.poll(() => state.answered).toBe(true);
    expect(state.givenUp).toBe(false);
  });
});

describe('more than can be answered in good time', () => {
  const slowly: Behaviour = async (response, usual, received) => {
    await sleep(1_000);
    await answerJson(await usual())(response, usual, received);
  };

  it('is refused with the time to wait, and acts are not', async () => {
    await using gateway = await startGatewayUnderTest({ env: { LOAD_SHEDDING: 'true' } });
    gateway.subgraph('referrals').behave(slowly);
    const reader: AskAs = { roles: ['developer'], subject: 'reader' };
    // No two ask the same, which they could share.
    const flood = Array.from({ length: 400 }, (_, since) => gateway.ask('query ($since: ID) { openCases(since: $since) }', { since }, {}, { as: reader }));
    const acts = await Promise.all(Array.from({ length: 20 }, () => gateway.ask('mutation { forgetCalls }')));
    expect(acts.map(({ data }) => data)).toEqual(Array(20).fill({ forgetCalls: true }));
    const answers = await Promise.all(flood);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(100);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(30);
    for (const { headers, errors } of refused) {
      expect(errors).toEqual([
        {
          message: expect.stringMatching(/^Hệ thống đang quá tải.* · There is more to do/),
          extensions: { code: 'OVERLOADED', retryAfterMs: expect.any(Number) },
        },
      ]);
      const milliseconds = Number(errors?.[0]?.extensions['retryAfterMs']);
      expect(headers.get('retry-after')).toBe(String(Math.ceil(milliseconds / 1000)));
    }
    expect(gateway.subgraph('referrals').received.length).toBe(answers.length - refused.length);
  });
});

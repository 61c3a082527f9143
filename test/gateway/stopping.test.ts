import { Agent, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startService } from '../testkit/stack.ts';
import { EVERYTHING, headersFor } from '../testkit/tokens.ts';
import { answerJson, startFakeSubgraph } from './kit/fake-subgraph.ts';
import { startGatewayUnderTest } from './kit/gateway.ts';
import { writeSupergraph } from './kit/supergraph.ts';
import { SMALL_GRAPH } from './kit/small-graph.ts';

/** A subgraph's behaviour that waits: `begun` when a request is there, answered when `release` is called. */
function held() {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const behave: Parameters<Awaited<ReturnType<typeof startFakeSubgraph>>['behave']>[0] = async (response, usual, received) => {
    begun.resolve();
    await released.promise;
    await answerJson(await usual())(response, usual, received);
  };
  return { begun: begun.promise, release: released.resolve, behave };
}

/** Asks over a connection that is kept alive, as browsers and proxies do. */
function askKeepingAlive(url: string, agent: Agent, identity: Record<string, string>): Promise<unknown> {
  return new Promise((done, fail) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', ...identity } }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      done(JSON.parse(text));
    });
    sent.once('error', fail);
    sent.end(JSON.stringify({ query: '{ openCases }' }));
  });
}

describe('a gateway that is stopped', () => {
  it('finishes the request under way, takes no other, and is soon gone', async () => {
    const gateway = await startGatewayUnderTest();
    const { begun, release, behave } = held();
    const agent = new Agent({ keepAlive: true });
    gateway.subgraph('referrals').behave(behave);
    const answer = askKeepingAlive(gateway.url, agent, await headersFor(gateway.folder, EVERYTHING));
    await begun;
    const stopping = gateway.stop();
    await expect
      .poll(() =>
        fetch(gateway.url).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('refused');
    expect(gateway.log.some(({ phase }) => phase === 'stopping')).toBe(true);
    const released = performance.now();
    release();
    expect(await answer).toEqual({ data: { openCases: 3 } });
    await stopping;
    expect(performance.now() - released).toBeLessThan(2_000);
    agent.destroy();
  });

  it('still answers while others have time to see that it is not ready, and ends its connections one by one', async () => {
    const gateway = await startGatewayUnderTest({ env: { DRAIN_MS: '1500' } });
    const stopping = gateway.stop();
    expect((await fetch(`${gateway.origin}/health/ready`)).status).toBe(503);
    const answer = await gateway.ask('{ openCases }');
    expect(answer).toMatchObject({ status: 200, data: { openCases: 3 } });
    expect(answer.headers.get('connection')).toBe('close');
    await stopping;
    await expect(fetch(gateway.url)).rejects.toThrow();
  });

  it('may be told twice', async () => {
    const gateway = await startGatewayUnderTest();
    await Promise.all([gateway.stop(), gateway.stop()]);
    expect(gateway.log.filter(({ phase }) => phase === 'stopping')).toHaveLength(1);
  });

  it('as a process, by SIGTERM, finishes the request under way and ends with 0', async () => {
    const [referrals] = await Promise.all(SMALL_GRAPH.filter(({ name }) => name === 'referrals').map(startFakeSubgraph));
    if (referrals === undefined) throw new Error('no referrals');
    const supergraph = writeSupergraph(SMALL_GRAPH);
    const gateway = await startService('gateway/main.ts', {
      ...process.env,
      GATEWAY_PORT: '0',
      SUPERGRAPH_FILE: supergraph.file,
      DATA_FOLDER: supergraph.folder,
      REFERRALS_URL: referrals.url,
    });
    const { begun, release, behave } = held();
    referrals.behave(behave);
    const agent = new Agent({ keepAlive: true });
    const answer = askKeepingAlive(gateway.url, agent, await headersFor(gateway.env, EVERYTHING));
    await begun;
    const ended = gateway.stop('SIGTERM');
    await expect.poll(() => gateway.log.map(({ phase }) => phase)).toContain('stopping');
    release();
    expect(await answer).toEqual({ data: { openCases: 3 } });
    expect(await ended).toBe(0);
    agent.destroy();
    await referrals.stop();
    supergraph.remove();
  });
});

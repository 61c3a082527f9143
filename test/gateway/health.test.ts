import { afterEach, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

let gateway: GatewayUnderTest;
afterEach(() => gateway?.stop());

const ready = async () => {
  const { status, text } = await gateway.send('/health/ready');
  return { status, body: JSON.parse(text) as { status: string; subgraphs: Record<string, string> } };
};

describe('health', () => {
  it('is live as long as the process answers, whatever the subgraphs do', async () => {
    gateway = await startGatewayUnderTest();
    for (const fake of Object.values(gateway.subgraphs)) fake.ready = false;
    const { status, text } = await gateway.send('/health/live');
    expect({ status, text }).toEqual({ status: 200, text: '{"status":"live"}' });
    expect(gateway.subgraph('calls').probes).toBe(0);
  });

  it('is ready with a dead and an unready subgraph, and names them', async () => {
    gateway = await startGatewayUnderTest();
    gateway.subgraph('victims').ready = false;
    await gateway.subgraph('calls').stop();
    expect(await ready()).toEqual({
      status: 200,
      body: { status: 'ready', subgraphs: { agencies: 'up', calls: 'down', referrals: 'up', victims: 'down' } },
    });
  });

  it('asks the subgraphs once for many probes', async () => {
    gateway = await startGatewayUnderTest();
    await Promise.all(Array.from({ length: 20 }, ready));
    await ready();
    expect(gateway.subgraph('agencies').probes).toBe(1);
  });

  it('asks them again after a second, so that one that is back is seen', async () => {
    gateway = await startGatewayUnderTest();
    gateway.subgraph('agencies').ready = false;
    expect((await ready()).body.subgraphs['agencies']).toBe('down');
    gateway.subgraph('agencies').ready = true;
    await expect.poll(async () => (await ready()).body.subgraphs['agencies'], { timeout: 5_000, interval: 200 }).toBe('up');
  });
});

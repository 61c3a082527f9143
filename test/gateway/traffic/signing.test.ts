/** What is given up while it waits for its signature is not sent. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHopSigner, type HopSigner } from '#schema/hop-signer.ts';
import type { HopClaims } from '#schema/hop-token.ts';
import { openCheckpointRelay } from '#schema/log-checkpoints.ts';
import { openTransport } from '../../../gateway/transport.ts';

const CLAIMS: HopClaims = {
  caller: { subject: 'officer-1', agency: 'c02', scopes: [], purpose: null },
  requestId: 'request-1',
  operationHash: 'hash',
  operationName: null,
};

let server: Server;
const tokens: (string | undefined)[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json').end('{"data":{}}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  tokens.length = 0;
});

/** A gateway's way to the server. */
function transport(signer: HopSigner) {
  const { port } = server.address() as AddressInfo;
  const urls = [`http://127.0.0.1:${port}/graphql`];
  const opened = openTransport({
    name: 'calls',
    urls,
    timeoutMs: 3_000,
    hedgeAfterMs: 0,
    breakerFailures: 0,
    responseLimit: 1e6,
    signer,
    relay: openCheckpointRelay(),
    log: pino({ level: 'silent' }),
  });
  return { ...opened, [Symbol.asyncDispose]: opened.close };
}

const call = (signal: AbortSignal, idempotent: boolean) => ({ signal, deadline: performance.now() + 3_000, priority: 'interactive' as const, idempotent });

describe.each([
  ['a query', true],
  ['an act', false],
])('%s', (_, idempotent) => {
  it('is not sent when its client goes away while it waits for its signature', async () => {
    const client = new AbortController();
    await using gateway = transport({
      sign: async () => {
        client.abort();
        return 'token';
      },
    });
    await expect(gateway.post('{}', CLAIMS, call(client.signal, idempotent))).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    expect(tokens).toEqual([]);
  });

  it('shares a signature with others of its moment', async () => {
    const signer = createHopSigner(generateKeyPairSync('ed25519').privateKey);
    await using one = transport(signer);
    await using other = transport(signer);
    await Promise.all([one, other].map((gateway) => gateway.post('{}', CLAIMS, call(new AbortController().signal, idempotent))));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens.map((token) => token?.split('~')[0])).size).toBe(1);
    expect(new Set(tokens).size).toBe(2);
  });
});

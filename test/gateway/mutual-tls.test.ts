/** The optional second lock on the hop: certificates on both sides. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHopSigner } from '#schema/hop-signer.ts';
import type { HopClaims } from '#schema/hop-token.ts';
import { openCheckpointRelay } from '#schema/log-checkpoints.ts';
import { readTlsIdentity, type TlsIdentity } from '#schema/tls.ts';
import type { Call } from '../../gateway/traffic/call.ts';
import { openTransport } from '../../gateway/transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const signer = createHopSigner(generateKeyPairSync('ed25519').privateKey);
const CLAIMS: HopClaims = {
  caller: { subject: 'p-1', agency: 'c02', scopes: [], purpose: null },
  requestId: 'request-1',
  operationHash: 'hash',
  operationName: null,
};
const CALL: Call = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, idempotent: true, priority: 'interactive' };
let app: ReturnType<typeof subgraphWith>;
let url: string;

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

/** An authority, and a certificate of it for 127.0.0.1. */
function certify(authority: string, name: string): TlsIdentity {
  openssl('req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', '-subj', `/CN=${authority}`, '-keyout', `${authority}.key`, '-out', `${authority}.pem`);
  openssl(
    'req',
    '-newkey',
    'ed25519',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${authority}.pem`,
    '-CAkey',
    `${authority}.key`,
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    `${name}.pem`,
  );
  return { cert: read(`${name}.pem`), key: read(`${name}.key`), ca: read(`${authority}.pem`) };
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');

function subgraphWith(tls: TlsIdentity) {
  const app = Fastify({ https: { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } });
  app.post('/graphql', async () => ({ data: { ok: true } }));
  return app;
}

const transport = (tls?: TlsIdentity, to = url) =>
  openTransport({
    name: 'calls',
    urls: [to],
    timeoutMs: 3_000,
    hedgeAfterMs: 0,
    breakerFailures: 0,
    responseLimit: 1e6,
    signer,
    tls,
    relay: openCheckpointRelay(),
    log: pino({ level: 'silent' }),
  });

let ours: TlsIdentity;
let strangers: TlsIdentity;
beforeAll(async () => {
  ours = certify('ministries', 'both');
  strangers = certify('strangers', 'stranger');
  app = subgraphWith(ours);
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true });
});

describe('mutual TLS between gateway and subgraph', () => {
  it('lets a gateway with a certificate of the same authority in', async () => {
    const gateway = transport(ours);
    expect(await gateway.post(JSON.stringify({ query: '{ ok }' }), CLAIMS, CALL)).toEqual({ data: { ok: true } });
    await gateway.close();
  });

  it('TLS-01 MUST refuse a gateway without a certificate', async () => {
    const gateway = transport({ ca: ours.ca } as TlsIdentity);
    await expect(gateway.post(JSON.stringify({ query: '{ ok }' }), CLAIMS, CALL)).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    await gateway.close();
  });

  it('TLS-02 MUST refuse a gateway with a certificate of another authority', async () => {
    const gateway = transport({ ...strangers, ca: ours.ca });
    await expect(gateway.post(JSON.stringify({ query: '{ ok }' }), CLAIMS, CALL)).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    await gateway.close();
  });

  it('TLS-03 MUST send nothing to a subgraph with a certificate of another authority', async () => {
    let asked = 0;
    const impostor: Server = createServer(strangers, (_, response) => {
      asked += 1;
      response.end('{}');
    });
    await new Promise<void>((done) => impostor.listen(0, '127.0.0.1', done));
    const { port } = impostor.address() as { port: number };
    const gateway = transport(ours, `https://127.0.0.1:${port}/graphql`);
    await expect(gateway.post(JSON.stringify({ query: '{ ok }' }), CLAIMS, CALL)).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    await gateway.close();
    await new Promise((done) => impostor.close(done));
    expect(asked).toBe(0);
  });

  it('is configured by three files or none', () => {
    const faults: string[] = [];
    expect(readTlsIdentity('GATEWAY_TLS', {}, folder, faults)).toBeUndefined();
    expect(faults).toEqual([]);
    const env = { GATEWAY_TLS_CERT_FILE: 'both.pem', GATEWAY_TLS_KEY_FILE: 'both.key', GATEWAY_TLS_CA_FILE: 'ministries.pem' };
    expect(readTlsIdentity('GATEWAY_TLS', env, folder, faults)).toEqual(ours);
    readTlsIdentity('GATEWAY_TLS', { GATEWAY_TLS_CERT_FILE: 'none.pem' }, folder, faults);
    expect(faults.join('\n')).toMatch(/GATEWAY_TLS_CERT_FILE: cannot read none.pem\nGATEWAY_TLS_KEY_FILE: expected .*\nGATEWAY_TLS_CA_FILE: expected/);
  });
});

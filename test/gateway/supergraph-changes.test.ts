import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentHash } from '#schema/trusted-documents.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';
import { answerJson } from './kit/fake-subgraph.ts';

const FIGURES = 'query Figures { recentCalls(count: 2) { id } }';
const NEW_FIGURES = 'query NewFigures { recentCalls(count: 1) { id } }';
const documents = mkdtempSync(join(tmpdir(), 'documents-'));
const DOCUMENTS = join(documents, 'trusted.json');
/** So many changes come under load; every fifth is a bad one. `CHANGES=50` is what the gateway is judged by. */
const CHANGES = Number(process.env['CHANGES'] ?? 10);

let gateway: GatewayUnderTest;
let file: string;
/** The supergraph as it was composed. */
let good: string;

beforeAll(async () => {
  writeDocuments(FIGURES);
  gateway = await startGatewayUnderTest({ env: { SUPERGRAPH_POLL_MS: '100', TRUSTED_DOCUMENTS_FILE: DOCUMENTS } });
  file = join(gateway.folder, 'supergraph.graphql');
  good = readFileSync(file, 'utf8');
});
beforeEach(async () => {
  gateway.reset();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(documents, { recursive: true, force: true });
});

/** The same graph with another text: a field is described otherwise. */
const described = (words: string) => good.replace(/^type Province$/m, `"""${words}"""\ntype Province`);
const BAD = {
  'is no GraphQL': () => good.slice(0, -20),
  'has a field that no rule is about': () =>
    good.replace(/(recentCalls\(count: Int!\): \[Call!\].*?)@requiresScopes\(scopes: \[\["reference:read"\]\]\)/, '$1'),
  'lacks a field that a trusted document asks for': () => good.replace(/^ {2}recentCalls\(.*$/m, ''),
};

function write(text: string): void {
  // As whoever deploys should: in one step, so that half a file is never read.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function writeDocuments(...texts: readonly string[]): void {
  const named = texts.map((document) => [documentHash(document), { name: /\w+/.exec(document.slice(6))?.[0], public: false, document }]);
  writeFileSync(DOCUMENTS, JSON.stringify(Object.fromEntries(named)));
}

/** Asks for a document by its id; the codes of the errors. */
async function codesOf(document: string): Promise<unknown[] | undefined> {
  const headers = { 'content-type': 'application/json', ...(await gateway.identify()) };
  const { errors } = await gateway.send('/graphql', { method: 'POST', headers, body: JSON.stringify({ documentId: `sha256:${documentHash(document)}` }) });
  return errors?.map(({ extensions }) => extensions['code']);
}

async function logged(pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const line = gateway.log.find(({ msg }) => pattern.test(String(msg)));
    if (line) return String(line['msg']);
    await sleep(100);
  }
  throw new Error(`nothing like ${pattern} in ${JSON.stringify(gateway.log.map(({ msg }) => msg))}`);
}

async function wordsOf(type: string): Promise<string | null> {
  const { data } = await gateway.ask(`{ __type(name: "${type}") { description } }`);
  return data.__type.description;
}

describe('a new supergraph', () => {
  it('is taken over when it loads and fits, and its subgraphs answer, and its documents with it', async () => {
    writeDocuments(FIGURES, NEW_FIGURES);
    expect(await codesOf(NEW_FIGURES)).toEqual(['DOCUMENT_NOT_FOUND']);
    write(described('another'));
    await logged(/a new supergraph was taken over/);
    expect(await codesOf(NEW_FIGURES)).toBeUndefined();
    expect(await wordsOf('Province')).toBe('another');
    expect((await gateway.ask(FIGURES)).errors).toBeUndefined();
  });

  it('is given up again when many more answers fail with it', async () => {
    // What was taken over before is still on trial; that one is given up.
    gateway.subgraph('calls').behave(answerJson({ data: { recentCalls: 'none' } }));
    for (let asked = 0; asked < 40; asked++) await gateway.ask(FIGURES);
    gateway.subgraph('calls').reset();
    await logged(/the one before is served again/);
    expect(await codesOf(NEW_FIGURES)).toEqual(['DOCUMENT_NOT_FOUND']);
    expect(await wordsOf('Province')).toBeNull();
  });

  it.each(Object.entries(BAD))('that %s is not taken over, and the log says why', async (_, make) => {
    expect(make()).not.toBe(good);
    write(make());
    expect(await logged(/not taken over/)).toMatch(/Figures|is not a supergraph|who may ask|Syntax/);
    expect((await gateway.ask(FIGURES)).errors).toBeUndefined();
    write(good);
    await sleep(300);
  });

  it('waits for its subgraphs, and is taken over once they answer', async () => {
    await using own = await startGatewayUnderTest({ env: { SUPERGRAPH_POLL_MS: '100', TRUSTED_DOCUMENTS_FILE: DOCUMENTS } });
    own.subgraph('victims').ready = false;
    writeFileSync(join(own.folder, 'supergraph.graphql'), described('later'));
    await expect.poll(() => own.log.some(({ msg }) => /subgraphs do not answer: victims/.test(String(msg))), { timeout: 10_000 }).toBe(true);
    own.subgraph('victims').ready = true;
    await expect.poll(() => own.log.some(({ msg }) => /a new supergraph was taken over/.test(String(msg))), { timeout: 10_000 }).toBe(true);
  });

  it('comes from a URL as well, which is asked with the ETag that it gave', async () => {
    let served = good;
    const conditions: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const tag = `"${documentHash(served)}"`;
      conditions.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === tag) return response.writeHead(304).end();
      return response.writeHead(200, { etag: tag }).end(served);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/supergraph.graphql`;
    {
      await using own = await startGatewayUnderTest({ env: { SUPERGRAPH_URL: url, SUPERGRAPH_POLL_MS: '100', TRUSTED_DOCUMENTS_FILE: DOCUMENTS } });
      await expect.poll(() => conditions.length, { timeout: 10_000 }).toBeGreaterThan(2);
      expect(new Set(conditions)).toEqual(new Set([undefined, `"${documentHash(good)}"`]));
      served = described('from afar');
      await expect.poll(() => own.log.some(({ msg }) => /a new supergraph was taken over/.test(String(msg))), { timeout: 10_000 }).toBe(true);
    }
    server.close();
  });
});

describe('many changes under load', () => {
  it('fail no request, and serve no bad supergraph', async () => {
    await using own = await startGatewayUnderTest({ env: { SUPERGRAPH_POLL_MS: '100', TRUSTED_DOCUMENTS_FILE: DOCUMENTS, SUPERGRAPH_TRIAL_MS: '0' } });
    const target = join(own.folder, 'supergraph.graphql');
    let over = false;
    let answered = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!over) {
        const { data, errors, status } = await own.ask(FIGURES);
        answered++;
        if (status !== 200 || errors || data.recentCalls.length !== 2) failures.push({ status, data, errors });
      }
    });
    const takenOver = () => own.log.filter(({ msg }) => /was taken over/.test(String(msg))).length;
    const refused = () => own.log.filter(({ msg }) => /not taken over/.test(String(msg))).length;
    let bad = 0;
    for (let change = 1; change <= CHANGES; change++) {
      const isBad = change % 5 === 0;
      const before = [takenOver(), refused()];
      const makers = Object.values(BAD);
      writeFileSync(`${target}.new`, isBad ? (makers[bad++ % makers.length] as () => string)() : described(`change ${change}`));
      renameSync(`${target}.new`, target);
      await expect
        .poll(() => [takenOver(), refused()], { timeout: 20_000 })
        .toEqual(isBad ? [before[0], (before[1] ?? 0) + 1] : [(before[0] ?? 0) + 1, before[1]]);
    }
    over = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(CHANGES);
    expect([takenOver(), refused()]).toEqual([CHANGES - bad, bad]);
  }, 300_000);
});

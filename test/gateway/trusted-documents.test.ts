import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentHash, type Manifest, readDocumentFile } from '#schema/trusted-documents.ts';
import { readTrustedDocuments } from '../../gateway/trusted-documents.ts';
import type { AskAs } from '../testkit/tokens.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from './kit/gateway.ts';

const OFFICER: AskAs = { roles: ['officer'], agency: 'c02', subject: 'officer' };
const folder = mkdtempSync(join(tmpdir(), 'documents-'));
const file = join(folder, 'trusted.json');

const documents = {
  open: { name: 'Open', public: true, document: 'query Open { provinces { id } }' },
  cases: { name: 'Cases', public: false, document: 'query Cases($n: Int) { openCases shelters @skip(if: false) }'.replace('($n: Int)', '') },
  forget: { name: 'Forget', public: false, document: 'mutation Forget { forgetCalls }' },
};
const id = ({ document }: { document: string }) => `sha256:${documentHash(document)}`;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  writeFileSync(file, JSON.stringify(Object.fromEntries(Object.values(documents).map((each) => [documentHash(each.document), each]))));
  gateway = await startGatewayUnderTest({ env: { TRUSTED_DOCUMENTS_FILE: file } });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => gateway.reset());

const post = async (body: object, as: AskAs | null = OFFICER) =>
  gateway.send('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', ...(await gateway.identify(as)) }, body: JSON.stringify(body) });
const get = async (parameters: Record<string, string>, as: AskAs | null = OFFICER) =>
  gateway.send(`/graphql?${new URLSearchParams(parameters)}`, { headers: { 'apollo-require-preflight': 'true', ...(await gateway.identify(as)) } });
const fetches = () => Object.values(gateway.subgraphs).reduce((sum, { received }) => sum + received.length, 0);

function expectRefused({ status, errors }: { status: number; errors?: unknown }, expected: number, code: string) {
  expect({ status, errors }).toMatchObject({ status: expected, errors: [{ extensions: { code } }] });
  expect(fetches()).toBe(0);
}

describe('the manifest', () => {
  const manifest = readTrustedDocuments(resolve(import.meta.dirname, '../../schema/trusted-documents.json'));

  it('has documents by the SHA-256 of their text, public ones among them', () => {
    for (const [hash, { document }] of manifest) expect(createHash('sha256').update(document, 'utf8').digest('hex')).toBe(hash);
    const open = [...manifest.values()].flatMap(({ name, public: isPublic }) => (isPublic ? [name] : []));
    expect(open).toEqual(['Agencies', 'CoordinationPlans', 'Provinces']);
  });

  it('has the file’s text from behind its head comment', () => {
    expect(readDocumentFile('# What.\n# public\n# variables: {}\nquery A {\n  # one\n  a\n}\n\n')).toEqual({
      head: '# What.\n\n# variables: {}\n',
      public: true,
      document: 'query A {\n  # one\n  a\n}',
    });
    expect(readDocumentFile('# not public\n{ a }').public).toBe(false);
  });

  it('is refused at start when a document is not the one of its hash, or when it is not there', () => {
    const wrong: Manifest = { ['0'.repeat(64)]: documents.open };
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong));
    expect(() => readTrustedDocuments(join(folder, 'wrong.json'))).toThrow(/Open is not the one of its hash/);
    expect(() => readTrustedDocuments(join(folder, 'none.json'))).toThrow(/run npm run schema:compose/);
  });
});

describe('a trusted document', () => {
  it('is answered by its id, in a body and in a URL', async () => {
    for (const answer of [await post({ documentId: id(documents.cases) }), await get({ documentId: id(documents.cases) })])
      expect(answer).toMatchObject({ status: 200, data: { openCases: 3, shelters: 2 } });
  });

  it('is answered by the hash that Apollo’s clients send', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: documentHash(documents.cases.document) } };
    expect(await post({ extensions, variables: {} })).toMatchObject({ status: 200, data: { openCases: 3 } });
    expect(await get({ extensions: JSON.stringify(extensions) })).toMatchObject({ status: 200, data: { openCases: 3 } });
  });

  it('is answered as a query that is the same word for word, and with its id beside it', async () => {
    const { document: query } = documents.cases;
    expect(await post({ query })).toMatchObject({ status: 200, data: { openCases: 3 } });
    expect(await post({ query, documentId: id(documents.cases) })).toMatchObject({ status: 200, data: { openCases: 3 } });
  });

  it('that is a mutation is not run by GET', async () => {
    expectRefused(await get({ documentId: id(documents.forget) }), 405, 'BAD_REQUEST');
  });
});

describe('DOC-01 without a token', () => {
  it('a public document is answered', async () => {
    expect(await post({ documentId: id(documents.open) }, null)).toMatchObject({ status: 200, data: { provinces: expect.any(Array) } });
  });

  for (const [what, body] of Object.entries({
    'a document that is not public': { documentId: id(documents.cases) },
    'its text': { query: documents.cases.document },
    'any other query': { query: '{ openCases }' },
    'a public document that is altered': { query: `${documents.open.document} ` },
  })) {
    it(`${what} MUST be refused`, async () => {
      const answer = await post(body, null);
      expectRefused(answer, 401, 'UNAUTHENTICATED');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });
  }
});

describe('DOC-02 without the scope graph:query', () => {
  for (const query of ['{ openCases }', `${documents.cases.document}\n`, '{ __typename }', 'mutation { forgetCalls }']) {
    it(`MUST be refused: ${query.trim()}`, async () => {
      expectRefused(await post({ query }), 403, 'DOCUMENT_NOT_TRUSTED');
    });
  }

  it('MUST be refused by GET as well', async () => {
    expectRefused(await get({ query: '{ openCases }' }), 403, 'DOCUMENT_NOT_TRUSTED');
  });
});

describe('DOC-03 an id', () => {
  it('of no document MUST be refused', async () => {
    const documentId = `sha256:${'0'.repeat(64)}`;
    expectRefused(await post({ documentId }), 404, 'DOCUMENT_NOT_FOUND');
    expectRefused(await get({ documentId }), 404, 'DOCUMENT_NOT_FOUND');
    expectRefused(await post({ extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }), 404, 'DOCUMENT_NOT_FOUND');
  });

  for (const documentId of ['', 'abc', 7, {}, ['sha256:'], true, `SHA256:${'0'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, '__proto__', 'constructor']) {
    it(`that is none MUST be refused: ${JSON.stringify(documentId)}`, async () => {
      expectRefused(await post({ documentId }), 400, 'BAD_REQUEST');
    });
  }

  for (const persistedQuery of [{}, 'constructor', { sha256Hash: 1 }, { sha256Hash: '__proto__' }, { sha256Hash: { toString: {} } }]) {
    it(`of Apollo’s form that is none MUST be refused: ${JSON.stringify(persistedQuery)}`, async () => {
      expectRefused(await post({ extensions: { persistedQuery } }), 400, 'BAD_REQUEST');
    });
  }

  it('MUST be refused beside another query, whoever asks', async () => {
    const as: AskAs = { roles: ['developer'] };
    expectRefused(await post({ query: '{ openCases }', documentId: id(documents.cases) }, as), 400, 'BAD_REQUEST');
    expectRefused(await get({ query: '{ openCases }', documentId: id(documents.cases) }, as), 400, 'BAD_REQUEST');
  });
});

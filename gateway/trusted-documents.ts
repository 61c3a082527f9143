import { readFileSync } from 'node:fs';
import type { HTTPGraphQLRequest } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import { clientError, type ErrorCode } from '#schema/errors.ts';
import type { Caller } from '#schema/identity.ts';
import { documentHash, type Manifest, type TrustedDocument } from '#schema/trusted-documents.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Documents that are trusted, by their hash. */
export type TrustedDocuments = ReadonlyMap<string, TrustedDocument>;

/** A request as Apollo Server is to have it. */
export interface AdmittedRequest {
  readonly request: HTTPGraphQLRequest;
  /** The document that it will run; undefined where it has none that Apollo Server takes. */
  readonly query: string | undefined;
}

/** A document's id as the draft of GraphQL over HTTP has it (appendix "Persisted Documents"). */
const ID = /^sha256:([0-9a-f]{64})$/;

/**
 * Reads the manifest that `npm run schema:compose` makes.
 * @throws Error saying what to do when it is not there, or has a document that is not the one of its hash.
 */
export function readTrustedDocuments(file: string): TrustedDocuments {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (error) {
    throw new Error(`cannot read ${file}: run npm run schema:compose`, { cause: error });
  }
  const documents = new Map(Object.entries(manifest));
  for (const [hash, { name, document }] of documents) {
    if (documentHash(document) !== hash) throw new Error(`${file}: the document ${name} is not the one of its hash; run npm run schema:compose`);
  }
  return documents;
}

/**
 * The request with the document that it names, when the caller may ask it: a trusted document by its id (`documentId`, or the hash of Apollo's
 * clients in `extensions.persistedQuery`), one that is public without a token; any other only with the scope graph:query. A document sent as
 * `query` that is word for word a trusted one is that: its id is its text. A request that is none of GraphQL is left for Apollo Server to refuse.
 * @throws GraphQLError DOCUMENT_NOT_FOUND, DOCUMENT_NOT_TRUSTED, UNAUTHENTICATED, or BAD_REQUEST for ids that are none or not those of the query beside it.
 */
export function admitDocument(request: HTTPGraphQLRequest, caller: Caller, documents: TrustedDocuments): AdmittedRequest {
  const { query, hash } = readDocumentOf(request);
  if (hash === undefined) {
    if (query !== undefined && query !== '') admit(documents.get(documentHash(query)), caller);
    return { request, query };
  }
  const found = documents.get(hash);
  if (found === undefined) {
    throw refusal(404, 'DOCUMENT_NOT_FOUND', `Không có tài liệu này · there is no document sha256:${hash}`);
  }
  if (query !== undefined && documentHash(query) !== hash) {
    throw refusal(
      400,
      'BAD_REQUEST',
      'Chỉ gửi một trong hai: query hoặc documentId · expected either a query or the id of a document, got both, and not of the same',
    );
  }
  admit(found, caller);
  return { request: withQuery(request, found.document), query: found.document };
}

function admit(found: TrustedDocument | undefined, { subject, scopes }: Caller): void {
  if (found?.public) return;
  if (subject === null) {
    throw refusal(401, 'UNAUTHENTICATED', 'Cần mã truy cập · expected a token (authorization: Bearer …); without one only public documents are answered', [
      ['www-authenticate', 'Bearer'],
    ]);
  }
  if (found === undefined && !scopes.includes('graph:query')) {
    throw refusal(
      403,
      'DOCUMENT_NOT_TRUSTED',
      'Chỉ nhận các tài liệu đã duyệt · expected the id of a trusted document; operations of your own need the scope graph:query',
    );
  }
}

/** What the request says about its document; nothing where it says it in a way that Apollo Server refuses. */
function readDocumentOf({ method, search, body }: HTTPGraphQLRequest): { query: string | undefined; hash: string | undefined } {
  const { query, documentId, extensions } = method === 'GET' ? fromSearch(search) : isJsonObject(body) ? body : {};
  const persisted = isJsonObject(extensions) ? extensions['persistedQuery'] : undefined;
  const text = typeof query === 'string' ? query : undefined;
  if (documentId === undefined || documentId === null) {
    if (persisted === undefined || persisted === null) return { query: text, hash: undefined };
    const sent = isJsonObject(persisted) ? persisted['sha256Hash'] : undefined;
    return { query: text, hash: hashOf(typeof sent === 'string' ? `sha256:${sent}` : undefined) };
  }
  return { query: text, hash: hashOf(documentId) };
}

function hashOf(id: unknown): string {
  const hash = typeof id === 'string' ? ID.exec(id)?.[1] : undefined;
  if (hash === undefined)
    throw refusal(
      400,
      'BAD_REQUEST',
      'Mã tài liệu phải có dạng sha256:<64 chữ số hex> · expected the id of a document as sha256:<64 hexadecimal digits, lower case>',
    );
  return hash;
}

function fromSearch(search: string): JsonObject {
  const parameters = new URLSearchParams(search);
  // Of several, Apollo Server takes none.
  const one = (name: string) => (parameters.getAll(name).length === 1 ? parameters.get(name) : undefined);
  let extensions: unknown;
  try {
    extensions = JSON.parse(one('extensions') ?? 'null');
  } catch {
    // Apollo Server says it.
  }
  return { query: one('query') ?? undefined, documentId: parameters.get('documentId') ?? undefined, extensions };
}

/** The same request as one that sends the document. */
function withQuery(request: HTTPGraphQLRequest, query: string): HTTPGraphQLRequest {
  if (request.method === 'GET') {
    const parameters = new URLSearchParams(request.search);
    parameters.delete('documentId');
    parameters.delete('extensions');
    parameters.set('query', query);
    return { ...request, search: `?${parameters}` };
  }
  const { documentId: _, extensions: __, ...others } = request.body as JsonObject;
  return { ...request, body: { ...others, query } };
}

function refusal(status: number, code: ErrorCode, message: string, headers: readonly [string, string][] = []): GraphQLError {
  return clientError(code, message, { http: { status, headers: new Map(headers) } });
}

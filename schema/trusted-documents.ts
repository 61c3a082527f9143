import { hash } from 'node:crypto';

/**
 * Documents that the graph answers without a scope for operations of one's own: those of `schema/operations/`, each named by the SHA-256 of
 * its text. The text is the file's, as it is written, from behind the comment at its head to the last character that is not white space;
 * a client copies the id from the manifest, or computes it. (Not the text as graphql-js prints it, nor a minified one: the GraphQL-over-HTTP
 * draft hashes the source, any language can do that, and the examples in GraphiQL are the same text.)
 */

/** A document that is trusted. */
export interface TrustedDocument {
  /** The name of its operation and of its file. */
  readonly name: string;
  /** Whether anybody may ask it, also without a token. */
  readonly public: boolean;
  readonly document: string;
}

/** The manifest `schema/trusted-documents.json`: documents by their hash, 64 hexadecimal digits. */
export type Manifest = Readonly<Record<string, TrustedDocument>>;

const HEAD = /^(?:#.*\n)*/;
const PUBLIC = /^# public$/m;

/** The parts of a file of `schema/operations/`: the comment at its head, whether a line of that makes the document public, and the document. */
export function readDocumentFile(text: string): { readonly head: string; readonly public: boolean; readonly document: string } {
  const head = HEAD.exec(text)?.[0] ?? '';
  return { head: head.replace(PUBLIC, ''), public: PUBLIC.test(head), document: text.slice(head.length).trim() };
}

/** What a document is named by: the SHA-256 of its text in UTF-8, in lower-case hexadecimal. */
export function documentHash(document: string): string {
  return hash('sha256', document, 'hex');
}

/** What is asked of the gateway, as its clients do in a day: by number, so that no two requests of a run are the same. */
import { createHash } from 'node:crypto';
import { type DocumentNode, parse } from 'graphql';
import type { ErrorCode } from '#schema/errors.ts';
import { PURPOSE_HEADER } from '#schema/identity.ts';
import { documentHash } from '#schema/trusted-documents.ts';
import type { Issuer } from '../../bench/gateway/issuer.ts';
import { records, statistics } from '../../bench/gateway/scenarios/own-graph.ts';
import { partOf } from './projection.ts';

type Headers = Readonly<Record<string, string>>;

/** A request, and what is to come of it. */
export interface Asked {
  readonly kind: Kind;
  readonly headers: Headers;
  readonly body: string;
  readonly expected: Expected;
}

/** Data, with the answer's bytes the same for all that have the same `name`; a refusal; or nothing, because the client goes away. */
export type Expected =
  | { readonly data: unknown; readonly name?: string }
  | { readonly status: number; readonly code: ErrorCode }
  | { readonly leavesAfterMs: number };

/** The answers that all others are parts of. */
export interface Known {
  readonly statistics: unknown;
  readonly records: unknown;
  readonly agencies: unknown;
}

const AGENCIES = 'query Agencies { agencies { id nameVi nameEn } }';
const STATISTICS = statistics();
const RECORDS = records();
const DOCUMENTS = { statistics: STATISTICS.document, records: RECORDS.document, agencies: AGENCIES };
const PARSED = Object.fromEntries(Object.entries(DOCUMENTS).map(([name, text]) => [name, parse(text, { noLocation: true })])) as Record<
  keyof Known,
  DocumentNode
>;
const TRUSTED = `sha256:${documentHash(DOCUMENTS.statistics)}`;
/** So many requests in a row come from the same client. */
const REQUESTS_OF_CLIENT = 5;

/** What there is, and how many of a hundred requests are such. */
const SHARES = {
  /** A trusted document by its id. */
  trusted: 28,
  /** The same document again and again, as text. */
  records: 22,
  /** A document that has not been asked before, but has the plan of others. */
  renamed: 13,
  /** One that has to be planned, which takes some 25 ms. */
  other: 2,
  /** A small operation without a name; each is planned too, but costs little. */
  small: 26,
  unreadable: 2,
  invalid: 2,
  'without token': 1,
  'forged token': 1,
  'wrong purpose': 1,
  'without purpose': 1,
  leaving: 1,
} as const;
type Kind = keyof typeof SHARES;
const KINDS = (Object.keys(SHARES) as Kind[]).flatMap((kind) => Array<Kind>(SHARES[kind]).fill(kind));

/** The documents whose answers have to be known, with variables. */
export const WHOLE: Readonly<Record<keyof Known, string>> = {
  statistics: bodyOf(DOCUMENTS.statistics, STATISTICS.variables(0)),
  records: bodyOf(DOCUMENTS.records, RECORDS.variables(0)),
  agencies: bodyOf(AGENCIES, {}),
};

/** Makes the requests of clients of an issuer. */
export function createRequests(issuer: Issuer, known: Known): (number: number) => Promise<Asked> {
  let client: { readonly number: number; readonly headers: Promise<Headers> } | undefined;
  const headersOf = (number: number) => {
    if (client?.number !== number) client = { number, headers: issuer.headersOf(`client-${number}`) };
    return client.headers;
  };
  return async (number) => {
    const random = randomOf(number);
    const kind = KINDS[random % KINDS.length] ?? 'records';
    const headers = await headersOf(Math.floor(number / REQUESTS_OF_CLIENT));
    return { kind, headers, ...requestOf(kind, { number, random, headers, known }) };
  };
}

function requestOf(
  kind: Kind,
  { number, random, headers, known }: { number: number; random: number; headers: Headers; known: Known },
): Pick<Asked, 'body' | 'expected'> & { headers?: Headers } {
  const which = random & 1 ? 'statistics' : 'records';
  const variables = (random & 1 ? STATISTICS : RECORDS).variables(number);
  const usual = bodyOf(DOCUMENTS[which], variables);
  const { authorization = '', [PURPOSE_HEADER]: purpose = '', ...others } = headers;
  switch (kind) {
    case 'trusted':
      return {
        body: JSON.stringify({ documentId: TRUSTED, variables: STATISTICS.variables(number) }),
        expected: { data: known.statistics, name: 'statistics' },
      };
    case 'records':
      return { body: bodyOf(DOCUMENTS.records, RECORDS.variables(number)), expected: { data: known.records, name: 'records' } };
    case 'renamed':
    case 'other': {
      const part = partOf(PARSED[which], { choice: kind === 'other' ? random >>> 8 : -1, name: `n${number}` });
      return { body: bodyOf(part.text, variables), expected: { data: part.of(known[which]) } };
    }
    case 'small':
      return {
        body: bodyOf(`{ n${number}: agencies { id nameVi(on: "${dayOf(number)}") nameEn } }`, {}),
        expected: { data: { [`n${number}`]: agenciesOf(known) } },
      };
    case 'unreadable':
      return { body: bodyOf(`query N${number} { agencies { id }`, {}), expected: { status: 400, code: 'GRAPHQL_PARSE_FAILED' } };
    case 'invalid':
      return { body: bodyOf(`query N${number} { agencies { id n${number} } }`, {}), expected: { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' } };
    case 'without token':
      return { body: usual, headers: { ...others, [PURPOSE_HEADER]: purpose }, expected: { status: 401, code: 'UNAUTHENTICATED' } };
    case 'forged token': {
      const forged = `${authorization.slice(0, -20)}${createHash('sha256').update(String(number)).digest('hex').slice(0, 20)}`;
      return { body: usual, headers: { ...headers, authorization: forged }, expected: { status: 401, code: 'UNAUTHENTICATED' } };
    }
    case 'wrong purpose':
      return { body: usual, headers: { ...headers, [PURPOSE_HEADER]: `N${number}` }, expected: { status: 400, code: 'BAD_REQUEST' } };
    case 'without purpose':
      return { body: usual, headers: { ...others, authorization }, expected: { status: 403, code: 'FORBIDDEN' } };
    case 'leaving':
      return { body: usual, expected: { leavesAfterMs: (random >>> 8) % 8 } };
  }
}

/** Another day for each of the latest twenty thousand. */
function dayOf(number: number): string {
  return new Date((number % 20_000) * 86_400_000).toISOString().slice(0, 10);
}

function agenciesOf({ agencies }: Known): unknown {
  return (agencies as { readonly agencies: unknown }).agencies;
}

function bodyOf(query: string, variables: object): string {
  return JSON.stringify({ query, variables });
}

/** 32 bits that look like chance, the same for the same number. */
function randomOf(number: number): number {
  let bits = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

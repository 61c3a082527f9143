import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { Lexer, Source, TokenKind } from 'graphql';
import type { Manifest } from '#schema/trusted-documents.ts';

/** A request that is wrong in some way, or a row of bytes that is none. `as` says whose token it brings. */
export type Attempt =
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly as: 'everything' | 'officer' | 'nobody';
    }
  | { readonly kind: 'bytes'; readonly bytes: string };

const PROJECT = resolve(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(join(PROJECT, 'schema/trusted-documents.json'), 'utf8')) as Manifest;
const documents = Object.values(manifest).map(({ document }) => tokensOf(document));
const hashes = Object.keys(manifest);

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '__typename',
  '__schema',
  '__type',
  '_entities',
  '_service',
  'id',
  'query',
  'representations',
];
const TOKENS = [
  ...'{}()[]:!|&=@$',
  '...',
  'on',
  'fragment',
  'mutation',
  'subscription',
  'null',
  'true',
  '1e999',
  '-0',
  '99999999999999999999',
  '""',
  '"""',
  '"\\u0000"',
  '"\ud800"',
  '#',
];
/** Variables that fit some documents. */
const FITTING = [
  {
    period: { from: '2021-01-01', to: '2021-09-30' },
    id: 'fd3d328a-4ff9-82c8-9f83-8c99ef802c1e',
    agency: 'c02',
    province: 'VN63:01',
    first: 10,
    by: ['PROVINCE'],
  },
  { period: { from: '2021-01-01', to: '2021-09-30' }, interval: 'MONTH', first: 500, by: [], scheme: 'VN34', filter: {} },
];
const KEYS = ['query', 'variables', 'operationName', 'extensions', 'documentId', ...NAMES];

/** Attempts of all kinds; what of them is wrong is up to chance. */
export function attempts(): fc.Arbitrary<Attempt> {
  return fc.oneof({ arbitrary: requests(), weight: 30 }, { arbitrary: bytes(), weight: 1 });
}

function requests(): fc.Arbitrary<Attempt> {
  return fc
    .record({
      post: fc.boolean(),
      method: fc.oneof({ arbitrary: fc.constant(undefined), weight: 20 }, fc.constantFrom('PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD')),
      path: fc.oneof(
        { arbitrary: fc.constant('/graphql'), weight: 15 },
        fc.constantFrom('/', '/%zz', '//graphql', '/graphql/', '/../graphql', '/health/ready', '/graphql;a', '/__proto__'),
      ),
      body: bodies(),
      headers: headers(),
      as: fc.constantFrom('everything' as const, 'everything' as const, 'officer' as const, 'nobody' as const),
    })
    .map(({ post, method, path, body, headers: given, as }) => {
      if (post) return { kind: 'request', method: method ?? 'POST', path, headers: { 'content-type': 'application/json', ...given }, body, as };
      const search = searchOf(body).slice(0, 12_000);
      return { kind: 'request', method: method ?? 'GET', path: `${path}?${search}`, headers: { 'apollo-require-preflight': 'true', ...given }, body: '', as };
    });
}

/** JSON of requests to the graph, and what only looks like it. */
function bodies(): fc.Arbitrary<string> {
  const variables = fc.oneof(fc.dictionary(fc.constantFrom('input', 'id', 'filter', 'first', 'period', 'by', ...NAMES), values()), values());
  const optional = { variables, operationName: fc.oneof(fc.constantFrom('Totals', 'CaseFile', ...NAMES), values()) };
  const known = fc.constantFrom(...hashes);
  const persisted = fc.oneof(known, values()).map((sha256Hash) => ({ persistedQuery: { version: 1, sha256Hash } }));
  const request = fc
    .oneof(
      { arbitrary: fc.record({ query: operations(), variables: fc.constantFrom(...FITTING) }), weight: 4 },
      fc.record({ query: operations(), ...optional }, { requiredKeys: ['query'] }),
      fc.record({ query: operations(), extensions: fc.oneof(values(), persisted) }, { requiredKeys: ['query'] }),
      fc.record({ documentId: known.map((hash) => `sha256:${hash}`), ...optional }, { requiredKeys: ['documentId'] }),
      fc.record({ extensions: persisted, ...optional }, { requiredKeys: ['extensions'] }),
      fc.record({ query: values(), documentId: values(), extensions: values(), ...optional }, { requiredKeys: [] }),
    )
    .map((parts) => JSON.stringify(parts));
  return fc.oneof(
    { arbitrary: request, weight: 12 },
    // Keys that an object literal cannot have.
    fc
      .tuple(fc.constantFrom(...KEYS), values())
      .map(([key, value]) => `{"query":"{ agencies { id } }",${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}}`),
    fc.tuple(request, fc.nat(200)).map(([text, end]) => text.slice(0, end)),
    values().map((value) => JSON.stringify(value) ?? ''),
    fc.constantFrom(
      '',
      '[]',
      '[{"query":"{ agencies { id } }"}]',
      '['.repeat(30_000),
      '{"a":'.repeat(10_000),
      `{"query":"${'x'.repeat(70_000)}"}`,
      '\u0000',
      'NaN',
      '"\\ud800"',
    ),
  );
}

/** Trusted documents with tokens left out, doubled, moved or put in; and some of nothing but tokens. */
function operations(): fc.Arbitrary<string> {
  const foreign = fc.constantFrom(...TOKENS, ...NAMES, ...NAMES.map((name) => `${name}:`), ...NAMES.map((name) => `$${name}`));
  const edits = fc.array(fc.record({ at: fc.nat(400), put: fc.option(foreign), drop: fc.nat(2), repeat: fc.constantFrom(1, 1, 1, 3, 60, 600) }), {
    maxLength: 5,
  });
  // Names left out or doubled leave a document that is valid more often than not: these get as far as the planner and the subgraphs.
  const names = fc.array(fc.record({ at: fc.nat(400), times: fc.constantFrom(0, 2, 2, 5) }), { maxLength: 3 });
  const edited = fc.oneof(
    fc.tuple(fc.constantFrom(...documents), edits).map(([tokens, changes]) => {
      const text = [...tokens];
      for (const { at, put, drop, repeat } of changes) text.splice(at % (text.length + 1), drop, ...(put === null ? [] : Array<string>(repeat).fill(put)));
      return text.join(' ');
    }),
    fc.tuple(fc.constantFrom(...documents), names).map(([tokens, changes]) => {
      const text = [...tokens];
      for (const { at, times } of changes) {
        const name = text[at % text.length] ?? '';
        if (/^[a-z]\w+$/i.test(name)) text.splice(at % text.length, 1, ...Array<string>(times).fill(name));
      }
      return text.join(' ');
    }),
  );
  return fc.oneof(
    { arbitrary: edited, weight: 6 },
    fc.array(foreign, { maxLength: 60 }).map((tokens) => tokens.join(' ')),
    fc.string({ maxLength: 200 }),
  );
}

function values(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom(...NAMES, '2021-02-30', 'VN34:01', 'c02', -1, 1e308, 2 ** 53, "' OR 1=1 --", '\u0000', '\ud800', '🜏'.repeat(500)),
    fc.constantFrom(...NAMES).map((name) => JSON.parse(`{${JSON.stringify(name)}:{"polluted":true}}`) as unknown),
  );
}

function headers(): fc.Arbitrary<Record<string, string>> {
  const odd = fc.constantFrom<Record<string, string>>(
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'multipart/form-data; boundary=a' },
    { 'content-type': '' },
    { 'content-encoding': 'gzip' },
    { accept: 'text/html' },
    { accept: 'multipart/mixed; deferSpec=20220824' },
    { accept: `${'a/b,'.repeat(500)}` },
    { authorization: 'Bearer a.b.c' },
    { authorization: 'Basic eDp5' },
    { authorization: `Bearer ${'e30.'.repeat(3_000)}` },
    { 'x-purpose': '__proto__' },
    { 'x-request-id': '{"a":1}' },
    { 'x-forwarded-for': '::1, 10.0.0.1' },
    { 'apollo-query-plan-experimental': 'true' },
    { expect: '100-continue' },
    { cookie: `a=${'b'.repeat(9_000)}` },
    { origin: 'null' },
  );
  return fc.oneof(
    { arbitrary: fc.constant({}), weight: 3 },
    odd,
    fc.tuple(odd, odd).map(([one, other]) => ({ ...one, ...other })),
  );
}

function bytes(): fc.Arbitrary<Attempt> {
  return fc
    .oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom('GET / HTTP/9.9\r\n\r\n', 'POST /graphql HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', '\u0016\u0003\u0001'),
    )
    .map((text) => ({ kind: 'bytes', bytes: text }));
}

/** The same request as one by GET. */
function searchOf(body: string): string {
  try {
    const parts: unknown = JSON.parse(body);
    if (typeof parts !== 'object' || parts === null) return encodeURIComponent(body.toWellFormed());
    const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
    return Object.entries(parts)
      .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(text(value))}`)
      .join('&');
  } catch {
    return encodeURIComponent(body.toWellFormed());
  }
}

function tokensOf(document: string): string[] {
  const lexer = new Lexer(new Source(document));
  const tokens: string[] = [];
  while (lexer.advance().kind !== TokenKind.EOF) tokens.push(document.slice(lexer.token.start, lexer.token.end));
  return tokens;
}

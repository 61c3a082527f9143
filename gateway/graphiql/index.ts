import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { identityChoices } from './identity.ts';
import type { ExampleOperation } from './operations.ts';

export { type ExampleOperation, loadExampleOperations } from './operations.ts';

/** What the page is made of, besides its files. */
export interface GraphiQLParts {
  /** Path of the GraphQL endpoint. */
  readonly endpoint: string;
  /** Operations that the page has at hand. */
  readonly operations: readonly ExampleOperation[];
  /** Path of the built-in issuer, which the page gets tokens from; null where there is none, and the page asks as anybody. */
  readonly tokens: string | null;
}

/**
 * The page's files. GraphiQL 3 and not 5, of which there is no build that a browser could load as it is: its editor (Monaco) must be bundled
 * with its workers; in 4, between the two, a panel of one's own cannot be open at first. React 18 and not 19 for want of such a build too.
 */
const FILES = [
  { path: '/', file: 'page.html', type: 'text/html' },
  { path: '/graphiql/page.css', file: 'page.css', type: 'text/css' },
  { path: '/graphiql/page.js', file: 'page.js', type: 'text/javascript' },
  { path: '/graphiql/identity.js', file: 'identity.js', type: 'text/javascript' },
  { path: '/graphiql/react.js', file: 'umd/react.production.min.js', package: 'react', type: 'text/javascript' },
  { path: '/graphiql/react-dom.js', file: 'umd/react-dom.production.min.js', package: 'react-dom', type: 'text/javascript' },
  { path: '/graphiql/graphiql.js', file: 'graphiql.min.js', package: 'graphiql', type: 'text/javascript' },
  { path: '/graphiql/graphiql.css', file: 'graphiql.min.css', package: 'graphiql', type: 'text/css' },
] as const;

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    // GraphiQL's dialogs put a <style> element into the page.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/**
 * GraphiQL at `/`, its files under `/graphiql/`. Everything comes from this server, read once into memory; nothing from another host.
 * @throws Error when the packages are not installed: they are devDependencies, for nothing of this runs in production.
 */
export async function registerGraphiQL(app: FastifyInstance, { endpoint, operations, tokens }: GraphiQLParts): Promise<void> {
  for (const { path, type, ...place } of FILES) {
    const content = await readFile(locate(place));
    app.get(path, (_request, reply) => reply.headers(HEADERS).type(`${type}; charset=utf-8`).send(content));
  }
  const setup = { endpoint, operations, identity: tokens === null ? null : identityChoices(tokens) };
  app.get('/graphiql/setup.json', (_request, reply) => reply.headers(HEADERS).send(setup));
}

function locate({ file, package: name }: { readonly file: string; readonly package?: string }): string {
  if (name === undefined) return join(import.meta.dirname, file);
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
  } catch (error) {
    throw new Error(`GraphiQL needs the package ${name}: run npm ci, or set NODE_ENV=production to do without`, { cause: error });
  }
}

/**
 * Imports over HTTP, into a running service that has its database to itself (PGlite). `POST /import/<records>` takes a CSV and answers with
 * one JSON object a line: {@link ImportMessage}. Only who can read the token in the data folder may ask.
 */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../database.ts';
import { CsvError } from './csv.ts';
import { importCsv, type ImportProgress, type ImportResult } from './importer.ts';
import type { RowFault } from './parser.ts';
import type { ImportSpec } from './spec.ts';

/** A line of the answer. The last one is the result or the error. `error` with `file`: the file as a whole cannot be read. */
export type ImportMessage =
  | { readonly progress: ImportProgress }
  | { readonly fault: RowFault }
  | { readonly result: ImportResult }
  | { readonly error: string; readonly file: boolean };

/** Where a running service takes imports: what is in `service.json` in its data folder. */
export interface ImportService {
  /** Origin, such as `http://127.0.0.1:4001`. */
  readonly url: string;
  readonly token: string;
}

/** The file with the {@link ImportService} of the service that has a data folder open. */
export function serviceFile(folder: string): string {
  return join(folder, 'service.json');
}

/** What imports into a running service are made of. */
export interface ImportParts {
  readonly database: Database;
  readonly imports: Readonly<Record<string, ImportSpec>>;
  readonly token: string;
  readonly recordIdKey: string;
}

/** How far apart progress is told; in milliseconds. */
const PROGRESS_EVERY = 100;

/** Registers the route. The CSV is read as it comes and never held. */
export async function registerImport(app: FastifyInstance, parts: ImportParts): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
    scope.post<{ Params: { records: string }; Querystring: { skipBadRows?: string } }>('/import/:records', async (request, reply) => {
      if (!isAuthorised(request, parts.token)) return reply.code(401).send({ error: 'expected the token of the data folder' });
      const spec = Object.hasOwn(parts.imports, request.params.records) ? parts.imports[request.params.records] : undefined;
      if (spec === undefined) return reply.code(404).send({ error: `expected one of ${Object.keys(parts.imports).join(', ')}` });
      const answer = new PassThrough();
      const aborted = new AbortController();
      // When the asker is gone there is nobody to tell whether it was written: what is not yet committed is dropped.
      request.raw.once('close', () => !request.raw.complete && aborted.abort(new Error('the connection was closed')));
      answer.once('close', () => !answer.writableFinished && aborted.abort(new Error('the connection was closed')));
      const tell = (message: ImportMessage) => void answer.write(`${JSON.stringify(message)}\n`);
      // Whoever reads slowly holds the import up, and does not make it fill the memory.
      const drained = async () => void (answer.writableNeedDrain && (await once(answer, 'drain', { signal: aborted.signal })));
      void run(parts, spec, request.body as Readable, request.query.skipBadRows === 'true', aborted.signal, tell, drained).finally(() => answer.end());
      return reply.type('application/x-ndjson').send(answer);
    });
  });
}

async function run(
  { database, recordIdKey }: ImportParts,
  spec: ImportSpec,
  csv: Readable,
  skipBadRows: boolean,
  signal: AbortSignal,
  tell: (message: ImportMessage) => void,
  drained: () => Promise<void>,
): Promise<void> {
  let told = 0;
  let phase = '';
  const onProgress = (progress: ImportProgress) => {
    if (progress.phase !== phase || performance.now() - told >= PROGRESS_EVERY) {
      told = performance.now();
      phase = progress.phase;
      tell({ progress });
    }
    return drained();
  };
  try {
    tell({
      result: await importCsv(database, spec, csv.iterator({ destroyOnReturn: false }), {
        recordIdKey,
        skipBadRows,
        signal,
        onProgress,
        onFault: (fault) => tell({ fault }),
      }),
    });
  } catch (error) {
    tell({ error: error instanceof Error ? error.message : String(error), file: error instanceof CsvError });
  }
  // An answer that ends before the file was sent cuts the connection, and the asker might never read it.
  csv.resume();
  await finished(csv).catch(() => undefined);
}

function isAuthorised(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { CsvError } from '#shared/import/csv.ts';
import type { ImportMessage, ImportService } from '#shared/import/http.ts';
import type { ImportOptions, ImportResult } from '#shared/import/importer.ts';
import { readPieces } from './file.ts';

/**
 * Imports the file through a running service. When the connection breaks before the service has answered, nothing may have been written or
 * all; importing again is safe.
 * @returns `undefined` when no service answers there.
 * @throws CsvError when the file as a whole cannot be read.
 */
export async function importRemotely(
  service: ImportService,
  records: string,
  file: string,
  options: Omit<ImportOptions, 'recordIdKey'>,
): Promise<ImportResult | undefined> {
  const { signal, skipBadRows = false } = options;
  const call = request(new URL(`/import/${records}?skipBadRows=${skipBadRows}`, service.url), {
    method: 'POST',
    headers: { 'content-type': 'text/csv', authorization: `Bearer ${service.token}` },
    ...(signal ? { signal } : {}),
  });
  const answered = new Promise<IncomingMessage>((done, fail) => call.once('response', done).once('error', fail));
  // A service that refuses the file answers before it has read all of it, and then the rest cannot be sent.
  const sent = pipeline(readPieces(file), call).catch((error: unknown) => error);
  let result: ImportResult | undefined;
  try {
    const lines = createInterface({ input: await answered });
    // A connection that breaks ends the lines; what has come by then tells what to do.
    lines.on('error', () => undefined);
    for await (const line of lines) {
      const message = JSON.parse(line) as ImportMessage;
      if ('progress' in message) options.onProgress?.(message.progress);
      else if ('fault' in message) options.onFault?.(message.fault);
      else if ('result' in message) result = message.result;
      else throw message.file ? new CsvError(message.error) : new Error(message.error);
    }
  } catch (error) {
    // It has stopped since it announced itself, or has not said yet that it is back.
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined;
    throw error;
  } finally {
    // What the service did not want to read would keep this process alive.
    call.destroy();
  }
  if (result !== undefined) return result;
  signal?.throwIfAborted();
  throw new Error(`the service at ${service.url} was stopped before it had answered: import again`, { cause: await sent });
}

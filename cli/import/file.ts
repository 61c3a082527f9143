import { createReadStream, type ReadStream } from 'node:fs';

/** Reads a file in pieces large enough that the work between them counts, and not their number. */
export function readPieces(file: string): ReadStream {
  return createReadStream(file, { highWaterMark: 512 * 1024 });
}

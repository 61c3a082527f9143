import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import type { GatewayConfig } from './config.ts';
import { readSupergraphFile, SupergraphError } from './supergraph.ts';

/** Where new supergraphs come from. */
export interface SupergraphSource {
  /** Names it in logs: a file or a URL. */
  readonly origin: string;
  /** The text as it is now; `undefined` when it is what was read last. @throws when it cannot be read */
  read(): Promise<string | undefined>;
}

const TIMEOUT_MS = 5_000;
/** More is no supergraph. Bytes. */
const SIZE_LIMIT = 32 * 1024 * 1024;

/** Where the supergraph comes from, and what it is now. @throws SupergraphError when it cannot be had */
export async function openSupergraphSource({ supergraphFile, supergraphUrl }: GatewayConfig): Promise<SupergraphSource & { readonly text: string }> {
  if (supergraphUrl === undefined) {
    const text = readSupergraphFile(supergraphFile);
    return { ...fileSource(supergraphFile, text), text };
  }
  const source = urlSource(supergraphUrl);
  const text = await source.read().catch((error: unknown) => {
    throw new SupergraphError(`cannot read ${supergraphUrl}: ${(error as Error).message}`, { cause: error });
  });
  return { ...source, text: text ?? '' };
}

/** A file; `read` is what it held when it was read last. */
function fileSource(file: string, read: string): SupergraphSource {
  let last = read;
  return {
    origin: file,
    read: async () => {
      const text = await readFile(file, 'utf8');
      if (text === last) return undefined;
      last = text;
      return text;
    },
  };
}

/** A URL; it is asked with the ETag that it gave, so that what has not changed is not sent again. */
function urlSource(url: string): SupergraphSource {
  let etag: string | undefined;
  let last: string | undefined;
  return {
    origin: url,
    read: async () => {
      const { statusCode, headers, body } = await request(url, {
        headers: etag === undefined ? {} : { 'if-none-match': etag },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        maxRedirections: 0,
      } as Parameters<typeof request>[1]);
      if (statusCode === 304) {
        await body.dump();
        return undefined;
      }
      if (statusCode !== 200) {
        await body.dump();
        throw new Error(`expected 200 or 304 from ${url}, got ${statusCode}`);
      }
      const text = await readLimited(body);
      etag = typeof headers['etag'] === 'string' ? headers['etag'] : undefined;
      if (text === last) return undefined;
      last = text;
      return text;
    },
  };
}

async function readLimited(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > SIZE_LIMIT) throw new Error(`expected a supergraph of at most ${SIZE_LIMIT} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

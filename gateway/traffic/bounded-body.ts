import type { Readable } from 'node:stream';

/**
 * The text of a body of which nobody said how large it is.
 * @throws BodyTooLarge when it has more than `limit` bytes, and breaks it off; what the stream fails with.
 */
export async function readBoundedBody(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLarge(`expected at most ${limit} bytes of a body that does not say how large it is`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A body has more bytes than are taken. */
export class BodyTooLarge extends Error {}

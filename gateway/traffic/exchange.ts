import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';

/** A POST request and what its answer may be. */
export interface Exchange {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Gives the request up, at any time. */
  readonly signal: AbortSignal;
  /** Told an answer's status and headers; returns what it is refused with, undefined where it is to be read. */
  readonly onHead: (statusCode: number, headers: IncomingHttpHeaders) => Error | undefined;
  /** Bytes that an answer may have which does not say how many it has. What it says is for {@link onHead}. */
  readonly undeclaredLimit: number;
}

/** A body has more bytes than are taken. */
export class BodyTooLarge extends Error {}

/** What is read to its end though nobody wants it, so that the connection can be used again; in bytes. */
const SHORT = 16 * 1024;

/**
 * Sends a request and reads its answer: undici's dispatch with a handler of our own, because its `request` makes a stream of each body, which costs more than
 * all that is done with an answer here.
 * @returns the answer's text.
 * @throws what {@link Exchange.onHead} says; BodyTooLarge, after breaking it off; the signal's reason; what undici fails with.
 */
export function exchange(pool: Pool, { path, headers, body, signal, onHead, undeclaredLimit }: Exchange): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let started: Dispatcher.DispatchController | undefined;
  let wanted = true;
  let limit = Number.POSITIVE_INFINITY;
  let length = 0;
  const chunks: Buffer[] = [];
  const fail = (error: Error) => {
    wanted = false;
    chunks.length = 0;
    signal.removeEventListener('abort', giveUp);
    reject(error);
  };
  const breakOff = (error: Error) => {
    fail(error);
    started?.abort(error);
  };
  const giveUp = () => breakOff(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  else
    pool.dispatch(
      { method: 'POST', path, headers, body },
      {
        onRequestStart: (controller) => {
          started = controller;
          // It was given up while it waited for a connection.
          if (!wanted) controller.abort(signal.reason as Error);
        },
        onResponseStart: (_, statusCode, received) => {
          if (statusCode < 200) return;
          const declared = received['content-length'];
          if (declared === undefined) limit = undeclaredLimit;
          const refusal = onHead(statusCode, received);
          if (refusal === undefined) return;
          // Not read to its end where that may be far: the connection goes with it then.
          if (Number(declared) <= SHORT) fail(refusal);
          else breakOff(refusal);
        },
        onResponseData: (_, chunk) => {
          if (!wanted) return;
          length += chunk.length;
          if (length > limit) breakOff(new BodyTooLarge(`expected at most ${limit} bytes of a body that does not say how large it is`));
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (!wanted) return;
          signal.removeEventListener('abort', giveUp);
          const [first] = chunks;
          const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length);
          resolve(whole.toString());
        },
        onResponseError: (_, error) => fail(error),
      },
    );
  return promise;
}

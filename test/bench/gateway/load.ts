import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';

/** Where requests go, and what must come back. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
  /** The data of every answer. */
  readonly expected: unknown;
}

/** How clients ask: so many at once, each after its answer the next, for so long. */
export interface Load {
  readonly clients: number;
  readonly milliseconds: number;
  /** Whether every request has variables of its own. */
  readonly unique: boolean;
}

/** What clients saw; latencies in milliseconds. */
export interface Seen {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

let visits = 0;

/** Sends requests as `load` says. @throws Error at the first answer that is not the expected one. */
export async function generate({ url, headers, query, expected }: Target, { clients, milliseconds, unique }: Load): Promise<Seen> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: clients });
  const took: number[] = [];
  // Gateways differ in the order of keys; one's own answers do not, so that only the first is parsed.
  let known: Buffer | undefined;
  const begun = performance.now();
  const client = async () => {
    while (performance.now() - begun < milliseconds) {
      const variables = { visit: unique ? `visit-${++visits}` : 'visit' };
      const sent = performance.now();
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const answer = Buffer.from(await body.arrayBuffer());
      took.push(performance.now() - sent);
      if (known?.equals(answer)) continue;
      check(statusCode, answer, expected);
      known = answer;
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    await pool.destroy();
  }
  const seconds = (performance.now() - begun) / 1000;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { requests: took.length, perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99) };
}

function check(status: number, answer: Buffer, expected: unknown): void {
  const text = answer.toString();
  if (status !== 200) throw new Error(`expected 200, got ${status}: ${text.slice(0, 500)}`);
  const { data, errors } = JSON.parse(text) as { data: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(`expected no errors, got ${JSON.stringify(errors).slice(0, 500)}`);
  // A prototype is nothing that came over the wire.
  if (!isDeepStrictEqual(data, expected)) throw new Error(`a wrong answer: ${text.slice(0, 500)}`);
}

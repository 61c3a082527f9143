import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import type { Issuer } from '../../bench/gateway/issuer.ts';
import { type Asked, createRequests, type Known, WHOLE } from './requests.ts';

/** Clients of a gateway. */
export interface Load {
  /** Requests that were sent. */
  readonly sent: number;
  /** What was not as it should be: how often, and examples. */
  readonly wrong: { count: number; readonly examples: string[] };
  /** Sends requests until so many were sent in all, and waits for their answers. */
  until(total: number): Promise<void>;
  /** One request apart from the load: HTTP's status, the codes of the errors, and the data. */
  ask(query: string): Promise<Answer>;
  /** Begins or ends a time in which answers may lack what a subgraph does not say. */
  disturbed: boolean;
  close(): Promise<void>;
}

/** What an answer holds. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly codes: readonly string[];
}

/** As many requests are under way at once. */
const CONNECTIONS = 16;
const MOST_EXAMPLES = 10;
/** What an answer may say of a subgraph that fails. */
const OF_SUBGRAPH: ReadonlySet<string> = new Set(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']);

/** Learns the right answers from the gateway, which has to be well, and waits to be told to send. */
export async function openLoad(url: string, issuer: Issuer): Promise<Load> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const post = async (body: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => {
    const all = { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    const { statusCode, body: answer } = await pool.request({ method: 'POST', path, headers: all, body, signal: signal ?? null });
    return { status: statusCode, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const ask = async (body: string) => read(await post(body, issuer.headers));
  const learn = async (body: string) => {
    const { data, codes } = await ask(body);
    if (!data || codes.length > 0) throw new Error(`expected data and no errors, got ${codes}`);
    return data;
  };
  const known: Known = { statistics: await learn(WHOLE.statistics), records: await learn(WHOLE.records), agencies: await learn(WHOLE.agencies) };
  const requestOf = createRequests(issuer, known);
  /** Answers are compared as bytes once one of those bytes has been found right. */
  const right = new Map<string, Buffer>();
  let sent = 0;
  let disturbed = false;
  let disturbances = 0;
  const wrong: Load['wrong'] = { count: 0, examples: [] };

  const faultOf = async ({ body, headers, expected }: Asked): Promise<string | undefined> => {
    const before = disturbances;
    const wasDisturbed = disturbed;
    if ('leavesAfterMs' in expected) return leave(body, headers, expected.leavesAfterMs);
    const { status, bytes } = await post(body, headers);
    const name = 'name' in expected ? expected.name : undefined;
    if (name !== undefined && right.get(name)?.equals(bytes)) return undefined;
    const answer = read({ status, bytes });
    const isRight =
      'data' in expected
        ? status === 200 && answer.codes.length === 0 && isDeepStrictEqual(answer.data, expected.data)
        : status === expected.status && [...new Set(answer.codes)].join() === expected.code;
    if (isRight && name !== undefined) right.set(name, bytes);
    const mayLack = wasDisturbed || disturbed || before !== disturbances;
    const lacks = 'data' in expected && status === 200 && answer.codes.length > 0 && answer.codes.every((code) => OF_SUBGRAPH.has(code));
    return isRight || (mayLack && lacks) ? undefined : `${status} ${answer.codes} ${bytes.toString().slice(0, 300)}`;
  };
  /** It may have been answered before; that it has not is no fault. */
  const leave = async (body: string, headers: Readonly<Record<string, string>>, afterMs: number): Promise<undefined> => {
    const client = new AbortController();
    const answered = post(body, headers, client.signal).catch(() => undefined);
    await sleep(afterMs);
    client.abort();
    await answered;
  };
  const connection = async (total: number) => {
    while (sent < total) {
      const number = ++sent;
      const asked = await requestOf(number);
      const fault = await faultOf(asked).catch((error: unknown) => `no answer: ${String(error)}`);
      if (fault === undefined) continue;
      wrong.count += 1;
      if (wrong.examples.length < MOST_EXAMPLES) wrong.examples.push(`request ${number} (${asked.kind}): ${fault}`);
    }
  };
  return {
    get sent() {
      return sent;
    },
    wrong,
    until: async (total) => {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => connection(total)));
    },
    ask: (query) => ask(JSON.stringify({ query })),
    get disturbed() {
      return disturbed;
    },
    set disturbed(now) {
      if (now) disturbances += 1;
      disturbed = now;
    },
    close: () => pool.close(),
  };
}

function read({ status, bytes }: { status: number; bytes: Buffer }): Answer {
  const { data, errors = [] } = JSON.parse(bytes.toString()) as { data?: unknown; errors?: readonly { extensions?: { code?: string } }[] };
  return { status, data, codes: errors.map(({ extensions }) => String(extensions?.code)) };
}

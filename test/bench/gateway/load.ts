import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import type { Scenario } from './scenarios/scenario.ts';

/** Whom requests are sent to. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How many requests at once, for how long, and whether they are all the same. */
export interface Load {
  readonly connections: number;
  readonly milliseconds: number;
  readonly unique: boolean;
}

/** What came of it. Times in milliseconds. */
export interface Outcome {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** An answer that is not the one that was expected. */
export class WrongAnswer extends Error {}

/** No two requests of one run of the bench are the same, whoever is asked, unless they are to be. */
let next = 1;

/** The answer to one request, as data. @throws WrongAnswer where there is no data, or an error beside it. */
export async function askOnce(scenario: Scenario, target: Target): Promise<unknown> {
  const client = openClient(scenario, target, undefined);
  try {
    return JSON.parse((await client.ask(next++)).toString()).data;
  } finally {
    await client.close();
  }
}

/**
 * Sends requests, each connection one after another, until the time is over. Every answer is compared with what is expected.
 * @throws WrongAnswer at the first that is another
 */
export async function measure(scenario: Scenario, target: Target, expected: unknown, { connections, milliseconds, unique }: Load): Promise<Outcome> {
  const client = openClient(scenario, target, expected);
  const took: number[] = [];
  const began = performance.now();
  const connection = async () => {
    while (performance.now() - began < milliseconds) {
      const sent = performance.now();
      await client.ask(unique ? next++ : 0);
      took.push(performance.now() - sent);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    await client.close();
  }
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { requests: took.length, perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99) };
}

function openClient({ document, operation, variables }: Scenario, { url, headers }: Target, expected: unknown) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 64 });
  const [before = '', after = ''] = JSON.stringify({ query: document, operationName: operation, variables: '' }).split('"variables":""');
  /** Answers are compared as bytes once one of those bytes has been found right. */
  let right: Buffer | undefined;
  return {
    ask: async (number: number): Promise<Buffer> => {
      const body = `${before}"variables":${JSON.stringify(variables(number))}${after}`;
      const response = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body,
      });
      const text = Buffer.from(await response.body.arrayBuffer());
      if (right?.equals(text)) return text;
      check(text, response.statusCode, expected);
      right = text;
      return text;
    },
    close: () => pool.close(),
  };
}

function check(text: Buffer, status: number, expected: unknown): void {
  const answer = JSON.parse(text.toString()) as { readonly data?: unknown; readonly errors?: unknown };
  const wrong = status !== 200 || answer.errors !== undefined || !answer.data || (expected !== undefined && !isDeepStrictEqual(answer.data, expected));
  if (wrong) throw new WrongAnswer(`a wrong answer, with status ${status}: ${JSON.stringify(answer.errors ?? answer.data).slice(0, 500)}`);
}

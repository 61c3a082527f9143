/**
 * The limit: the same requests to the subgraphs as our gateway sends, each as soon as those are answered that it waited for, one JSON.parse of each answer,
 * one JSON.stringify of a whole one. No schema, no plan, nobody asked who they are. `node direct.ts <file of a DirectPlan> <port>`.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';

/** What is asked of subgraphs for one request. */
export interface DirectPlan {
  readonly origin: string;
  readonly calls: readonly DirectCall[];
  /** {@link Scenario.unique}, its source: the first that a request has takes the place of all in the calls. */
  readonly unique: string;
  readonly answer: unknown;
}

/** See {@link DirectPlan}. */
export interface DirectCall {
  readonly path: string;
  readonly body: string;
  /** The calls that are answered before, by their places. */
  readonly after: readonly number[];
}

const [file = '', port = ''] = process.argv.slice(2);
const { origin, calls, unique, answer } = JSON.parse(readFileSync(file, 'utf8')) as DirectPlan;
const pattern = new RegExp(unique, 'g');
const pool = new Pool(origin, { connections: 64 });

async function ask(given: string): Promise<void> {
  const own = given.match(pattern)?.[0] ?? '';
  const asked: Promise<unknown>[] = [];
  for (const { path, body, after } of calls) {
    const before = after.map((index) => asked[index]);
    asked.push(Promise.all(before).then(() => call(path, body.replace(pattern, own))));
  }
  await Promise.all(asked);
}

async function call(path: string, body: string): Promise<unknown> {
  const response = await pool.request({ method: 'POST', path, body, headers: { 'content-type': 'application/json' } });
  return JSON.parse(await response.body.text());
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const given = JSON.parse(Buffer.concat(chunks).toString()) as { readonly variables?: unknown };
  await ask(JSON.stringify(given.variables ?? {}));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

createServer((request, response) => void respond(request, response)).listen(Number(port), '127.0.0.1');

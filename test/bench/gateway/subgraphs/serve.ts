/**
 * All subgraphs of all scenarios in a process of their own, at `/<scenario>/<subgraph>`. It costs as little as it can: what was asked before, but for what
 * makes a request unique, is answered from memory. Started with {@link ServedScenario}s as a message; answers with {@link Serving}.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DocumentNode, execute, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type ServerSchema, serverSchema } from './server-schema.ts';

/** What the process is told. */
export interface ServedScenario {
  readonly name: string;
  readonly subgraphs: Readonly<Record<string, string>>;
  /** {@link Scenario.unique}, its source. */
  readonly unique: string;
}

/** What it says once it listens. */
export interface Serving {
  readonly port: number;
}

/** One request that was answered: when it came and went in this process's milliseconds. */
export interface Recorded {
  readonly path: string;
  readonly body: string;
  readonly came: number;
  readonly went: number;
}

/** A subgraph that fails from now on: it breaks connections, or lets whoever asks wait; `none`: it is well again. */
export interface Failing {
  readonly path: string;
  readonly fault: 'break' | 'hang' | 'none';
}

/** As many answers and documents are kept of a subgraph; the bench has a few, others ask for ever new ones. */
const KEPT = 5_000;

interface Subgraph extends ServerSchema {
  readonly unique: RegExp;
  readonly answers: LRUCache<string, Buffer>;
  fault: Failing['fault'];
}

interface GraphQLRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string | null;
}

const subgraphs = new Map<string, Subgraph>();
const documents = new LRUCache<string, DocumentNode>({ max: KEPT });
const recorded: Recorded[] = [];
let recording = false;
/** Answers that are recorded take so long that requests that do not wait for one another are seen to be under way at once; in milliseconds. */
const RECORDING_MS = 20;

process.once('message', (scenarios: readonly ServedScenario[]) => {
  for (const { name, subgraphs: schemas, unique } of scenarios) {
    for (const [subgraph, sdl] of Object.entries(schemas)) {
      subgraphs.set(`/${name}/${subgraph}`, {
        ...serverSchema(name, subgraph, sdl),
        unique: new RegExp(unique, 'g'),
        answers: new LRUCache({ max: KEPT }),
        fault: 'none',
      });
    }
  }
  const server = createServer((request, response) => void answer(request, response));
  // Longer than any pause of the measuring: no connection that a gateway keeps is closed under it.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port } satisfies Serving));
  process.on('message', (message: 'record' | 'stop recording' | Failing) => {
    if (typeof message === 'object') {
      const failing = subgraphs.get(message.path);
      if (failing) failing.fault = message.fault;
      return;
    }
    recording = message === 'record';
    if (!recording) process.send?.(recorded.splice(0));
  });
});
// The measuring process is gone.
process.once('disconnect', () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const came = performance.now();
  const body = await readBody(request);
  if (body === undefined) return;
  const path = request.url ?? '';
  const subgraph = subgraphs.get(path);
  if (subgraph === undefined) return void response.writeHead(path === '/health/ready' ? 200 : 404).end();
  if (subgraph.fault === 'break') return void response.destroy();
  if (subgraph.fault === 'hang') return;
  const key = body.replace(subgraph.unique, '');
  const known = subgraph.answers.get(key) ?? (await work(subgraph, body));
  subgraph.answers.set(key, known);
  if (recording) await sleep(RECORDING_MS);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': known.length }).end(known);
  if (recording) recorded.push({ path, body, came, went: performance.now() });
}

/** Undefined where whoever asked has gone before everything was sent. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

async function work({ schema, fieldResolver }: Subgraph, body: string): Promise<Buffer> {
  const { query, variables, operationName } = JSON.parse(body) as GraphQLRequest;
  const document = documents.get(query) ?? parse(query, { noLocation: true });
  documents.set(query, document);
  const { data, errors } = await execute({ schema, document, variableValues: variables ?? {}, operationName, fieldResolver });
  // What nobody should be measured with.
  if (errors) throw new Error(`a subgraph cannot answer: ${errors[0]?.message}`);
  return Buffer.from(JSON.stringify({ data }));
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, Agent, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { EVERYTHING, headersFor } from '../../testkit/tokens.ts';
import { type Attempt, attempts } from './attempts.ts';

/** What came of a campaign. */
export interface Report {
  /** Answers by their HTTP status; `none` where the connection was closed without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What must not be; none is as it should be. */
  readonly problems: readonly string[];
  /** How much more memory the process held at the end than after the first tenth, in MiB. */
  readonly growth: number;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
/** Nothing of this is in what is sent. */
const INTERNAL = /pg:|ECONN|127\.|stack|\/srv|tainted|node_modules|SELECT /;
const LANES = 8;
const PATIENCE = 20_000;
const MOST_GROWTH = 200;

/** Sends `runs` malformed requests, of the seed's making, to a gateway that runs as a process of its own over subgraphs that are hostile. */
export async function runMalformed({ seed, runs }: { readonly seed: number; readonly runs: number }): Promise<Report> {
  const hostile = await startHostileSubgraph();
  const folder = mkdtempSync(join(tmpdir(), 'malformed-'));
  const gateway = await startProcess(folder, hostile.url);
  const statuses: Record<string, number> = {};
  const problems: string[] = [];
  const agent = new Agent({ keepAlive: true });
  try {
    const identities = {
      everything: await headersFor(folder, EVERYTHING),
      officer: await headersFor(folder, { roles: ['officer'], agency: 'c02', subject: 'officer' }),
      nobody: {},
    };
    const queue = fc.sample(attempts(), { seed, numRuns: runs });
    let sent = 0;
    let settled = 0;
    const lane = async () => {
      for (let attempt = queue[sent++]; attempt !== undefined; attempt = queue[sent++]) {
        const { status, text } =
          attempt.kind === 'bytes' ? await sendBytes(gateway.port, attempt.bytes) : await send(gateway.port, agent, attempt, identities[attempt.as]);
        statuses[status] = (statuses[status] ?? 0) + 1;
        const leak = INTERNAL.exec(text)?.[0];
        // Bytes that are no request may be closed upon; a request is answered.
        const lost = status === 'late' || (status === 'none' && attempt.kind === 'request');
        if (leak !== undefined || (/^5/.test(status) && !isNotReady(attempt, status)) || lost)
          problems.push(`${status} ${leak ?? ''} ${JSON.stringify(attempt).slice(0, 500)} -> ${text.slice(0, 300)}`);
        if (sent === Math.ceil(runs / 10)) settled = memoryOf(gateway.process);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const alive = await send(gateway.port, agent, ALIVE, identities.everything);
    if (gateway.process.exitCode !== null || alive.status !== '200') problems.push(`the gateway no longer answers: ${alive.status} ${alive.text}`);
    const growth = memoryOf(gateway.process) - settled;
    if (growth > MOST_GROWTH) problems.push(`the gateway's memory grew by ${growth} MiB`);
    return { statuses, problems, growth };
  } finally {
    agent.destroy();
    await gateway.stop();
    await hostile.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const ALIVE: Attempt & { kind: 'request' } = {
  kind: 'request',
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: '{"query":"{ __typename }"}',
  as: 'everything',
};

/** Its subgraphs say of themselves that they are not ready. */
function isNotReady(attempt: Attempt, status: string): boolean {
  return attempt.kind === 'request' && attempt.path.startsWith('/health/ready') && status === '503';
}

/** What every subgraph of the graph answers: keys that reach prototypes, and errors with all that must not leave. */
async function startHostileSubgraph(): Promise<{ url: string; stop(): Promise<void> }> {
  const error = `{"message":"pg: ECONNREFUSED 127.0.0.1:5432 at /srv/app.ts","path":["__proto__"],"extensions":{"code":"42P01","stacktrace":["stack"],"__proto__":{"tainted":true}}}`;
  const body = `{"data":{"__proto__":{"tainted":true},"constructor":{"prototype":{"tainted":true}}},"errors":[${error}],"__proto__":{"tainted":true}}`;
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(request.url === '/graphql' ? 200 : 503, { 'content-type': 'application/json' }).end(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const stop = () =>
    new Promise<void>((stopped) => {
      server.close(() => stopped());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, stop };
}

async function startProcess(folder: string, subgraph: string): Promise<{ process: ChildProcess; port: number; stop(): Promise<void> }> {
  const urls = Object.fromEntries(['AGENCIES', 'CALLS', 'REFERRALS', 'VICTIMS'].map((name) => [`${name}_URL`, subgraph]));
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    GATEWAY_PORT: '0',
    DATA_FOLDER: folder,
    APOLLO_TELEMETRY_DISABLED: '1',
    ...urls,
  };
  const child = spawn(process.execPath, ['gateway/main.ts'], { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const port = await new Promise<number>((found, failed) => {
    child.once('exit', (code) => failed(new Error(`the gateway ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string };
      if (url !== undefined) found(Number(new URL(url).port));
    });
  });
  return {
    process: child,
    port,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

type Answer = { readonly status: string; readonly text: string };

function send(port: number, agent: Agent, { method, path, headers, body }: Attempt & { kind: 'request' }, identity: Record<string, string>): Promise<Answer> {
  return new Promise((answered) => {
    const end = (status: string, text = '') => answered({ status, text });
    // With such methods Node's client sends a body without its length: the server would take it for the next request, and close the connection on others.
    const length = ['HEAD', 'OPTIONS', 'DELETE', 'GET', 'TRACE'].includes(method) && body ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const all = { ...identity, ...length, ...headers };
    const request = httpRequest({ host: '127.0.0.1', port, method, path, agent, timeout: PATIENCE, headers: all }, (response) => {
      let text = JSON.stringify(response.headers);
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => end(String(response.statusCode), text)).on('error', () => end('none'));
    });
    request.on('timeout', () => {
      end('late');
      request.destroy();
    });
    request.on('error', () => end('none'));
    request.end(body);
  });
}

function sendBytes(port: number, bytes: string): Promise<Answer> {
  return new Promise((answered) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.setTimeout(PATIENCE, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => answered({ status: /^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 'none', text }));
  });
}

/** Resident memory of a process in MiB. */
function memoryOf({ pid }: ChildProcess): number {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

import { Writable } from 'node:stream';
import pino from 'pino';
import { expect } from 'vitest';
import { loadConfig } from '../../../gateway/config.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../../../gateway/server.ts';
import { type FakeSubgraph, type FakeSubgraphParts, startFakeSubgraph } from './fake-subgraph.ts';
import { startTcpProxy, type TcpProxy } from '../../testkit/tcp-proxy.ts';
import { type AskAs, EVERYTHING, headersFor } from '../../testkit/tokens.ts';
import { startSmallIssuer } from './issuer.ts';
import { SMALL_GRAPH } from './small-graph.ts';
import { writeSupergraph } from './supergraph.ts';

type LogLine = Readonly<Record<string, unknown>>;

/** What a GraphQL answer holds, and how it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers by paths that they know.
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: unknown;
}

/** A gateway over fake subgraphs. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
  readonly log: readonly LogLine[];
  readonly subgraphs: Readonly<Record<string, FakeSubgraph>>;
  /** The data folder, with the keys of development and the supergraph's file. */
  readonly folder: string;
  subgraph(name: string): FakeSubgraph;
  /** The proxies before a subgraph, see {@link GatewayTestOptions.proxied}. */
  proxies(name: string): readonly TcpProxy[];
  /** Sends an operation as a client does, by default one who may everything. Fails when anything internal is in the answer. */
  ask(query: string, variables?: object, headers?: Record<string, string>, options?: { readonly as?: AskAs | null }): Promise<Answer>;
  /** The headers by which somebody is known, by default someone who may everything; none for null. */
  identify(as?: AskAs | null): Promise<Record<string, string>>;
  /**
   * Sends any request. Fails when anything internal is in the answer, or an error without the request's id; that is taken out of errors that no
   * one is asked to report, for tests to name the rest.
   */
  send(path: string, init?: RequestInit): Promise<Answer & { readonly text: string }>;
  /** Every subgraph well again, nothing received, nothing logged. */
  reset(): void;
  stop(): Promise<void>;
}

/** What a test may want otherwise. */
export interface GatewayTestOptions {
  readonly graph?: readonly FakeSubgraphParts[];
  readonly env?: NodeJS.ProcessEnv;
  readonly onQueryPlan?: GatewayOptions['onQueryPlan'];
  /** Before which subgraphs there are proxies, and how many: each is a replica to the gateway. */
  readonly proxied?: Readonly<Record<string, number>>;
}

/** Starts a gateway over a graph that is composed here; by default over {@link SMALL_GRAPH}. */
export async function startGatewayUnderTest({ graph = SMALL_GRAPH, env = {}, onQueryPlan, proxied = {} }: GatewayTestOptions = {}): Promise<GatewayUnderTest> {
  const fakes = await Promise.all(graph.map(startFakeSubgraph));
  const supergraph = writeSupergraph(graph);
  const proxies = new Map(await Promise.all(fakes.map(async ({ name, url }) => [name, await startProxies(url, proxied[name] ?? 0)] as const)));
  const urls = Object.fromEntries(
    fakes.map(({ name, url }) => [
      `${name.toUpperCase()}_URL`,
      proxies
        .get(name)
        ?.map((proxy) => proxy.through(url))
        .join(',') || url,
    ]),
  );
  // In production there is no built-in one.
  const issuer = env['NODE_ENV'] === 'production' ? await startSmallIssuer() : undefined;
  const config = loadConfig({
    NODE_ENV: 'test',
    GATEWAY_PORT: '0',
    SUPERGRAPH_FILE: supergraph.file,
    DATA_FOLDER: supergraph.folder,
    // The documents are those of another graph.
    PLAN_AHEAD: 'false',
    // One test after the other has the same subgraph fail.
    CIRCUIT_BREAKER_FAILURES: '0',
    ...issuer?.env,
    ...urls,
    ...env,
  });
  const log: LogLine[] = [];
  const gateway = await startGateway(config, { log: recordingLog(log), ...(onQueryPlan ? { onQueryPlan } : {}) });
  const subgraphs = Object.fromEntries(fakes.map((fake) => [fake.name, fake]));
  const stop = async () => {
    await gateway.stop();
    await Promise.all([...proxies.values()].flat().map((proxy) => proxy.stop()));
    await Promise.all([...fakes, ...(issuer ? [issuer] : [])].map((each) => each.stop()));
    supergraph.remove();
  };
  return {
    ...client(gateway, (as) => headersFor(issuer?.tokenFor ?? supergraph.folder, as), fakes),
    log,
    subgraphs,
    folder: supergraph.folder,
    subgraph: named(subgraphs),
    proxies: (name) => proxies.get(name) ?? [],
    reset: () => resetAll(fakes, log),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function startProxies(url: string, count: number): Promise<TcpProxy[]> {
  return Promise.all(Array.from({ length: count }, () => startTcpProxy(Number(new URL(url).port))));
}

/** A log whose lines are kept. */
export function recordingLog(lines: LogLine[], level = 'info'): pino.Logger {
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as LogLine);
      done();
    },
  });
  return pino({ name: 'gateway', level }, stream);
}

function named(subgraphs: Readonly<Record<string, FakeSubgraph>>): (name: string) => FakeSubgraph {
  return (name) => {
    const found = subgraphs[name];
    if (found === undefined) throw new Error(`no subgraph ${name}`);
    return found;
  };
}

function client(
  { url }: RunningGateway,
  identify: (as: AskAs | null) => Promise<Record<string, string>>,
  fakes: readonly FakeSubgraph[],
): Pick<GatewayUnderTest, 'url' | 'origin' | 'ask' | 'send' | 'identify'> {
  const { origin } = new URL(url);
  const send = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(origin + path, init);
    const text = await response.text();
    expectNothingInternal(text, fakes);
    const json = response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as Pick<Answer, 'errors'>) : {};
    return {
      ...json,
      ...(json.errors ? { errors: withoutRequestId(json.errors, response.headers) } : {}),
      status: response.status,
      headers: response.headers,
      text,
    };
  };
  const ask: GatewayUnderTest['ask'] = async (query, variables = {}, headers = {}, { as = EVERYTHING } = {}) => {
    const identity = await identify(as);
    return send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...identity, ...headers },
      body: JSON.stringify({ query, variables }),
    });
  };
  return { url, origin, ask, send, identify: (as = EVERYTHING) => identify(as) };
}

function withoutRequestId(errors: NonNullable<Answer['errors']>, headers: Headers): NonNullable<Answer['errors']> {
  return errors.map((error) => {
    expect(error.extensions['requestId']).toBe(headers.get('x-request-id'));
    if (error.extensions['code'] === 'INTERNAL_SERVER_ERROR') return error;
    const { requestId: _, ...extensions } = error.extensions;
    return { ...error, extensions };
  });
}

/** No answer of the gateway says where a subgraph is, what the code looks like, or what a subgraph told in confidence. */
export function expectNothingInternal(text: string, fakes: readonly FakeSubgraph[] = []): void {
  for (const { url } of fakes) expect(text).not.toContain(new URL(url).host);
  expect(text).not.toMatch(/127\.0\.0\.1|localhost|ECONN|UND_ERR|node_modules|\.ts:\d|stacktrace|\bat \w+ \(|password|SELECT /);
}

function resetAll(fakes: readonly FakeSubgraph[], log: LogLine[]): void {
  for (const fake of fakes) fake.reset();
  log.length = 0;
}

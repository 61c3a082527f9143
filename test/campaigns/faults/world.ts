import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDays } from '#schema/dates.ts';
import { documentHash, type Manifest } from '#schema/trusted-documents.ts';
import { type FakeSubgraph, startFakeSubgraph } from '../../gateway/kit/fake-subgraph.ts';
import { SMALL_GRAPH } from '../../gateway/kit/small-graph.ts';
import { writeSupergraph } from '../../gateway/kit/supergraph.ts';
import { type Service, startService } from '../../testkit/stack.ts';
import { startTcpProxy, type TcpProxy } from '../../testkit/tcp-proxy.ts';
import { EVERYTHING, headersFor } from '../../testkit/tokens.ts';
import type { Sending } from './load.ts';

/** What anybody may ask of the world's gateways. */
const PUBLIC_DOCUMENT = 'query OpenCases($since: ID) { openCases(since: $since) }';
const INTERACTIVE = 'query Interactive($since: ID) { openCases(since: $since) }';
const FIGURES = `query Figures($period: PeriodInput!) { statistics(period: $period) { calls { total } referrals { cases } victims { persons } } }`;
/** So many days of the beginning there are, before the end of the period. */
const DAYS = 20_000;

/** Gateways as processes of their own, over small subgraphs in this one, each behind proxies. */
export interface World extends AsyncDisposable {
  readonly gateways: readonly Service[];
  subgraph(name: string): FakeSubgraph;
  /** The proxies before a subgraph, one for each replica that the gateways know. */
  proxies(name: string): readonly TcpProxy[];
  /** Requests to the first gateway, or to one that is given. */
  readonly requests: Readonly<Record<'figures' | 'act' | 'interactive' | 'dashboard', (gateway?: Service) => Sending>>;
}

/** How a world is made. */
export interface WorldOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly gateways?: number;
  readonly replicas?: Readonly<Record<string, number>>;
}

/** Starts a world. */
export async function startWorld({ env = {}, gateways: count = 1, replicas = {} }: WorldOptions = {}): Promise<World> {
  const supergraph = writeSupergraph(SMALL_GRAPH);
  const documents = join(supergraph.folder, 'documents.json');
  const manifest: Manifest = { [documentHash(PUBLIC_DOCUMENT)]: { name: 'OpenCases', public: true, document: PUBLIC_DOCUMENT } };
  writeFileSync(documents, JSON.stringify(manifest));
  const fakes = await Promise.all(SMALL_GRAPH.map(startFakeSubgraph));
  const proxies = new Map<string, TcpProxy[]>();
  const urls: Record<string, string> = {};
  for (const { name, url } of fakes) {
    const before = await Promise.all(Array.from({ length: replicas[name] ?? 1 }, () => startTcpProxy(Number(new URL(url).port))));
    proxies.set(name, before);
    urls[`${name.toUpperCase()}_URL`] = before.map((proxy) => proxy.through(url)).join(',');
  }
  const all = {
    ...process.env,
    NODE_ENV: 'development',
    LOG_LEVEL: 'info',
    GATEWAY_PORT: '0',
    SUPERGRAPH_FILE: supergraph.file,
    TRUSTED_DOCUMENTS_FILE: documents,
    DATA_FOLDER: supergraph.folder,
    ...urls,
    ...env,
  };
  const gateways: Service[] = [];
  // One after the other: the first makes the keys of development.
  for (let n = 0; n < count; n++) gateways.push(await startService('gateway/main.ts', all));
  const identities = {
    everything: await headersFor(supergraph.folder, EVERYTHING),
    reader: await headersFor(supergraph.folder, { roles: ['developer'], subject: 'reader' }),
  };
  // No two requests ask the same: they could share an execution.
  let sent = 0;
  const request =
    (kind: string, headers: Record<string, string>, body: (number: number) => object) =>
    (gateway = gateways[0]): Sending => ({ kind, url: gateway?.url ?? '', headers, body: JSON.stringify(body(sent++)) });
  return {
    gateways,
    subgraph: (name) => fakes.find((fake) => fake.name === name) as FakeSubgraph,
    proxies: (name) => proxies.get(name) ?? [],
    requests: {
      figures: request('figures', identities.everything, (number) => ({
        query: FIGURES,
        variables: { period: { from: addDays('1950-01-01', number % DAYS), to: '2021-09-30' } },
      })),
      act: request('act', identities.everything, () => ({ query: 'mutation Forget { forgetCalls }' })),
      interactive: request('interactive', identities.reader, (since) => ({ query: INTERACTIVE, variables: { since } })),
      dashboard: request('dashboard', {}, (since) => ({ documentId: `sha256:${documentHash(PUBLIC_DOCUMENT)}`, variables: { since } })),
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await Promise.all([...[...proxies.values()].flat(), ...fakes].map((each) => each.stop()));
      supergraph.remove();
    },
  };
}

/** The memory that a service's process holds; MiB. */
export function memoryOf({ process: { pid } }: Service): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

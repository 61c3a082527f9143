/**
 * `npm run bench:gateway`: this gateway beside others and beside the bare calls, on the shop of four subgraphs (test/bench/gateway/shop.ts).
 *
 * Prints a table and keeps it in test/bench/gateway.md; `--short` is a quick look and keeps nothing. Each contender is a process alone; the rounds
 * take turns, so that what the machine does besides meets all of them. A wrong answer ends the benchmark. Gateways of others take part once they
 * are installed: `npm ci --prefix test/bench/gateway/peers`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { documentHash } from '#schema/trusted-documents.ts';
import { stripPolicies } from '../../gateway/policy/strip.ts';
import { bareApollo, type Contender, type ContenderFiles, directCalls, hive, ours, PEERS_INSTALLED } from './gateway/contenders.ts';
import type { DirectCalls } from './gateway/direct.ts';
import { generate, type Load, type Target } from './gateway/load.ts';
import { freePort, PINNED, startProcess } from './gateway/processes.ts';
import { expectedData, SHOP, SHOP_OPERATION } from './gateway/shop.ts';
import type { Recorded } from './gateway/subgraphs.ts';

const SHORT = process.argv.includes('--short');
const ROUNDS = SHORT ? 1 : 5;
const WARM_UP_MS = SHORT ? 1_500 : 4_000;
const MEASURED_MS = SHORT ? 1_500 : 5_000;
const MANY = 16;
const VISIT = 'visit';

/** A way of asking, a column of the report. */
const LOADS = {
  alone: { clients: 1, milliseconds: MEASURED_MS, unique: true },
  same: { clients: MANY, milliseconds: MEASURED_MS, unique: false },
  unique: { clients: MANY, milliseconds: MEASURED_MS, unique: true },
} as const satisfies Record<string, Load>;

/** One round of one contender. */
interface Round {
  /** Milliseconds, one client. */
  readonly aloneP50: number;
  readonly samePerSecond: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds a request; NaN where the system does not tell. */
  readonly cpu: number;
  /** MiB; NaN where the system does not tell. */
  readonly peakMemory: number;
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// What the children are told by the terminal too; those that are not, end with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const subgraphs = await startProcess({
  name: 'the subgraphs',
  args: [join(import.meta.dirname, 'gateway/subgraphs.ts'), String(port)],
  env: { NODE_ENV: 'production' },
  core: 1,
  readyAt: origin,
});
try {
  const expected = await expectedData();
  const files = writeFiles();
  const apollo = bareApollo(files);
  writeFileSync(files.calls, JSON.stringify(await recordCalls(apollo, expected)));
  const contenders = [ours(files), apollo, ...(PEERS_INSTALLED ? [hive('JavaScript', files), hive('Rust', files)] : []), directCalls(files)];
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const contender of contenders) {
      process.stderr.write(`round ${round} of ${ROUNDS}: ${contender.name}\n`);
      rounds.get(contender.name)?.push(await measure(contender, expected));
    }
  }
  const lines = report(rounds, JSON.stringify({ data: expected }).length);
  console.log(`\n${lines.join('\n')}`);
  if (!SHORT) writeFileSync(join(import.meta.dirname, 'gateway.md'), `${lines.join('\n')}\n`);
} finally {
  await subgraphs.stop();
}

function writeFiles(): ContenderFiles {
  const { errors, supergraphSdl } = composeServices(SHOP.map(({ name, typeDefs }) => ({ name, typeDefs: parse(typeDefs), url: `${origin}/${name}` })));
  if (supergraphSdl === undefined) throw new AggregateError(errors ?? [], 'the shop does not compose');
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const trusted = { [documentHash(SHOP_OPERATION)]: { name: 'Shop', public: false, document: SHOP_OPERATION } };
  return {
    supergraph: written('supergraph.graphql', supergraphSdl),
    bareSupergraph: written('bare-supergraph.graphql', stripPolicies(supergraphSdl)),
    trustedDocuments: written('trusted-documents.json', JSON.stringify(trusted)),
    calls: join(folder, 'calls.json'),
    dataFolder: join(folder, 'data'),
  };
}

/** The calls that bare Apollo makes for one request. */
async function recordCalls(apollo: Contender, answer: unknown): Promise<DirectCalls> {
  const { process, ...asked } = await apollo.start();
  try {
    const recorded = async () => (await (await fetch(`${origin}/recorded`)).json()) as Recorded[][];
    await recorded();
    // One client, for no time: one request.
    await generate({ ...asked, query: SHOP_OPERATION, expected: answer }, { clients: 1, milliseconds: 1, unique: false });
    return { origin, waves: await recorded(), answer: { data: answer }, visit: VISIT };
  } finally {
    await process.stop();
  }
}

async function measure(contender: Contender, expected: unknown): Promise<Round> {
  const { process, ...asked } = await contender.start();
  try {
    const target: Target = { ...asked, query: SHOP_OPERATION, expected };
    await generate(target, { ...LOADS.unique, milliseconds: WARM_UP_MS });
    const alone = await generate(target, LOADS.alone);
    const same = await generate(target, LOADS.same);
    const before = process.cpu() ?? Number.NaN;
    const unique = await generate(target, LOADS.unique);
    const cpu = ((process.cpu() ?? Number.NaN) - before) / unique.requests;
    const { perSecond, p50, p99 } = unique;
    return { aloneP50: alone.p50, samePerSecond: same.perSecond, perSecond, p50, p99, cpu, peakMemory: process.peakMemory() ?? Number.NaN };
  } finally {
    await process.stop();
  }
}

function report(rounds: ReadonlyMap<string, readonly Round[]>, size: number): string[] {
  const rows = [...rounds].map(([name, all]) => ({ name, of: (key: keyof Round) => median(all.map((round) => round[key])) }));
  const mine = rows[0]?.of('perSecond') ?? Number.NaN;
  return [
    '# The gateway beside others',
    '',
    `The shop of four subgraphs, an answer of ${(size / 1000).toFixed(0)} kB. Medians of ${ROUNDS} rounds that take turns; one process each${
      PINNED ? ' on a core of its own, subgraphs and clients on another' : ''
    }; ${cpus().length} cores, Node ${process.versions.node}. This gateway has everything on that its users have; the others are as they come. \`npm run bench:gateway\`.`,
    '',
    `Requests a second are of ${MANY} clients. *Unique*: every request, and every call to a subgraph, has variables of its own; times, CPU and memory are of these.`,
    '',
    '| contender | p50 alone, ms | unique, requests/s | p50, ms | p99, ms | CPU, ms a request | peak memory, MiB | identical, requests/s | this gateway is … times as fast (unique) |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map(
      ({ name, of }) =>
        `| ${name} | ${of('aloneP50').toFixed(2)} | ${of('perSecond').toFixed(1)} | ${of('p50').toFixed(1)} | ${of('p99').toFixed(1)} | ${of('cpu').toFixed(2)} | ${of('peakMemory').toFixed(0)} | ${of('samePerSecond').toFixed(1)} | ${(mine / of('perSecond')).toFixed(2)} |`,
    ),
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

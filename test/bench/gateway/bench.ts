/**
 * `npm run bench:gateway`: our gateway beside bare Apollo, Hive and the subgraphs' direct calls. Prints tables and keeps them in test/bench/gateway.md;
 * `-- --short` takes under two minutes and keeps nothing. `-- --only shop,records` leaves out other scenarios;
 * `-- --profile <folder>` measures our gateway alone and has V8 write where it spends its time. Ctrl-C ends everything.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contender, findContenders, OURS, type Place } from './contenders.ts';
import type { DirectPlan } from './contenders/direct.ts';
import { type Issuer, openIssuer } from './issuer.ts';
import { askOnce, type Load, measure, type Target } from './load.ts';
import { freePort, listening, separateCores, start, stop, stopAll, usageOf } from './processes.ts';
import { type Measurement, report } from './report.ts';
import { records, statistics } from './scenarios/own-graph.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { shop } from './scenarios/shop.ts';
import type { Recorded, ServedScenario, Serving } from './subgraphs/serve.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string' }, profile: { type: 'string' } } });
const ROUNDS = values.short || values.profile !== undefined ? 1 : 3;
const SECONDS = values.short ? 1 : 4;
const WARM_UP_SECONDS = values.short ? 1 : 3;
const CONNECTIONS = 16;

/** A scenario, where its subgraphs answer, what is expected of everybody, and what the direct calls are. */
interface Prepared {
  readonly scenario: Scenario;
  readonly urls: Readonly<Record<string, string>>;
  readonly expected: unknown;
  readonly directPlan: string;
}

const issuer = await openIssuer();
const folder = mkdtempSync(join(tmpdir(), 'hotline-bench-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  await run(issuer);
} finally {
  await cleanUp();
}

async function run(known: Issuer): Promise<void> {
  const pinned = separateCores();
  const scenarios = [shop(), statistics(), records()].filter(({ name }) => values.only?.split(',').includes(name) ?? true);
  const { contenders: found, missing } = findContenders();
  const contenders = values.profile === undefined ? found : [profiled(theOne(found, OURS), resolve(values.profile))];
  const { subgraphs, port } = await startSubgraphs(scenarios);
  const measurements: Measurement[] = [];
  for (const scenario of scenarios) {
    const prepared = await prepare(scenario, { subgraphs, port, ours: theOne(contenders, OURS), issuer: known });
    for (let round = 1; round <= ROUNDS; round++) {
      for (const contender of contenders) {
        process.stderr.write(`${scenario.name}, round ${round} of ${ROUNDS}: ${contender.name} … `);
        const measured = await measureContender(contender, prepared, known);
        process.stderr.write(`${measured.unique.perSecond.toFixed(0)} requests/s, alone ${measured.alone.p50.toFixed(2)} ms\n`);
        measurements.push(measured);
      }
    }
  }
  const lines = report(scenarios, measurements, { rounds: ROUNDS, connections: CONNECTIONS, seconds: SECONDS, pinned, missing });
  console.log(`\n${lines.join('\n')}`);
  if (!values.short && values.only === undefined && values.profile === undefined)
    writeFileSync(join(import.meta.dirname, '../gateway.md'), `${lines.join('\n')}\n`);
}

function theOne(contenders: readonly Contender[], name: string): Contender {
  const one = contenders.find((contender) => contender.name === name);
  if (one === undefined) throw new Error(`expected ${name} among the contenders`);
  return one;
}

/** The contender, telling V8 to write a profile of its process into a folder. */
function profiled(contender: Contender, into: string): Contender {
  return {
    ...contender,
    command: (scenario, place) => {
      const { command, env } = contender.command(scenario, place);
      const [node = '', ...args] = command;
      return { command: [node, '--cpu-prof', `--cpu-prof-dir=${join(into, scenario.name)}`, ...args], env };
    },
  };
}

async function startSubgraphs(scenarios: readonly Scenario[]) {
  const log = join(folder, 'subgraphs.log');
  const subgraphs = start({ command: [process.execPath, join(import.meta.dirname, 'subgraphs/serve.ts')], core: 'others', log, ipc: true });
  subgraphs.send(scenarios.map(({ name, subgraphs: schemas, unique }): ServedScenario => ({ name, subgraphs: schemas, unique: unique.source })));
  const [{ port }] = (await once(subgraphs, 'message')) as [Serving];
  return { subgraphs, port };
}

/** Has our gateway answer, to know the expected answer and what it asks of the subgraphs for it. The others' answers must be the same. */
async function prepare(
  scenario: Scenario,
  { subgraphs, port, ours, issuer: known }: { subgraphs: ChildProcess; port: number; ours: Contender; issuer: Issuer },
): Promise<Prepared> {
  const origin = `http://127.0.0.1:${port}`;
  const urls = Object.fromEntries(Object.keys(scenario.subgraphs).map((name) => [name, `${origin}/${scenario.name}/${name}`]));
  const directPlan = join(folder, `${scenario.name}-direct.json`);
  return await withContender(ours, { scenario, urls, expected: undefined, directPlan }, known, async (target) => {
    // The first request is planned, and its answers are worked out.
    const expected = await askOnce(scenario, target);
    subgraphs.send('record');
    await askOnce(scenario, target);
    subgraphs.send('stop recording');
    const [recorded] = (await once(subgraphs, 'message')) as [readonly Recorded[]];
    writeFileSync(directPlan, JSON.stringify(toDirectPlan(origin, recorded, scenario, expected)));
    process.stderr.write(
      `${scenario.name}: an answer of ${JSON.stringify({ data: expected }).length} characters from ${recorded.length} requests to subgraphs\n`,
    );
    return { scenario, urls, expected, directPlan };
  });
}

function toDirectPlan(origin: string, recorded: readonly Recorded[], { unique }: Scenario, data: unknown): DirectPlan {
  const calls = [...recorded].sort((a, b) => a.came - b.came);
  const withOrder = calls.map(({ path, body, came }) => ({ path, body, after: calls.flatMap(({ went }, index) => (went < came ? [index] : [])) }));
  return { origin, calls: withOrder, unique: unique.source, answer: { data } };
}

async function measureContender(contender: Contender, prepared: Prepared, known: Issuer): Promise<Measurement> {
  const { scenario, expected } = prepared;
  return await withContender(contender, prepared, known, async (target, child) => {
    const load = (given: Partial<Load>) =>
      measure(scenario, target, expected, { connections: CONNECTIONS, milliseconds: SECONDS * 1000, unique: true, ...given });
    await load({ milliseconds: WARM_UP_SECONDS * 1000 });
    const alone = await load({ connections: 1 });
    const same = await load({ unique: false });
    const before = usageOf(child);
    const unique = await load({});
    const { cpuMs, peakMib } = usageOf(child);
    return { scenario: scenario.name, contender: contender.name, same, unique, alone, cpuMs: (cpuMs - before.cpuMs) / unique.requests, peakMib };
  });
}

/** Starts a contender, does something with it, and ends it. */
async function withContender<T>(
  contender: Contender,
  { scenario, urls, directPlan }: Prepared,
  known: Issuer,
  work: (target: Target, child: ChildProcess) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const place: Place = { port, folder: join(folder, String(port)), urls, issuer: known, directPlan };
  mkdirSync(place.folder, { recursive: true });
  const log = join(place.folder, 'log');
  const child = start({ ...contender.command(scenario, place), core: 'measured', log });
  try {
    const url = `http://127.0.0.1:${port}/graphql`;
    await listening(child, url, log);
    return await work({ url, headers: contender.authenticated ? known.headers : {} }, child);
  } finally {
    await stop(child);
    rmSync(place.folder, { recursive: true, force: true });
  }
}

async function cleanUp(): Promise<void> {
  await stopAll();
  issuer.close();
  rmSync(folder, { recursive: true, force: true });
}

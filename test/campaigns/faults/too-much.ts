/** What there is too much of: requests, bytes, and work when a gateway is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerJson, type Behaviour } from '../../gateway/kit/fake-subgraph.ts';
import type { Service } from '../../testkit/stack.ts';
import type { Finding } from './finding.ts';
import { type Outcome, quantile, send } from './load.ts';
import { memoryOf, startWorld, type World } from './world.ts';

/** A service of so many workers, each of which takes so many milliseconds for a request: 100 requests a second. */
const WORKERS = 16;
const SERVICE_MS = 160;
const PEAK = (WORKERS * 1000) / SERVICE_MS;

/** Ten times what a subgraph can do: goodput at least 90 % of the peak, 99.9 % of acts done, the 99th percentile of what was let in at most twice normal. */
export async function overload(seconds: number): Promise<Finding> {
  await using world = await startWorld({ env: { LOAD_SHEDDING: 'true', OPERATION_TIMEOUT_MS: '10000' } });
  world.subgraph('referrals').behave(workers());
  const normal = await send({ perSecond: PEAK * 0.7, seconds: 20, request: mixed(world) });
  const peak = await send({ perSecond: PEAK, seconds: 20, request: mixed(world) });
  const overloaded = await send({ perSecond: PEAK * 10, seconds, request: mixed(world) });
  const goodput = (outcomes: readonly Outcome[], lasting: number) => reads(outcomes).length / lasting;
  const [best, under] = [goodput(peak, 20), goodput(overloaded, seconds)];
  const acts = overloaded.filter(({ kind }) => kind === 'act');
  const done = acts.filter(isAnswered).length / acts.length;
  const [usual, slow] = [normal, overloaded].map((outcomes) =>
    quantile(
      reads(outcomes).map(({ milliseconds }) => milliseconds),
      0.99,
    ),
  ) as [number, number];
  const share = (kind: string) => {
    const all = overloaded.filter((outcome) => outcome.kind === kind);
    return `${((all.filter(isAnswered).length / all.length) * 100).toFixed(1)} %`;
  };
  return {
    name: `ten times overload for ${seconds} s`,
    figures:
      `goodput ${under.toFixed(1)} of ${best.toFixed(1)} a second, acts ${(done * 100).toFixed(2)} % of ${acts.length}, p99 ${Math.round(slow)} ms ` +
      `(normal ${Math.round(usual)} ms), interactive ${share('interactive')}, dashboards ${share('dashboard')}`,
    holds: under >= 0.9 * best && done >= 0.999 && slow <= 2 * usual,
  };
}

/** An answer of 80 MB: memory grows by less than 50 MB, and the answer says what is missing; when it says beforehand how large it is, and when not. */
export async function large(): Promise<Finding> {
  const grown: number[] = [];
  let cut = true;
  for (const declared of [true, false]) {
    await using world = await startWorld();
    const [gateway] = world.gateways;
    if (gateway === undefined) throw new Error('expected a gateway');
    await send({ perSecond: 50, seconds: 6, request: () => world.requests.figures() });
    const before = memoryOf(gateway);
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, memoryOf(gateway));
    }, 5);
    world.subgraph('calls').behave(flood(declared));
    const outcomes = await send({ perSecond: 1, seconds: 1, request: () => world.requests.figures() });
    clearInterval(watching);
    grown.push(most - before);
    cut &&= outcomes.every(({ codes }) => codes.join() === 'SUBGRAPH_UNAVAILABLE');
  }
  return {
    name: 'an answer of 80 MB',
    figures: `memory grows by at most ${grown.map((size) => `${Math.round(size)} MiB`).join(' when it says how large it is, by ')} when it does not`,
    holds: cut && grown.every((size) => size < 50),
  };
}

/** An answer that drips is cut off when the time is up. */
export async function dripping(): Promise<Finding> {
  await using world = await startWorld({ env: { SUBGRAPH_TIMEOUT_MS: '1000', CIRCUIT_BREAKER_FAILURES: '0' } });
  await send({ perSecond: 20, seconds: 1, request: () => world.requests.figures() });
  await world.proxies('calls')[0]?.fail({ kind: 'drip', bytesPerSecond: 40 });
  const outcomes = await send({ perSecond: 20, seconds: 5, request: () => world.requests.figures() });
  const slowest = Math.max(...outcomes.map(({ milliseconds }) => milliseconds));
  return {
    name: 'answers that drip',
    figures: `cut off after at most ${Math.round(slowest)} ms with a time-out of 1000 ms`,
    holds: slowest <= 1_050 && outcomes.every(({ codes }) => codes.join() === 'SUBGRAPH_TIMEOUT'),
  };
}

/** One of two gateways is stopped under load, behind a balancer that looks for those that are ready: no request fails. */
export async function stopping(perSecond: number): Promise<Finding> {
  await using world = await startWorld({ gateways: 2, env: { DRAIN_MS: '5000' } });
  const [first] = world.gateways;
  const balancer = startBalancer(world.gateways);
  let ended: Promise<number | null> | undefined;
  setTimeout(() => {
    ended = first?.stop('SIGTERM');
  }, 3_000);
  const outcomes = await send({ perSecond, seconds: 12, request: () => world.requests.interactive(balancer.next()) });
  balancer.stop();
  const code = await ended;
  const failed = outcomes.filter((outcome) => !isAnswered(outcome));
  return {
    name: `SIGTERM at ${perSecond} requests a second`,
    figures: `${failed.length} of ${outcomes.length} failed${failed[0] ? ` (${failed[0].status} ${failed[0].codes})` : ''}; exit code ${code}`,
    holds: failed.length === 0 && code === 0,
  };
}

/** Sends requests to those gateways in turn that said last that they are ready, as balancers do. */
function startBalancer(gateways: readonly Service[]): { next(): Service; stop(): void } {
  let ready = gateways;
  let turn = 0;
  const looking = setInterval(async () => {
    const statuses = await Promise.all(
      gateways.map(({ url }) =>
        fetch(new URL('/health/ready', url)).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    const now = gateways.filter((_, index) => statuses[index]);
    if (now.length > 0) ready = now;
  }, 250);
  return { next: () => ready[turn++ % ready.length] as Service, stop: () => clearInterval(looking) };
}

/** In a hundred requests two acts, half of the others interactive, half of dashboards. */
function mixed({ requests }: World) {
  return (index: number) => (index % 50 === 0 ? requests.act() : index % 2 === 0 ? requests.interactive() : requests.dashboard());
}

function reads(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter((outcome) => outcome.kind !== 'act' && isAnswered(outcome));
}

function isAnswered({ status, codes }: Outcome): boolean {
  return status === 200 && codes.length === 0;
}

/** Answers as a service with few workers does: the others wait. */
function workers(): Behaviour {
  const queue: (() => void)[] = [];
  let busy = 0;
  return async (response, usual, received) => {
    if (busy >= WORKERS) await new Promise<void>((turn) => queue.push(turn));
    else busy += 1;
    await sleep(SERVICE_MS);
    const next = queue.shift();
    if (next === undefined) busy -= 1;
    else next();
    if (!response.destroyed) await answerJson(await usual())(response, usual, received);
  };
}

const CHUNK = Buffer.alloc(256 * 1024, ' ');
const TOTAL = 320 * CHUNK.length;

/** Sends 80 MB, and says so beforehand or does not. */
const flood =
  (declared: boolean): Behaviour =>
  async (response) => {
    response.on('error', () => undefined);
    response.writeHead(200, { 'content-type': 'application/json', ...(declared ? { 'content-length': TOTAL } : {}) });
    const closed = new Promise((done) => response.once('close', done));
    for (let sent = 0; sent < TOTAL && !response.destroyed; sent += CHUNK.length) {
      if (!response.write(CHUNK)) await Promise.race([new Promise((done) => response.once('drain', done)), closed]);
    }
    if (!response.destroyed) response.end();
  };

/** What subgraphs and their replicas do: they hang, fail and come back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../testkit/stack.ts';
import { type Outcome, quantile, send } from './load.ts';
import type { Finding } from './finding.ts';
import { startWorld } from './world.ts';

/** One of four hangs: the others' fields come within the deadline and 50 ms. */
export async function hung(): Promise<Finding> {
  const deadline = 1_000;
  await using world = await startWorld({ env: { OPERATION_TIMEOUT_MS: String(deadline), CIRCUIT_BREAKER_FAILURES: '0' } });
  await send({ perSecond: 20, seconds: 2, request: () => world.requests.figures() });
  await world.proxies('calls')[0]?.fail({ kind: 'hang' });
  const outcomes = await send({ perSecond: 20, seconds: 5, request: () => world.requests.figures() });
  const slowest = Math.max(...outcomes.map(({ milliseconds }) => milliseconds));
  const partial = outcomes.filter(({ status, codes }) => status === 200 && codes.join() === 'SUBGRAPH_TIMEOUT').length;
  return {
    name: 'one subgraph of four hangs',
    figures: `${outcomes.length} answers after at most ${Math.round(slowest)} ms with a deadline of ${deadline} ms`,
    holds: partial === outcomes.length && slowest <= deadline + 50,
  };
}

/** One fails for a minute: at most 1.2 attempts per request, the breaker open within 2 s, all well within 10 s of its being well. */
export async function failing(seconds: number): Promise<Finding> {
  await using world = await startWorld();
  const [proxy] = world.proxies('calls');
  const [gateway] = world.gateways;
  if (proxy === undefined || gateway === undefined) throw new Error('expected a gateway and a proxy');
  await send({ perSecond: 50, seconds: 2, request: () => world.requests.figures() });
  const before = proxy.accepted;
  const began = Date.now();
  await proxy.fail({ kind: 'reset' });
  const outcomes = await send({ perSecond: 50, seconds, request: () => world.requests.figures() });
  const attempts = (proxy.accepted - before) / outcomes.length;
  const opened = (timesOf(gateway, 'a server fails and is not asked for a while')[0] ?? Number.POSITIVE_INFINITY) - began;
  await proxy.fail({ kind: 'none' });
  const recovery = await send({ perSecond: 50, seconds: 12, request: () => world.requests.figures() });
  const recovered = Math.max(0, ...recovery.filter(isIncomplete).map(({ at }) => at));
  return {
    name: `one subgraph fails for ${seconds} s`,
    figures: `${attempts.toFixed(3)} attempts a request, breaker open after ${opened} ms, recovered after ${Math.round(recovered)} ms`,
    holds: attempts <= 1.2 && opened <= 2_000 && recovered <= 10_000 && outcomes.every(({ status }) => status === 200),
  };
}

/** One bad replica of three is taken out within 10 s, and asked again when it is well. */
export async function replica(kind: 'reset' | 'hang'): Promise<Finding> {
  await using world = await startWorld({ replicas: { calls: 3 }, env: { SUBGRAPH_TIMEOUT_MS: '2000' } });
  const [bad] = world.proxies('calls');
  const [gateway] = world.gateways;
  if (bad === undefined || gateway === undefined) throw new Error('expected a gateway and a proxy');
  await send({ perSecond: 50, seconds: 2, request: () => world.requests.figures() });
  const began = Date.now();
  await bad.fail({ kind });
  const outcomes = await send({ perSecond: 50, seconds: 15, request: () => world.requests.figures() });
  const ejected = (timesOf(gateway, 'a server fails and is not asked for a while')[0] ?? Number.POSITIVE_INFINITY) - began;
  const incomplete = outcomes.filter(isIncomplete);
  const last = Math.max(0, ...incomplete.map(({ at }) => at));
  await bad.fail({ kind: 'none' });
  const well = Date.now();
  while (timesOf(gateway, 'a server answers again').length === 0 && Date.now() - well < 20_000) {
    await send({ perSecond: 20, seconds: 0.5, request: () => world.requests.figures() });
  }
  const back = (timesOf(gateway, 'a server answers again')[0] ?? Number.POSITIVE_INFINITY) - well;
  return {
    name: `one replica of three: ${kind}`,
    figures: `taken out after ${ejected} ms; ${incomplete.length} of ${outcomes.length} answers incomplete, the last at ${Math.round(last)} ms; back after ${back} ms`,
    holds: ejected <= 10_000 && last <= 10_000 && back <= 10_000 && (kind === 'hang' || incomplete.length === 0),
  };
}

/** A client that leaves has the work for it given up within 100 ms. */
export async function leaving(): Promise<Finding> {
  await using world = await startWorld();
  const calls = world.subgraph('calls');
  const times: number[] = [];
  const { url, headers, body } = world.requests.figures();
  for (let n = 0; n < 100; n++) {
    const asked = Promise.withResolvers<void>();
    const givenUp = Promise.withResolvers<number>();
    calls.behave((response) => {
      response.once('close', () => givenUp.resolve(performance.now()));
      asked.resolve();
    });
    const client = new AbortController();
    const answer = fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, signal: client.signal }).catch(
      () => undefined,
    );
    await asked.promise;
    const left = performance.now();
    client.abort();
    times.push((await Promise.race([givenUp.promise, sleep(5_000, Number.POSITIVE_INFINITY)])) - left);
    await answer;
  }
  return {
    name: 'a client leaves',
    figures: `work given up after ${quantile(times, 0.5).toFixed(1)} ms (median), ${quantile(times, 1).toFixed(1)} ms (at most), 100 times`,
    holds: Math.max(...times) <= 100,
  };
}

function isIncomplete({ status, codes }: Outcome): boolean {
  return status !== 200 || codes.length > 0;
}

/** When a gateway logged something; in milliseconds of the clock. */
function timesOf({ log }: Service, message: string): number[] {
  return log.filter(({ msg }) => msg === message).map(({ time }) => Number(time));
}

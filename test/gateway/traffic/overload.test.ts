/** The door and its limit before a service of known capacity, all in simulated time: what the campaign of faults measures with processes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '#demo/random.ts';
import { createAdmission } from '../../../gateway/traffic/admission.ts';
import type { Priority } from '../../../gateway/traffic/call.ts';
import { createConcurrencyLimit, type Stay } from '../../../gateway/traffic/concurrency-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STAYING = new AbortController().signal;

/** A service that does `workers` things at a time, each in some `serviceMs`, give or take a `spread` of it; the others queue. */
function startService({ workers, serviceMs, spread = 0.2, random }: { workers: number; serviceMs: () => number; spread?: number; random: () => number }) {
  const queue: (() => void)[] = [];
  let busy = 0;
  const next = () => {
    const start = busy < workers ? queue.shift() : undefined;
    if (start === undefined) return;
    busy += 1;
    start();
  };
  return (heaviness: number) =>
    new Promise<void>((done) => {
      queue.push(() =>
        setTimeout(
          () => {
            busy -= 1;
            done();
            next();
          },
          serviceMs() * heaviness * (1 - spread + 2 * spread * random()),
        ),
      );
      next();
    });
}

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

interface Simulated {
  readonly workers?: number;
  readonly serviceMs?: () => number;
  readonly spread?: number;
  readonly heavyOnes?: number;
  readonly only?: Priority;
}

/** A door before a service of 16 workers and 50 ms, that is 320 a second; and what became of operations that came at random, by default some of them heavy. */
function simulation({ heavyOnes = 0.1, only, ...given }: Simulated = {}) {
  const numbers = new Random('overload');
  const random = () => numbers.next();
  const now = () => performance.now();
  const limit = createConcurrencyLimit({ now });
  const door = createAdmission(limit, { now, random });
  const service = startService({ workers: 16, serviceMs: () => 50, ...given, random });
  const come = async (results: { priority: Priority; milliseconds: number | null }[]) => {
    const draw = random();
    const priority: Priority = only ?? (draw < 0.02 ? 'act' : draw < 0.5 ? 'interactive' : 'dashboard');
    const started = now();
    const stay = await door.enter(priority, STAYING);
    if (typeof stay === 'number') {
      results.push({ priority, milliseconds: null });
      return;
    }
    const heavy = random() < heavyOnes;
    await service(heavy ? 3 : 1);
    limit.end(stay, heavy ? 'heavy' : 'light');
    door.left();
    results.push({ priority, milliseconds: now() - started });
  };
  const run = async ({ perSecond, seconds }: Load) => {
    const results: { priority: Priority; milliseconds: number | null }[] = [];
    const end = now() + seconds * 1000;
    while (now() < end) {
      void come(results);
      await vi.advanceTimersByTimeAsync((-Math.log(1 - random()) * 1000) / perSecond);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    return judge(results, seconds);
  };
  return { limit, come, run };
}

function judge(results: readonly { priority: Priority; milliseconds: number | null }[], seconds: number) {
  const answered = results.flatMap(({ milliseconds }) => milliseconds ?? []).sort((a, b) => a - b);
  const acts = results.filter(({ priority }) => priority === 'act');
  const share = (priority: Priority) => {
    const all = results.filter((result) => result.priority === priority);
    return all.filter(({ milliseconds }) => milliseconds !== null).length / all.length;
  };
  return {
    goodput: answered.length / seconds,
    p99: answered[Math.floor(answered.length * 0.99)] ?? Number.NaN,
    acts: acts.filter(({ milliseconds }) => milliseconds !== null).length / acts.length,
    interactive: share('interactive'),
    dashboard: share('dashboard'),
  };
}

describe('the door', () => {
  // 16 workers, and an operation in ten takes three times as long: 16 / (0.05 × 1.2) a second.
  const PEAK = 266;

  it('holds up nobody while there is not too much', async () => {
    const { run } = simulation();
    const normal = await run({ perSecond: PEAK * 0.6, seconds: 20 });
    expect(normal).toMatchObject({ acts: 1, interactive: 1, dashboard: 1 });
  });

  it('at ten times what the service can do, has it do nearly as much as ever, all acts, and nobody let in wait for long', async () => {
    const { run } = simulation();
    const normal = await run({ perSecond: PEAK * 0.8, seconds: 20 });
    const overload = await run({ perSecond: PEAK * 10, seconds: 30 });
    expect(overload.goodput).toBeGreaterThan(PEAK * 0.9);
    expect(overload.acts).toBeGreaterThanOrEqual(0.999);
    expect(overload.p99).toBeLessThan(normal.p99 * 2);
    expect(overload.interactive).toBeGreaterThan(overload.dashboard);
    const after = await run({ perSecond: PEAK * 0.6, seconds: 20 });
    expect(after.dashboard).toBeGreaterThan(0.99);
  });

  it('lets in at a pace: where all answers take the same, they would all come at once, and whoever waits for a turn would wait for a whole one', async () => {
    const { run } = simulation({ serviceMs: () => 160, spread: 0, heavyOnes: 0 });
    const normal = await run({ perSecond: 70, seconds: 20 });
    const overload = await run({ perSecond: 1_000, seconds: 60 });
    expect(overload.goodput).toBeGreaterThan(90);
    expect(overload.acts).toBeGreaterThanOrEqual(0.999);
    expect(overload.p99).toBeLessThan(normal.p99 * 1.4);
  });

  it('lets more in when dashboards alone come, who may not fill the limit', async () => {
    const { limit, run } = simulation({ workers: 200, only: 'dashboard' });
    await run({ perSecond: 1_500, seconds: 10 });
    expect(limit.limit).toBeGreaterThan(90);
    const { dashboard } = await run({ perSecond: 1_500, seconds: 10 });
    expect(dashboard).toBeGreaterThan(0.9);
  });

  it('takes a service that has grown slower for what it is after a while, and refuses no more than it must', async () => {
    let serviceMs = 50;
    const { run } = simulation({ serviceMs: () => serviceMs });
    await run({ perSecond: PEAK * 0.5, seconds: 20 });
    serviceMs = 100;
    await run({ perSecond: PEAK * 0.3, seconds: 60 });
    const after = await run({ perSecond: PEAK * 0.3, seconds: 20 });
    expect(after.interactive).toBeGreaterThan(0.99);
    expect(after.dashboard).toBeGreaterThan(0.99);
  });

  it('takes answers that vary widely for no queue, however many are under way, and still has the service do what it can when there is too much', async () => {
    const numbers = new Random('answers that vary');
    // Log-normal, with the mean of 50 ms: one in a hundred takes more than four times as long as most.
    const serviceMs = () => {
      const normal = Math.sqrt(-2 * Math.log(1 - numbers.next())) * Math.cos(2 * Math.PI * numbers.next());
      return 50 * Math.exp(0.8 * normal - 0.32);
    };
    const { run } = simulation({ workers: 100, serviceMs });
    const peak = 1_667;
    const normal = await run({ perSecond: peak * 0.6, seconds: 20 });
    expect(normal.interactive).toBeGreaterThan(0.99);
    expect(normal.dashboard).toBeGreaterThan(0.99);
    const overload = await run({ perSecond: peak * 5, seconds: 20 });
    expect(overload.goodput).toBeGreaterThan(peak * 0.9);
    expect(overload.acts).toBeGreaterThanOrEqual(0.999);
  });

  it('absorbs a burst, such as a page that asks for all its figures at once', async () => {
    const limit = createConcurrencyLimit({ rest: 16 });
    const door = createAdmission(limit);
    const service = startService({ workers: 16, serviceMs: () => 50, random: () => 0.5 });
    let refused = 0;
    let answered = 0;
    for (let n = 0; n < 30; n++) {
      void door.enter('dashboard', STAYING).then(async (stay) => {
        if (typeof stay === 'number') {
          refused += 1;
          return;
        }
        await service(1);
        limit.end(stay, null);
        door.left();
        answered += 1;
      });
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ refused, answered }).toEqual({ refused: 0, answered: 30 });
    expect(limit.active).toBe(0);
  });

  it('absorbs it also where answers take long, and the pace is slow', async () => {
    const { limit, run, come } = simulation({ workers: 100, serviceMs: () => 4_000 });
    await run({ perSecond: 4, seconds: 40 });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(limit.pace).toBeGreaterThan(5);
    const results: Awaited<Parameters<typeof come>[0]> = [];
    for (let n = 0; n < 24; n++) void come(results);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(results.filter(({ milliseconds }) => milliseconds === null)).toEqual([]);
    expect(results).toHaveLength(24);
  });

  it('tells whoever is refused when to come again: dashboards later than others, and not all at once', async () => {
    const limit = createConcurrencyLimit({ least: 1, rest: 1 });
    const door = createAdmission(limit);
    for (const priority of ['act', 'act', 'interactive', 'dashboard'] as const) void door.enter(priority, STAYING);
    const waits = [door.enter('act', STAYING), door.enter('interactive', STAYING), ...Array.from({ length: 9 }, () => door.enter('dashboard', STAYING))];
    await vi.advanceTimersByTimeAsync(1_000);
    const [act = 0, interactive = 0, ...dashboards] = await Promise.all(waits);
    for (const [wait, usual] of [[act, 500], [interactive, 1_000], ...dashboards.map((each) => [each, 2_000])] as [number, number][]) {
      expect(wait).toBeGreaterThanOrEqual(usual / 2);
      expect(wait).toBeLessThanOrEqual(usual * 1.5);
    }
    expect(new Set(dashboards).size).toBeGreaterThan(1);
  });

  it('lets an act wait for its turn, however many others wait', async () => {
    const limit = createConcurrencyLimit({ least: 1, rest: 1 });
    const door = createAdmission(limit);
    const first = await door.enter('act', STAYING);
    for (const priority of ['act', 'interactive', 'dashboard'] as const) void door.enter(priority, STAYING);
    let given: Stay | number | undefined;
    void door.enter('act', STAYING).then((stay) => {
      given = stay;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(given).toBeUndefined();
    limit.end(first as Stay, null);
    door.left();
    await vi.advanceTimersByTimeAsync(0);
    expect(given).toMatchObject({ began: expect.any(Number) });
  });

  it('forgets whoever gives up waiting', async () => {
    const limit = createConcurrencyLimit({ least: 1, rest: 1 });
    const door = createAdmission(limit);
    const stay = await door.enter('interactive', STAYING);
    const client = new AbortController();
    const waiting = door.enter('interactive', client.signal);
    client.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    limit.end(stay as Stay, null);
    door.left();
    expect(limit.active).toBe(0);
  });
});

/** The door and its limit before a service of known capacity, all in simulated time: what the campaign of faults measures with processes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '#demo/random.ts';
import { createAdmission } from '../../../gateway/traffic/admission.ts';
import type { Priority } from '../../../gateway/traffic/call.ts';
import { createConcurrencyLimit } from '../../../gateway/traffic/concurrency-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STAYING = new AbortController().signal;

/** A service that does `workers` things at a time, each in some `serviceMs`; the others queue. */
function startService({ workers, serviceMs, random }: { workers: number; serviceMs: () => number; random: () => number }) {
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
          serviceMs() * heaviness * (0.8 + 0.4 * random()),
        ),
      );
      next();
    });
}

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/** A door before a service of 16 workers and 50 ms, that is 320 a second; and what became of operations that came at random. */
function simulation(given: { serviceMs?: () => number } = {}) {
  const numbers = new Random('overload');
  const random = () => numbers.next();
  const now = () => performance.now();
  const limit = createConcurrencyLimit({ now });
  const door = createAdmission(limit, { now, random });
  const service = startService({ workers: 16, serviceMs: given.serviceMs ?? (() => 50), random });
  const come = async (results: { priority: Priority; milliseconds: number | null }[]) => {
    const draw = random();
    const priority: Priority = draw < 0.02 ? 'act' : draw < 0.5 ? 'interactive' : 'dashboard';
    const started = now();
    if ((await door.enter(priority, STAYING)) > 0) {
      results.push({ priority, milliseconds: null });
      return;
    }
    const heavy = random() < 0.1;
    await service(heavy ? 3 : 1);
    const milliseconds = now() - started;
    limit.end({ operation: heavy ? 'heavy' : 'light', milliseconds });
    door.left();
    results.push({ priority, milliseconds });
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
  return { limit, run };
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

  it('absorbs a burst, such as a page that asks for all its figures at once', async () => {
    const limit = createConcurrencyLimit({ rest: 16 });
    const door = createAdmission(limit);
    const service = startService({ workers: 16, serviceMs: () => 50, random: () => 0.5 });
    const waits: number[] = [];
    for (let n = 0; n < 30; n++) {
      void door.enter('dashboard', STAYING).then(async (wait) => {
        waits.push(wait);
        if (wait > 0) return;
        await service(1);
        limit.end(null);
        door.left();
      });
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(waits).toEqual(Array(30).fill(0));
    expect(limit.active).toBe(0);
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
    for (const priority of ['act', 'act', 'interactive', 'dashboard'] as const) void door.enter(priority, STAYING);
    let wait: number | undefined;
    void door.enter('act', STAYING).then((given) => {
      wait = given;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(wait).toBeUndefined();
    limit.end(null);
    door.left();
    await vi.advanceTimersByTimeAsync(0);
    expect(wait).toBe(0);
  });

  it('forgets whoever gives up waiting', async () => {
    const limit = createConcurrencyLimit({ least: 1, rest: 1 });
    const door = createAdmission(limit);
    await door.enter('interactive', STAYING);
    const client = new AbortController();
    const waiting = door.enter('interactive', client.signal);
    client.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    limit.end(null);
    door.left();
    expect(limit.active).toBe(0);
  });
});

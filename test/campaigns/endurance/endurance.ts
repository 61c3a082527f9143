import { setTimeout as sleep } from 'node:timers/promises';
import { changeOf, hasField, PROBE } from './changes.ts';
import { type Load, openLoad } from './load.ts';
import type { Memory } from './memory.ts';
import { POLL_MS, startWorld, SUBGRAPH_TIMEOUT_MS, TRIAL_MS, type World } from './world.ts';

/** What is done. */
export interface Wanted {
  readonly requests: number;
  /** The supergraph is replaced so often; the requests are spread evenly over these rounds. */
  readonly changes: number;
  /** A file for the heap as it is at a point, where it is to be kept. */
  readonly snapshotOf?: (round: number) => string | undefined;
  readonly progress: (point: Point) => void;
}

/** The end of a round, with nothing under way. */
export interface Point {
  readonly requests: number;
  readonly perSecond: number;
  readonly memory: Memory;
}

/** What came of it. */
export interface Report {
  readonly points: readonly Point[];
  readonly wrong: Load['wrong'];
  readonly takenOver: number;
  readonly refused: number;
  /** What was not as it should be about replaced supergraphs, the log, and the process. */
  readonly problems: readonly string[];
}

/** A supergraph that is not taken over or refused by then is neither. */
const PATIENCE_MS = 30_000;
/** So long nothing is asked before memory is measured: no supergraph is on trial any more. */
const SETTLE_MS = TRIAL_MS + 2 * POLL_MS;
/** Which subgraph fails, and for how long. */
const FAILING = 'victims';
const FAILS_MS = 400;

/** A day of requests to one gateway. */
export async function runEndurance({ requests, changes, snapshotOf, progress }: Wanted): Promise<Report> {
  await using world = await startWorld();
  const load = await openLoad(world.url, world.issuer);
  const points: Point[] = [];
  const problems: string[] = [];
  let refused = 0;
  for (let round = 1; round <= changes; round++) {
    const total = Math.round((requests * round) / changes);
    const before = load.sent;
    const began = performance.now();
    const sent = load.until(total).then(() => performance.now());
    const { problem, taken } = await change(world, load, round);
    if (problem !== undefined) problems.push(`change ${round}: ${problem}`);
    if (!taken) refused += 1;
    // Not while a supergraph is on trial: that would be given up, and rightly. It is bad ones that are not.
    if (!taken) await disturb(world, load, round % 2 === 0 ? 'hang' : 'break');
    const perSecond = ((total - before) / ((await sent) - began)) * 1000;
    await sleep(SETTLE_MS);
    if (!world.alive()) {
      problems.push('the gateway has ended');
      break;
    }
    const snapshot = snapshotOf?.(round);
    const memory = await world.measure(snapshot === undefined ? {} : { snapshot });
    const point = { requests: load.sent, perSecond, memory };
    points.push(point);
    progress(point);
  }
  problems.push(...unexplained(world));
  await load.close();
  return { points, wrong: load.wrong, takenOver: points.length - refused, refused, problems };
}

/** Replaces the supergraph, and waits until the gateway has taken it over, or refused it. */
async function change(world: World, load: Load, number: number): Promise<{ readonly problem: string | undefined; readonly taken: boolean }> {
  const { text, fault } = changeOf(world.supergraph, number);
  const seen = world.log.length;
  world.replaceSupergraph(text);
  const told = await logged(world, seen, /was taken over|is not taken over/);
  const taken = /was taken over/.test(told ?? '');
  const wanted = fault === undefined;
  if (told === undefined) return { problem: 'it was neither taken over nor refused', taken: false };
  if (taken !== wanted) return { problem: fault === undefined ? told : `it ${fault}, and was taken over`, taken };
  const { status, codes } = await load.ask(PROBE);
  const has = hasField(number);
  const right = has ? status === 200 && codes.length === 0 : codes.join() === 'GRAPHQL_VALIDATION_FAILED';
  return { problem: right ? undefined : `expected that ${has ? 'there is the field' : 'there is no such field'}, got ${status} ${codes}`, taken };
}

/** Has a subgraph fail for a while, until answers are whole again. */
async function disturb(world: World, load: Load, fault: 'break' | 'hang'): Promise<void> {
  load.disturbed = true;
  world.fail(FAILING, fault);
  await sleep(FAILS_MS);
  world.fail(FAILING, 'none');
  // Only then has all that hangs failed, and a subgraph that has failed so often is not asked for a while.
  await sleep(SUBGRAPH_TIMEOUT_MS);
  const until = performance.now() + PATIENCE_MS;
  while ((await load.ask(NEEDS_FAILING)).codes.length > 0 && performance.now() < until) await sleep(100);
  load.disturbed = false;
}

/** Some of what the subgraph that fails says. */
const NEEDS_FAILING = '{ referralCases(first: 1) { nodes { id victims { totalCount } } } }';

async function logged({ log }: World, from: number, pattern: RegExp): Promise<string | undefined> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const line = log.slice(from).find(({ msg }) => pattern.test(String(msg)));
    if (line) return String(line['msg']);
    await sleep(20);
  }
  return undefined;
}

/** Errors that the gateway has logged besides those that tell of a bad supergraph. */
function unexplained({ log }: World): string[] {
  return log
    .filter(({ level, msg }) => Number(level) >= 50 && !/is not taken over/.test(String(msg)))
    .map((line) => `logged: ${JSON.stringify(line).slice(0, 500)}`);
}

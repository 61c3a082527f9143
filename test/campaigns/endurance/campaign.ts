/**
 * `npm run campaign:endurance`: a day's requests to a gateway in production, a million, while its supergraph is replaced a hundred times; its memory stays flat.
 * `-- --requests 20000` sends fewer; `-- --changes 20` says how often the supergraph is replaced; `-- --snapshots <folder>` keeps V8's snapshots of the heap
 * at half-time and at the end, which take memory themselves. Exit code 1 when something is not as it should be. Ctrl-C ends everything.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stopAll } from '../../bench/gateway/processes.ts';
import { runEndurance } from './endurance.ts';
import { HEADER, judge, row } from './verdict.ts';

/** More rounds say no more about a shorter run, and loading a supergraph takes its time. */
const REQUESTS_OF_ROUND = 1_000;
/** The last quarter of the rounds is compared with the second: each must have one. */
const ROUNDS_JUDGED = 4;

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '1000000' }, changes: { type: 'string' }, snapshots: { type: 'string' } },
});
const requests = Number(values.requests);
const changes = Number(values.changes ?? Math.min(100, Math.ceil(requests / REQUESTS_OF_ROUND)));
for (const [name, value, least] of [
  ['requests', requests, 1],
  ['changes', changes, ROUNDS_JUDGED],
] as const)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name}: expected a whole number of at least ${least}, got ${value}`);
const snapshots = values.snapshots === undefined ? undefined : resolve(values.snapshots);
if (snapshots !== undefined) mkdirSync(snapshots, { recursive: true });
const snapshotOf = (round: number) =>
  snapshots !== undefined && (round === changes || round === Math.floor(changes / 2)) ? join(snapshots, `${round}.heapsnapshot`) : undefined;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().then(() => process.exit(1)));
console.log(`${requests} requests, ${changes} supergraphs\n${HEADER}`);
const report = await runEndurance({ requests, changes, snapshotOf, progress: (point) => console.log(row(point)) });
for (const { name, figures, holds } of judge(report, { requests, changes })) {
  console.log(`${holds ? 'holds ' : 'MISSED'} ${name}: ${figures}`);
  if (!holds) process.exitCode = 1;
}
if (process.exitCode === 1) console.error(`repeat: npm run campaign:endurance -- --requests ${requests} --changes ${changes}`);

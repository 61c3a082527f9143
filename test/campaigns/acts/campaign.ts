/**
 * `npm run campaign:acts`: thousands of random sequences of acts on PostgreSQL, each held against the model; `--runs` says how many, `--seed`
 * repeats them. Ends with exit code 1 at the first sequence that is not as it should be, made as short as possible.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { ENGINE } from '../../testkit/stack.ts';
import { type Field, openField, PRODUCT, runSequence, wrongCounts } from './sequence.ts';
import { sequence } from './steps.ts';

/** So many sequences have one seed, and the rollups are recounted after them. */
const BATCH = 250;
/** So many batches share databases: a recount takes the longer the more there is. */
const ROUND = 8;
/** So many sequences are under way at once. */
const LANES = 4;

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string', default: '10000' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const runs = Number(values.runs);
const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1_000);

console.log(`${runs} sequences of acts on ${ENGINE}, seed ${seed}`);
const batches = Array.from({ length: Math.ceil(runs / BATCH) }, (_, i) => ({ seed: seed + i, numRuns: Math.min(BATCH, runs - i * BATCH) }));
const seen = new Map<string, number>();
let done = 0;
try {
  while (batches.length > 0) await inNewDatabases(batches.splice(0, ROUND));
  const missing = Object.values(PRODUCT).flatMap((acts) => Object.keys(acts).filter((name) => !seen.has(name)));
  if (runs >= BATCH && missing.length > 0) throw new Error(`never done: ${missing.join(', ')}`);
  console.log(
    [...seen]
      .sort()
      .map(([what, n]) => `${what} ${n}`)
      .join(', '),
  );
  console.log(`all as they should be, after ${seconds()} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function inNewDatabases(round: { seed: number; numRuns: number }[]): Promise<void> {
  const field = await openField();
  const lane = async () => {
    for (let batch = round.shift(); batch !== undefined; batch = round.shift()) {
      await run(field, batch).catch((error: unknown) => {
        // The other lanes begin nothing new.
        round.length = 0;
        throw error;
      });
      done += batch.numRuns;
      console.log(`${done} of ${runs} sequences after ${seconds()} s`);
    }
  };
  try {
    const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    for (const [what, n] of field.seen) seen.set(what, (seen.get(what) ?? 0) + n);
  } finally {
    await field.close();
  }
}

async function run(where: Field, batch: { seed: number; numRuns: number }): Promise<void> {
  try {
    const property = fc.asyncProperty(sequence, (steps) => runSequence(where, steps, { counting: false }));
    await fc.assert(property, { ...batch, includeErrorInReport: true });
    const wrong = await wrongCounts(where);
    if (wrong.length > 0) throw new Error(`rollups\n${JSON.stringify(wrong.slice(0, 5))}`);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nrepeat: npm run campaign:acts -- --seed ${batch.seed} --runs ${batch.numRuns}`);
  }
}

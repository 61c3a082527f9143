/**
 * `npm run campaign:malformed`: 10,000 malformed requests to a gateway (`--runs` says how many, `--seed` repeats them). Exit code 1 when an answer
 * tells something internal or is a fault of the server, when the gateway ends, or when its memory grows.
 */
import { parseArgs } from 'node:util';
import { runMalformed } from './malformed.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string', default: '10000' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const runs = Number(values.runs);

console.log(`${runs} requests, seed ${seed}`);
const { statuses, problems, growth } = await runMalformed({ seed, runs });
console.log(`answers by status: ${JSON.stringify(statuses)}; memory grew by ${growth} MiB`);
if (problems.length > 0) {
  console.error(
    `${problems.length} problems, such as\n${problems.slice(0, 10).join('\n')}\nrepeat: npm run campaign:malformed -- --seed ${seed} --runs ${runs}`,
  );
  process.exitCode = 1;
}

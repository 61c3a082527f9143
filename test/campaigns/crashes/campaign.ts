/**
 * `npm run campaign:crashes`: 2,000 concurrent acts while replicas and PostgreSQL are killed (`--acts` says how many, `--seed` repeats what is asked
 * and when is killed; what meets what is up to the machine), then the same with a bug that must be caught. Exit code 1 when either is not so.
 */
import { parseArgs } from 'node:util';
import { runCrashes, told } from './crashes.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, acts: { type: 'string', default: '2000' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const acts = Number(values.acts);
const common = { seed, lanes: 32, progress: (text: string) => console.log(text) };

console.log(`${acts} acts, seed ${seed}`);
const report = await runCrashes({ ...common, acts, crashes: true, forgetful: false, patience: 120_000 });
console.log(
  `${report.acts} acts, ${report.answers} answers, ${report.retries} retries, PostgreSQL killed ${report.postgresKilled} times, ${told(report.deaths)}`,
);
if (report.problems.length > 0) fail(`${report.problems.length} problems, such as\n${report.problems.slice(0, 10).join('\n')}`);
else console.log(`each act happened exactly once, after ${report.seconds} s`);

console.log('the same without a record of what was answered to a key, which must be caught');
const forgetful = await runCrashes({ ...common, acts: 100, crashes: false, forgetful: true, patience: 5_000 });
const twice = forgetful.problems.filter((problem) => problem.startsWith('answers to'));
if (twice.length === 0) fail('a service that keeps no answers was not caught');
else console.log(`caught: ${twice.length} acts with answers that differ`);

function fail(text: string): void {
  console.error(`${text}\nrepeat: npm run campaign:crashes -- --seed ${seed} --acts ${acts}`);
  process.exitCode = 1;
}

/**
 * `npm run campaign:faults`: a gateway as a process of its own while subgraphs, networks and clients fail, held to the numbers of the goals. `-- --short`
 * takes a minute and a half instead of four; `-- --only overload` runs the scenarios with that in their names. Exit code 1 when a goal is missed.
 */
import { parseArgs } from 'node:util';
import { failing, hung, leaving, replica } from './failing.ts';
import { dripping, large, overload, stopping } from './too-much.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string', default: '' } } });
const scenarios = {
  hung,
  failing: () => failing(values.short ? 10 : 60),
  leaving,
  'replica-reset': () => replica('reset'),
  'replica-hang': () => replica('hang'),
  large,
  dripping,
  overload: () => overload(values.short ? 15 : 60),
  stopping: () => stopping(500),
};

for (const [name, run] of Object.entries(scenarios).filter(([key]) => key.includes(values.only))) {
  const { name: what, figures, holds } = await run();
  console.log(`${holds ? 'holds ' : 'MISSED'} ${what}: ${figures}`);
  if (!holds) {
    console.error(`repeat: npm run campaign:faults -- --only ${name}`);
    process.exitCode = 1;
  }
}

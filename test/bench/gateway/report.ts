import { cpus } from 'node:os';
import { BARE_APOLLO, DIRECT, HIVE_WITH_RUST, OURS } from './contenders.ts';
import type { Outcome } from './load.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** What one contender did in one scenario in one round. */
export interface Measurement {
  readonly scenario: string;
  readonly contender: string;
  readonly same: Outcome;
  readonly unique: Outcome;
  /** Unique requests, one at a time. */
  readonly alone: Outcome;
  /** Of all its threads, for a unique request among others; milliseconds. */
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** How it was measured. */
export interface Circumstances {
  readonly rounds: number;
  readonly connections: number;
  readonly seconds: number;
  readonly pinned: boolean;
  readonly missing: string | null;
}

/** The report as lines of Markdown: medians of the rounds. */
export function report(
  scenarios: readonly Scenario[],
  measurements: readonly Measurement[],
  { rounds, connections, seconds, pinned, missing }: Circumstances,
): string[] {
  return [
    '# The gateway beside others',
    '',
    `\`npm run bench:gateway\`: medians of ${rounds} rounds, each contender one process, all in turn in every round; ${seconds} s a measurement after warming up; ${connections} connections, and one for “alone”.`,
    `${pinned ? 'What is measured has one core, subgraphs and clients have another.' : 'Processes could not be kept to a core each: figures are worth little.'} ${cpus().length} cores, Node ${process.versions.node}. Every answer is compared with the expected one.`,
    'This gateway verifies tokens, enforces the policy, holds limits and rates, signs every hop and logs, in production; the others do none of it. “Same”: all requests alike; the other columns: no two requests have the same variables. Nothing of these scenarios is shared by this gateway, because each request is to leave its own entry in the services’ logs.',
    '“Direct calls” are the same requests to the subgraphs without a gateway’s work: the limit.',
    'CPU times requests a second is how busy the contender’s core was; well below 1,000 ms it was the subgraphs or the machine that it waited for.',
    ...(missing === null ? [] : ['', missing]),
    ...scenarios.flatMap((scenario) => ['', ...scenarioTable(scenario, measurements)]),
  ];
}

function scenarioTable({ name, description }: Scenario, all: readonly Measurement[]): string[] {
  const own = all.filter(({ scenario }) => scenario === name);
  const contenders = [...new Set(own.map(({ contender }) => contender))];
  const figure = (contender: string, read: (measurement: Measurement) => number) => median(own.filter((one) => one.contender === contender).map(read));
  const ratio = (contender: string, read: (measurement: Measurement) => number) => (figure(OURS, read) / figure(contender, read)).toFixed(2);
  const inverse = (contender: string, read: (measurement: Measurement) => number) => (figure(contender, read) / figure(OURS, read)).toFixed(2);
  return [
    `## ${name}: ${description}`,
    '',
    '| | same: requests/s | unique: requests/s | p50 ms | p99 ms | alone: p50 ms | p99 ms | CPU ms/request | peak MiB |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...contenders.map((contender) => {
      const cells = [
        figure(contender, ({ same }) => same.perSecond).toFixed(0),
        figure(contender, ({ unique }) => unique.perSecond).toFixed(0),
        figure(contender, ({ unique }) => unique.p50).toFixed(1),
        figure(contender, ({ unique }) => unique.p99).toFixed(1),
        figure(contender, ({ alone }) => alone.p50).toFixed(2),
        figure(contender, ({ alone }) => alone.p99).toFixed(2),
        figure(contender, ({ cpuMs }) => cpuMs).toFixed(2),
        figure(contender, ({ peakMib }) => peakMib).toFixed(0),
      ];
      return `| ${contender} | ${cells.join(' | ')} |`;
    }),
    '',
    ...contenders
      .filter((contender) => contender !== OURS && contender !== DIRECT)
      .map(
        (contender) =>
          `- ${ratio(contender, ({ unique }) => unique.perSecond)} times ${contender}, unique requests a second${goalAgainst(contender)}; ${inverse(contender, ({ cpuMs }) => cpuMs)} times as many for the same CPU`,
      ),
    ...(contenders.includes(DIRECT) ? [`- alone ${ratio(DIRECT, ({ alone }) => alone.p50)} times the direct calls’ p50 (goal: 1.3)`] : []),
  ];
}

function goalAgainst(contender: string): string {
  if (contender === BARE_APOLLO) return ' (goal: 6)';
  return contender === HIVE_WITH_RUST ? ' (goal: 1.3)' : '';
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? (sorted[Math.floor(middle)] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/**
 * `npm run bench` (`-- --short` for a quick look): what statistics, imports and starts cost, on PostgreSQL.
 *
 * Prints a table and keeps it in test/bench/results.md. Ratios are within this run; the machine is noisy, so no absolute figure is a goal.
 * Databases are named hotline_bench_… and dropped at the end.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, type Service, type Stack, startStack } from '../testkit/stack.ts';
import { writeCalls } from './records.ts';

const SHORT = process.argv.includes('--short');
const SIZES = SHORT ? [1_000, 10_000] : [10_000, 1_000_000, 10_000_000];
const ROUNDS = SHORT ? 20 : 200;
const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

const OPERATIONS: Record<string, { query: string; variables: Record<string, unknown> }> = {
  'one cell, a year': operation({ period: { from: '2021-01-01', to: '2021-12-31' } }),
  'one cell, odd days': operation({ period: { from: '2014-03-07', to: '2021-11-19' } }),
  '12 months': operation({ period: { from: '2021-01-01', to: '2021-12-31' }, interval: 'MONTH' }),
  '34 provinces': operation({ period: { from: '2021-01-01', to: '2021-12-31' }, by: ['PROVINCE'], geography: 'VN34' }),
  '408 cells (months × provinces)': operation({ period: { from: '2021-01-01', to: '2021-12-31' }, interval: 'MONTH', by: ['PROVINCE'], geography: 'VN34' }),
};

interface Loaded {
  size: number;
  stack: Stack;
  importSeconds: number;
  /** Most resident memory of the importing process. */
  importPeakMB: number;
  copySeconds: number;
}

const folder = mkdtempSync(join(tmpdir(), 'hotline-bench-'));
const loaded: Loaded[] = [];
try {
  for (const size of SIZES) loaded.push(await load(size));
  const lines = [...header(), ...importTable(), ...(await latencyTable()), ...memoryTable(), ...(await startTable())];
  console.log(`\n${lines.join('\n')}`);
  if (!SHORT) writeFileSync(join(import.meta.dirname, 'results.md'), `${lines.join('\n')}\n`);
} finally {
  for (const { stack } of loaded) await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function load(size: number): Promise<Loaded> {
  progress(`${count(size)} calls: writing CSVs`);
  const [importFile, copyFile] = [join(folder, 'import.csv'), join(folder, 'copy.csv')];
  await writeCalls(size, importFile, copyFile);
  const stack = await startStack({ demo: false });
  const url = String(stack.env['CALLS_DATABASE_URL']);
  const cli = (...args: string[]) => run(process.execPath, ['cli/import.ts', ...args], { cwd: ROOT, env: stack.env, maxBuffer: 2 ** 26 });
  await cli('provinces', 'subgraphs/demo/data/provinces.csv');
  const agencies = join(folder, 'agencies.csv');
  writeFileSync(agencies, 'id,type,nameVi,nameEn\ncuc-tre-em,CHILD_PROTECTION,Cục Trẻ em,Department of Children\n');
  await cli('agencies', agencies);

  progress(`${count(size)} calls: psql \\copy of ${Math.round(statSync(copyFile).size / 1e6)} MB`);
  psql(url, 'CREATE TABLE call_copy (LIKE call INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS)');
  const columns = 'id,source,external_id,received_at,ended_at,category,topics,caller_type,caller_sex,caller_age_band,channel,province,agency';
  const copySeconds = seconds(() => psql(url, `\\copy call_copy (${columns}) FROM '${copyFile}' CSV`));
  psql(url, 'DROP TABLE call_copy');
  progress(`${count(size)} calls: import of ${Math.round(statSync(importFile).size / 1e6)} MB`);
  const started = performance.now();
  const importing = cli('calls', importFile);
  let importPeakMB = 0;
  const watch = setInterval(() => {
    importPeakMB = Math.max(importPeakMB, residentMB(importing.child.pid));
  }, 100);
  await importing.finally(() => clearInterval(watch));
  const importSeconds = (performance.now() - started) / 1000;
  psql(url, 'VACUUM ANALYZE');
  return { size, stack, importSeconds, importPeakMB, copySeconds };
}

function header(): string[] {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  return [
    '# Measured',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}, ${psqlVersion()}. Written by \`npm run bench\`.`,
    '',
  ];
}

function importTable(): string[] {
  const rows = loaded.map(({ size, importSeconds, importPeakMB, copySeconds }) => {
    const rate = Math.round(size / importSeconds);
    return `| ${count(size)} | ${copySeconds.toFixed(1)} | ${importSeconds.toFixed(1)} | ${count(rate)} | ${(copySeconds / importSeconds).toFixed(2)} | ${importPeakMB} |`;
  });
  return [
    '## Import against `psql \\copy`',
    '',
    'Same rows, same indexes; the import also checks every cell and keeps the rollups. Goal: throughput at least 0.33 of psql.',
    '',
    '| calls | psql s | import s | rows/s | import throughput / psql | import peak MB |',
    '|--:|--:|--:|--:|--:|--:|',
    ...rows,
    '',
  ];
}

async function latencyTable(): Promise<string[]> {
  const rows: string[] = [];
  for (const [name, { query, variables }] of Object.entries(OPERATIONS)) {
    progress(`latency: ${name}`);
    const times = loaded.map((): number[] => []);
    for (let round = -10; round < ROUNDS; round += 1) {
      // In turn, so that a slow moment of the machine falls on all alike.
      for (const [index, { stack }] of loaded.entries()) {
        const started = performance.now();
        const { errors } = await ask(stack.gateway, query, variables);
        if (errors) throw new Error(JSON.stringify(errors));
        if (round >= 0) times[index]?.push(performance.now() - started);
      }
    }
    const medians = times.map(median);
    rows.push(`| ${name} | ${medians.map((ms) => ms.toFixed(1)).join(' | ')} | ${((medians.at(-1) ?? 0) / (medians[0] ?? 1)).toFixed(2)} |`);
  }
  const columns = loaded.map(({ size }) => count(size));
  return [
    '## One statistics operation, calls with three breakdowns: milliseconds at the gateway (median, one client)',
    '',
    'Goal: largest / smallest at most 1.5.',
    '',
    `| operation | ${columns.join(' | ')} | ratio |`,
    `|---|${columns.map(() => '--:|').join('')}--:|`,
    ...rows,
    '',
  ];
}

function memoryTable(): string[] {
  const rows = loaded.map(({ size, stack }) => {
    const services: [string, Service][] = [['gateway', stack.gateway], ...Object.entries(stack.subgraphs)];
    return `| ${count(size)} | ${services.map(([, service]) => residentMB(service.process.pid)).join(' | ')} |`;
  });
  return [
    '## Memory of each process after the above: MB resident',
    '',
    '| calls | gateway | agencies | calls | referrals | victims |',
    '|--:|--:|--:|--:|--:|--:|',
    ...rows,
    '',
  ];
}

async function startTable(): Promise<string[]> {
  progress('start to ready');
  const data = join(folder, 'data');
  const env = { ...process.env, DATA_FOLDER: data, CALLS_PORT: '0', VICTIMS_PORT: '0', REFERRALS_PORT: '0', AGENCIES_PORT: '0', GATEWAY_PORT: '0' };
  for (const name of ['CALLS', 'VICTIMS', 'REFERRALS', 'AGENCIES']) delete (env as NodeJS.ProcessEnv)[`${name}_DATABASE_URL`];
  const { startService } = await import('../testkit/stack.ts');
  const names = ['agencies', 'calls', 'referrals', 'victims'];
  const rows: string[] = [];
  for (const label of ['first start (new databases, demo records)', 'second start']) {
    const started = performance.now();
    const services = await Promise.all([
      ...names.map((name) => startService(`subgraphs/${name}/main.ts`, env)),
      // Not told the subgraphs' ports: 0 is none to look for them at, and it starts whether or not it finds them.
      startService('gateway/main.ts', { ...process.env, GATEWAY_PORT: '0' }),
    ]);
    rows.push(
      `| ${label} | ${((performance.now() - started) / 1000).toFixed(1)} | ${services.map((service) => residentMB(service.process.pid)).join(' | ')} |`,
    );
    await Promise.all(services.map((service) => service.stop()));
  }
  return [
    '## From start to ready on PGlite, five processes at once',
    '',
    'Goal: the second start within 5 seconds.',
    '',
    '| | seconds | MB: agencies | calls | referrals | victims | gateway |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
    '',
  ];
}

function operation(variables: Record<string, unknown>) {
  const query = `query Bench($period: PeriodInput!, $interval: Interval, $by: [Dimension!]! = [], $geography: Geography! = "AS_RECORDED") {
    statistics(period: $period, interval: $interval, by: $by, geography: $geography) {
      calls { total byCategory { category total } byTopic { topic total } byCallerType { callerType total } } referrals { cases } victims { persons } } }`;
  return { query, variables };
}

/** 0 for a process that is gone. */
function residentMB(pid: number | undefined): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

function psql(url: string, command: string): string {
  const result = spawnSync('psql', ['-v', 'ON_ERROR_STOP=1', '-qAt', '-c', command, url], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`psql: ${result.stderr}`);
  return result.stdout.trim();
}

function psqlVersion(): string {
  const url = String(loaded[0]?.stack.env['CALLS_DATABASE_URL']);
  return `PostgreSQL ${psql(url, 'SHOW server_version')}`;
}

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

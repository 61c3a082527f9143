/**
 * `npm run bench:pages` (`-- --short` for a quick look, `-- --large` for 10 million calls too): what a page of calls costs at the beginning, in
 * the middle and at the end of the list, on PostgreSQL.
 *
 * Prints a table and keeps it in test/bench/pages.md. Ratios are within this run; the machine is noisy, so no absolute figure is a goal.
 * Databases are named hotline_test_… and dropped at the end.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeCursor } from '#shared/lists/paging.ts';
import { ask, type Stack, startStack } from '../testkit/stack.ts';
import { writeCalls } from './records.ts';

const SHORT = process.argv.includes('--short');
const SIZES = SHORT ? [1_000, 5_000] : [10_000, 1_000_000, ...(process.argv.includes('--large') ? [10_000_000] : [])];
const ROUNDS = SHORT ? 20 : 100;
const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What is asked for, as the graph and as SQL have it. */
const FILTERS: Record<string, { filter: Record<string, unknown>; where: string }> = {
  'all calls': { filter: {}, where: 'true' },
  'of one category': { filter: { category: 'COUNSELLING' }, where: "category = 'COUNSELLING'" },
  'of one topic': { filter: { topic: 'SHELTER' }, where: "topics @> '{SHELTER}'" },
  'of one province': { filter: { province: 'VN63:01' }, where: "province = 'VN63:01'" },
  'of one province, in a year': {
    filter: { province: 'VN63:01', period: { from: '2018-01-01', to: '2018-12-31' } },
    where: "province = 'VN63:01' AND received_at >= '2018-01-01T00:00+07:00' AND received_at < '2019-01-01T00:00+07:00'",
  },
  'of one category, in a year': {
    filter: { category: 'REFERRAL', period: { from: '2018-01-01', to: '2018-12-31' } },
    where: "category = 'REFERRAL' AND received_at >= '2018-01-01T00:00+07:00' AND received_at < '2019-01-01T00:00+07:00'",
  },
};

const PAGE = `query Page($filter: CallFilter, $first: Int, $after: String, $last: Int, $before: String) {
  calls(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { id receivedAt category topics callerType channel province { id } agency { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const TOTAL = 'query Total($filter: CallFilter) { calls(filter: $filter) { totalCount } }';

const folder = mkdtempSync(join(tmpdir(), 'hotline-pages-'));
const stacks: { size: number; stack: Stack }[] = [];
try {
  for (const size of SIZES) stacks.push({ size, stack: await load(size) });
  const lines = [...header(), ...(await table())];
  console.log(`\n${lines.join('\n')}`);
  if (!SHORT) writeFileSync(join(import.meta.dirname, 'pages.md'), `${lines.join('\n')}\n`);
} finally {
  for (const { stack } of stacks) await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function load(size: number): Promise<Stack> {
  progress(`${count(size)} calls: importing`);
  const file = join(folder, 'calls.csv');
  await writeCalls(size, file, join(folder, 'copy.csv'));
  const stack = await startStack({ demo: false });
  const agencies = join(folder, 'agencies.csv');
  writeFileSync(agencies, 'id,type,nameVi,nameEn\ncuc-tre-em,CHILD_PROTECTION,Cục Trẻ em,Department of Children\n');
  const imports = { provinces: 'subgraphs/demo/data/provinces.csv', agencies, calls: file };
  for (const [records, path] of Object.entries(imports)) {
    await run(process.execPath, ['cli/import.ts', records, path], { cwd: ROOT, env: stack.env, maxBuffer: 2 ** 26 });
  }
  psql(stack, 'VACUUM ANALYZE');
  return stack;
}

function header(): string[] {
  const version = psql(stacks[0]?.stack as Stack, 'SHOW server_version');
  return [
    '# Pages measured',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, PostgreSQL ${version}. Written by \`npm run bench:pages\`.`,
    '',
    'Pages of 50 calls through the gateway, the newest first: milliseconds (median, one client). Forward: the first page, the one after the call in the middle,',
    'the one after the 51st from the end. Backward: the last page, the one before the call in the middle, the one before the 51st.',
    'Goal: the slowest takes at most 1.5 times the first.',
    '',
  ];
}

async function table(): Promise<string[]> {
  const rows: string[] = [];
  for (const { size, stack } of stacks) {
    for (const [name, { filter, where }] of Object.entries(FILTERS)) {
      progress(`${count(size)} calls: ${name}`);
      const matching = Number(psql(stack, `SELECT count(*) FROM call WHERE ${where}`));
      // Pages of so few would be the same ones.
      if (matching < 200) continue;
      const at = (index: number) => cursorAt(stack, where, Math.max(index, 0));
      const [beginning, middle, end] = [at(50), at(Math.floor(matching / 2)), at(matching - 51)];
      const asked = [
        { first: 50 },
        { first: 50, after: middle },
        { first: 50, after: end },
        { last: 50 },
        { last: 50, before: middle },
        { last: 50, before: beginning },
      ];
      const times = await measure([...asked.map((page) => () => readPage(stack, filter, page)), () => total(stack, filter, matching)]);
      const [first = 1, ...others] = times.slice(0, asked.length);
      rows.push(
        `| ${count(size)} | ${name} | ${count(matching)} | ${times.map((ms) => ms.toFixed(1)).join(' | ')} | ${(Math.max(...others) / first).toFixed(2)} |`,
      );
    }
  }
  return [
    '| calls | filter | matching | first | middle | end | last | before the middle | before the 51st | totalCount | slowest page / first |',
    '|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ];
}

/** The median of each, taken in turn, so that a slow moment of the machine falls on all alike. */
async function measure(works: readonly (() => Promise<void>)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -10; round < ROUNDS; round += 1) {
    for (const [index, work] of works.entries()) {
      const started = performance.now();
      await work();
      if (round >= 0) times[index]?.push(performance.now() - started);
    }
  }
  return times.map((values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
}

async function readPage(stack: Stack, filter: object, page: object): Promise<void> {
  const { data, errors } = await ask(stack.gateway, PAGE, { filter, ...page });
  if (errors || data.calls.nodes.length !== 50) throw new Error(`${JSON.stringify({ filter, page })}: ${JSON.stringify(errors ?? data.calls.nodes.length)}`);
}

async function total(stack: Stack, filter: object, matching: number): Promise<void> {
  const { data, errors } = await ask(stack.gateway, TOTAL, { filter });
  if (errors || data.calls.totalCount !== matching) throw new Error(`expected ${matching}, got ${JSON.stringify(errors ?? data)}`);
}

/** The cursor of the call at a place of the list, found by counting. */
function cursorAt(stack: Stack, where: string, index: number): string {
  const moment = `to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const [at = '', id = ''] = psql(stack, `SELECT ${moment}, id FROM call WHERE ${where} ORDER BY received_at DESC, id DESC OFFSET ${index} LIMIT 1`).split('|');
  return encodeCursor('calls', 'NEWEST_FIRST', { moment: at, id });
}

function psql(stack: Stack, command: string): string {
  const result = spawnSync('psql', ['-v', 'ON_ERROR_STOP=1', '-qAt', '-c', command, String(stack.env['CALLS_DATABASE_URL'])], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`psql: ${result.stderr}`);
  return result.stdout.trim();
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

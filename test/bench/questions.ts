/**
 * `npm run bench:questions` (`-- --short` for a quick look): what each of the twenty questions costs, on PostgreSQL.
 *
 * Prints a table and keeps it in test/bench/questions.md. The records are made up (records.ts); each question is asked with the variables
 * of its document, but for a whole year by agency where it can be divided. Databases are named hotline_test_… and dropped at the end.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { ask, type Stack, SUBGRAPHS, startStack } from '../testkit/stack.ts';
import { type Sizes, writeCalls, writeFollowing } from './records.ts';

const SHORT = process.argv.includes('--short');
const SIZES: Sizes = SHORT
  ? { calls: 10_000, cases: 300, handovers: 800, victims: 400, supports: 600 }
  : { calls: 1_000_000, cases: 30_000, handovers: 80_000, victims: 40_000, supports: 60_000 };
/** Asked one after another, and asked by so many clients at once. */
const ALONE = SHORT ? 5 : 50;
const CONNECTIONS = 32;
const AT_ONCE = SHORT ? 64 : 640;
/** A question stops being asked when it has taken this long; in milliseconds. */
const PATIENCE = 30_000;
const ROOT = join(import.meta.dirname, '../..');
const OPERATIONS = join(ROOT, 'schema/operations');
const run = promisify(execFile);

interface Question {
  readonly number: number;
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Measured extends Question {
  readonly median: number;
  readonly p95: number;
  readonly perSecond: number;
  readonly fetches: number;
  readonly statements: number;
  readonly kilobytes: number;
}

const folder = mkdtempSync(join(tmpdir(), 'hotline-bench-'));
let stack: Stack | undefined;
try {
  stack = await load();
  const measured: Measured[] = [];
  for (const question of questions()) {
    progress(`${question.number} ${question.name}`);
    measured.push(await measure(stack, question));
  }
  const lines = await report(stack, measured);
  console.log(`\n${lines.join('\n')}`);
  if (!SHORT) writeFileSync(join(import.meta.dirname, 'questions.md'), `${lines.join('\n')}\n`);
} finally {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The documents that begin with the number of a question. */
function questions(): Question[] {
  const documents = readdirSync(OPERATIONS).map((file) => ({ name: file.replace('.graphql', ''), query: readFileSync(join(OPERATIONS, file), 'utf8') }));
  return documents
    .flatMap(({ name, query }) => {
      const number = Number(/^# (\d+)\. /.exec(query)?.[1] ?? 0);
      const example = JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}') as Record<string, unknown>;
      const variables = query.includes('$by:') ? { ...example, by: ['AGENCY'] } : example;
      return number === 0 ? [] : [{ number, name, query, variables }];
    })
    .sort((a, b) => a.number - b.number);
}

async function load(): Promise<Stack> {
  progress('writing CSVs');
  const calls = join(folder, 'calls.csv');
  await writeCalls(SIZES.calls, calls, join(folder, 'copy.csv'));
  const following = writeFollowing(SIZES, folder);
  const started = await startStack({ demo: false, env: { LOG_LEVEL: 'info' } });
  const cli = (...args: string[]) => run(process.execPath, ['cli/import.ts', ...args], { cwd: ROOT, env: started.env, maxBuffer: 2 ** 26 });
  try {
    const agencies = join(folder, 'agencies.csv');
    const types = { 'cuc-tre-em': 'CHILD_PROTECTION', c02: 'POLICE', 'pcmt-bdbp': 'BORDER_GUARD', hlhpn: 'WOMENS_UNION' };
    writeFileSync(
      agencies,
      `id,type,nameVi,nameEn\n${Object.entries(types)
        .map(([id, type]) => `${id},${type},${id},${id}\n`)
        .join('')}`,
    );
    const plans = join(folder, 'plans.csv');
    writeFileSync(
      plans,
      'id,nameVi,nameEn,validFrom,validTo,members\nplan-a,A,A,2016-01-01,2020-12-31,c02;hlhpn\nplan-b,B,B,2021-01-01,2025-12-31,c02;hlhpn\n',
    );
    const files = { provinces: join(ROOT, 'subgraphs/demo/data/provinces.csv'), agencies, plans, calls, ...following };
    for (const [records, file] of Object.entries(files)) {
      progress(`importing ${records}`);
      await cli(records, file);
    }
    for (const name of SUBGRAPHS) await onDatabase(started, name, 'VACUUM ANALYZE');
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function measure({ gateway, subgraphs }: Stack, question: Question): Promise<Measured> {
  const { query, variables } = question;
  const once = async (headers: Record<string, string> = {}) => {
    const started = performance.now();
    const answer = await ask(gateway, query, variables, headers);
    if (answer.errors) throw new Error(`${question.name}: ${JSON.stringify(answer.errors)}`);
    return { milliseconds: performance.now() - started, kilobytes: JSON.stringify(answer).length / 1_024 };
  };
  // Plans are made once, and statements are planned; both before anything is measured.
  for (let i = 0; i < 3; i += 1) await once();
  const requestId = `bench-${question.number}-${Date.now()}`;
  const { kilobytes } = await once({ 'x-request-id': requestId });
  const times: number[] = [];
  const alone = performance.now();
  for (let i = 0; i < ALONE && performance.now() - alone < PATIENCE; i += 1) times.push((await once()).milliseconds);

  let asked = 0;
  let answered = 0;
  const began = performance.now();
  const client = async () => {
    while (asked < AT_ONCE && performance.now() - began < PATIENCE) {
      asked += 1;
      await once();
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const perSecond = (answered * 1_000) / (performance.now() - began);

  const requests = Object.values(subgraphs).flatMap(({ log }) => log.filter((line) => line['requestId'] === requestId && line['msg'] === 'request'));
  const statements = requests.reduce((sum, line) => sum + Number(line['statements']), 0);
  const sorted = times.sort((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
  return { ...question, median: at(0.5), p95: at(0.95), perSecond, fetches: requests.length, statements, kilobytes };
}

async function report(of: Stack, measured: readonly Measured[]): Promise<string[]> {
  const version = await onDatabase(of, 'calls', 'SHOW server_version');
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  const sizes = Object.entries(SIZES).map(([records, n]) => `${n.toLocaleString('en-US')} ${records}`);
  const rows = measured.map(({ number, name, median, p95, perSecond, fetches, statements, kilobytes }) => {
    const figures = [median.toFixed(1), p95.toFixed(1), perSecond.toFixed(1), fetches, statements, kilobytes.toFixed(1)];
    return `| ${number} | ${name} | ${figures.join(' | ')} |`;
  });
  return [
    '# The twenty questions, measured',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}, PostgreSQL ${version}. Written by \`npm run bench:questions\`.`,
    '',
    `On ${sizes.join(', ')}. Latency of one client alone (${ALONE} times at most), throughput with ${CONNECTIONS} clients at once; the gateway, four subgraphs,`,
    'PostgreSQL and the clients share the machine. Fetches are requests to subgraphs, statements what these sent to their databases.',
    '',
    '| | question | median ms | p95 ms | operations/s | fetches | SQL statements | answer kB |',
    '|--:|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
    '',
  ];
}

async function onDatabase({ env }: Stack, name: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: String(env[`${name.toUpperCase()}_DATABASE_URL`]) });
  await client.connect();
  try {
    const { rows } = await client.query(statement);
    return String(Object.values(rows[0] ?? {})[0] ?? '');
  } finally {
    await client.end();
  }
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/**
 * `npm run bench:trust`: what authentication, policy, limits, signing, row-level security and the access log cost, in microseconds a request.
 *
 * Prints a table and keeps it in test/bench/trust.md. Each step is measured alone, in this process, on PostgreSQL where it needs a database;
 * the sum of what one request pays stands beside the time of the whole request over four services. Databases are dropped at the end.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import pino from 'pino';
import { developmentKey } from '#schema/development-keys.ts';
import { createHopSigner } from '#schema/hop-signer.ts';
import { bodyHash, createHopVerifier, publicHalf } from '#schema/hop-token.ts';
import { scopesOf } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import type { AccessEntry } from '#shared/access-log/entry.ts';
import { openAccessLog } from '#shared/access-log/log.ts';
import type { Reach } from '#shared/reach.ts';
import { developmentToken } from '../../gateway/development/tokens.ts';
import { costOf, createDocumentLimits } from '../../gateway/limits/index.ts';
import { findRefusals } from '../../gateway/policy/refusals.ts';
import { readSupergraph } from '../../gateway/supergraph.ts';
import { createTokenReader } from '../../gateway/token.ts';
import { readTrustedDocuments } from '../../gateway/trusted-documents.ts';
import { ask, scratchDatabases, startStack } from '../testkit/stack.ts';
import { openTables } from '../testkit/tables.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHORT = process.argv.includes('--short');
const TIMES = SHORT ? 200 : 2_000;
const CALLER: Caller = { subject: 'officer-1', agency: 'c02', scopes: scopesOf(['coordinator', 'officer']), purpose: 'COORDINATION' };
const REACH: Reach = { agency: 'c02', scopes: CALLER.scopes, passes: [], all: false };

interface Step {
  readonly name: string;
  /** Microseconds, the median. */
  readonly median: number;
  readonly p99: number;
  /** How often a request over four services pays it. */
  readonly times: number;
}

const steps: Step[] = [];
const folder = mkdtempSync(join(tmpdir(), 'hotline-bench-'));
try {
  await measureGateway();
  await measureDatabase();
  const whole = await measureWhole();
  const lines = report(whole);
  console.log(`\n${lines.join('\n')}`);
  if (!SHORT) writeFileSync(join(import.meta.dirname, 'trust.md'), `${lines.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureGateway(): Promise<void> {
  const key = developmentKey(folder, 'issuer');
  const config = { issuer: { kind: 'development', key, served: false }, claims: { agency: 'agency', roles: 'roles' } } as const;
  const token = await developmentToken(key, { roles: ['coordinator'], agency: 'c02', subject: 'officer-1' });
  const reading = createTokenReader(config);
  await reading(token);
  await step('authentication: a token seen before', 1, () => reading(token));
  await step('authentication: a new token (once a minute)', 0, () => createTokenReader(config)(token));

  const { schema, policy } = readSupergraph(join(ROOT, 'schema/supergraph.graphql'));
  const documents = [...readTrustedDocuments(join(ROOT, 'schema/trusted-documents.json')).values()].map(({ document }) => document);
  const parsed = documents.map((text) => {
    const document = parse(text);
    const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition');
    if (operation === undefined) throw new Error('expected an operation');
    return { text, document, operation };
  });
  let turn = 0;
  const next = () => {
    const found = parsed[turn++ % parsed.length];
    if (found === undefined) throw new Error('expected trusted documents');
    return found;
  };
  await step('policy: every field of a trusted document', 1, () => {
    const { document, operation } = next();
    return findRefusals({ schema, document, operation, variables: {} }, policy, CALLER);
  });
  const limits = createDocumentLimits();
  await step('limits: shape and cost of a trusted document', 1, () => {
    const { text, document, operation } = next();
    limits(text);
    return costOf(schema, document, operation, {});
  });

  const signing = developmentKey(folder, 'gateway');
  const body = JSON.stringify({ query: documents[0], variables: { period: { from: '2021-01-01', to: '2021-12-31' } } });
  const claims = { caller: CALLER, requestId: 'request-1', operationHash: bodyHash(body), operationName: 'Totals' };
  const signer = createHopSigner(signing);
  const hop = await signer.sign('calls', body, claims);
  await step('hop: signing one alone', 0, () => signer.sign('calls', body, claims));
  await step('hop: signing four at once, each', 4, () => Promise.all(Array.from({ length: 4 }, () => signer.sign('calls', body, claims))), 4);
  const keys = [publicHalf(signing)];
  await step('hop: verifying the first of a batch, hash of the body included', 4, async () => {
    bodyHash(body);
    await createHopVerifier(keys, 'calls')(hop);
  });
  const verify = createHopVerifier(keys, 'calls');
  await step('hop: verifying another of a batch, hash of the body included', 0, async () => {
    bodyHash(body);
    await verify(hop);
  });
}

async function measureDatabase(): Promise<void> {
  const scratch = await scratchDatabases();
  const database = await openTables('calls', scratch.env);
  try {
    const statement = "SELECT id FROM call WHERE id = '00000000-0000-8000-8000-000000000000'";
    const rows = database.as(() => REACH);
    const without = await step('a statement without row-level security', 0, () => database.query(statement));
    const within = await step('a statement as the application, its transaction and context included', 0, () => rows.query(statement));
    steps.push({ name: 'row-level security: what a statement takes more', median: within.median - without.median, p99: within.p99 - without.p99, times: 12 });
    const accessLog = openAccessLog({
      origin: 'hotline/calls',
      signingKey: developmentKey(folder, 'calls-log'),
      transaction: (work) => database.acting(() => ({ ...REACH, scopes: ['access-log:append'] }), work),
      log: pino({ level: 'silent' }),
    });
    await step('access log: an entry, committed, alone', 4, () => accessLog.append(entry()));
    const many = await step('access log: 64 entries at once, each', 0, () => Promise.all(Array.from({ length: 64 }, () => accessLog.append(entry()))), 64);
    void many;
    await accessLog.close();
  } finally {
    await database.close();
    await scratch.drop();
  }
}

function entry(): AccessEntry {
  const { subject, agency, purpose } = CALLER;
  const at = new Date().toISOString();
  return {
    at,
    subject,
    agency,
    purpose,
    operationHash: 'hash',
    operationName: 'Totals',
    requestId: 'request-1',
    kind: 'statistics',
    fields: ['CallStatistics.total'],
    records: [],
  };
}

/** A request over four services, with everything on; milliseconds. */
async function measureWhole(): Promise<Step> {
  const stack = await startStack({ env: { GRANTS_FOLDER: '' } });
  try {
    const query = 'query Totals { statistics(period: { from: "2021-01-01", to: "2021-12-31" }) { calls { total } referrals { cases } victims { persons } } }';
    const as = { roles: ['coordinator'], agency: 'c02', subject: 'officer-1', purpose: 'STATISTICS' } as const;
    const answer = await ask(stack.gateway, query, {}, {}, { as });
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return await measure('the whole request', 1, () => ask(stack.gateway, query, {}, {}, { as }), 1, TIMES / 10);
  } finally {
    await stack.stop();
  }
}

async function step(name: string, times: number, work: () => unknown, parts = 1): Promise<Step> {
  const measured = await measure(name, times, work, parts, parts > 1 ? TIMES / 20 : TIMES);
  steps.push(measured);
  return measured;
}

async function measure(name: string, times: number, work: () => unknown, parts: number, runs: number): Promise<Step> {
  process.stderr.write(`${name}\n`);
  for (let i = 0; i < runs / 10; i++) await work();
  const took: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begun = performance.now();
    await work();
    took.push(((performance.now() - begun) * 1000) / parts);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return { name, median: at(0.5), p99: at(0.99), times };
}

function report(whole: Step): string[] {
  const sum = steps.reduce((total, { median, times }) => total + median * times, 0);
  return [
    '# What trust costs',
    '',
    `Microseconds, median and 99th percentile of ${TIMES} runs one after another; PostgreSQL on the same machine; ${cpus().length} cores, Node ${process.versions.node}. \`npm run bench:trust\`.`,
    '',
    '| step | median | p99 | in one request over four services |',
    '|---|---:|---:|---:|',
    ...steps.map(({ name, median, p99, times }) => `| ${name} | ${median.toFixed(0)} | ${p99.toFixed(0)} | ${times === 0 ? '–' : `${times} ×`} |`),
    '',
    `Together ${sum.toFixed(0)} µs of work a request, part of it side by side in four processes; the whole request takes ${whole.median.toFixed(0)} µs (p99 ${whole.p99.toFixed(0)}).`,
  ];
}

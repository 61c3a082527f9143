import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockFolder } from '#shared/folder-lock.ts';
import { ENGINE } from '../../testkit/stack.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Who may write nothing that is not theirs: "nobody", where the tests may become them; whoever runs the tests, unless that is root. */
const ROOT_RUNS = process.getuid?.() === 0;
const NOBODY = ROOT_RUNS ? { uid: 65_534, gid: 65_534 } : {};
const POWERLESS = spawnSync(process.execPath, ['subgraphs/shared/explain.ts'], { cwd: ROOT, ...NOBODY }).status === 0;

let folder: string;
let taken: Server;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-starting-'));
  taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  port = (taken.address() as { port: number }).port;
});
afterAll(() => {
  taken?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a subgraph that cannot. @returns its exit code, what it said last of all, and everything else that is above a notice. */
async function fail(name: 'agencies' | 'calls', env: NodeJS.ProcessEnv, user: { uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, [`subgraphs/${name}/main.ts`], {
    cwd: ROOT,
    env: { ...process.env, DATA_FOLDER: join(folder, 'data'), DEMO_RECORDS: 'false', [`${name.toUpperCase()}_PORT`]: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise((done) => child.once('close', done));
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string });
  const serious = lines.filter(({ level }) => level > 30);
  return { code, errors, serious: serious.map(({ level }) => level), says: lines.at(-1)?.msg };
}

const fatally = (says: unknown) => ({ code: 1, errors: '', serious: [60], says });

describe(`a subgraph that cannot start on ${ENGINE} says why in one line`, () => {
  it('when its port is taken', async () => {
    expect(await fail('agencies', { AGENCIES_PORT: String(port) })).toEqual(fatally(`port ${port} is taken: stop what listens there, or set AGENCIES_PORT`));
  });

  it('when another process has its folder', async () => {
    const data = join(folder, 'locked');
    const release = lockFolder(join(data, 'calls'));
    expect(await fail('calls', { DATA_FOLDER: data })).toEqual(
      fatally(`${join(data, 'calls')} is in use by another process: is another calls running? Stop it, or set DATA_FOLDER to another folder`),
    );
    release();
  });

  it.runIf(POWERLESS)('when it may not write its folder', async () => {
    const data = join(folder, 'unwritable');
    mkdirSync(data, { mode: 0o555 });
    expect(await fail('calls', { DATA_FOLDER: data }, NOBODY)).toEqual(
      fatally(expect.stringMatching(/^cannot write \S+: make it writable, or set DATA_FOLDER to another folder$/)),
    );
  });

  it('when its folder is a file, or in one', async () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'half'));
    writeFileSync(join(folder, 'half', 'calls'), '');
    for (const [data, inIt] of [
      [join(folder, 'file'), 'keys/calls-log.pem'],
      [join(folder, 'half'), 'calls'],
    ] as const) {
      expect(await fail('calls', { DATA_FOLDER: data })).toEqual(fatally(`${join(data, inIt)} is no folder: set DATA_FOLDER to another one`));
    }
  });

  it('when its database cannot be reached: nobody listens, nobody knows the host, it is no PostgreSQL', async () => {
    const urls = ['postgres://nobody@127.0.0.1:1/calls', 'postgres://nobody@no-such-host.invalid/calls', 'mysql://root@127.0.0.1/calls'];
    const unreachable = fatally('no PostgreSQL server answers: check CALLS_DATABASE_URL');
    const unlike = fatally('CALLS_DATABASE_URL: expected postgres://user:password@host:port/database');
    expect(await Promise.all(urls.map((url) => fail('calls', { CALLS_DATABASE_URL: url })))).toEqual([unreachable, unreachable, unlike]);
  });

  it.runIf(ENGINE === 'postgresql')('when the server refuses: no such database, no such user', async () => {
    const server = process.env['TEST_DATABASE_URL'] ?? 'postgres://root@127.0.0.1:5432/postgres';
    const nowhere = server.replace(/\/[^/]*$/, '/no_such_database');
    const stranger = server.replace(/\/\/[^@]*@/, '//no_such_user:secret@');
    for (const url of [nowhere, stranger]) {
      const failure = await fail('calls', { CALLS_DATABASE_URL: url });
      expect(failure).toEqual(fatally(expect.stringMatching(/^PostgreSQL refuses the connection \(.*no_such_.*\): check CALLS_DATABASE_URL$/)));
      expect(JSON.stringify(failure)).not.toContain('secret');
    }
  });

  it('when several of its settings are wrong, naming each', async () => {
    expect(await fail('calls', { CALLS_PORT: 'http', LOG_LEVEL: 'loud', DEMO_RECORDS: 'yes' })).toEqual(
      fatally(expect.stringMatching(/^CALLS_PORT: expected a port, 0 to 65535, got "http"; DEMO_RECORDS: .*; LOG_LEVEL: expected one of/)),
    );
  });
});

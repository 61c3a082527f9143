import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSchema, parse, validate } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '#shared/config.ts';
import { loadStartConfig, type StartConfig } from '../../cli/config.ts';
import { guide, type GuideFacts, QUARTERS_QUERY, TOTALS_QUERY, TOTALS_VARIABLES } from '../../cli/start/guide.ts';
import { readCrash, readLogLine } from '../../cli/start/log-lines.ts';
import { openScreen } from '../../cli/start/screen.ts';
import type { Service } from '../../cli/start/service.ts';
import { startStack } from '../../cli/start/stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Some tests start ten processes, which a busy machine takes its time for. */
vi.setConfig({ testTimeout: 30_000 });

const NAMES = ['agencies', 'calls', 'referrals', 'victims', 'gateway'];

/** A service that logs as the real ones do. `DOES` names what it does besides; it writes its process id where the test finds it. */
const FAKE = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { NAME, PORT, DOES = '', PIDS } = process.env;
const log = (entry) => process.stdout.write(JSON.stringify({ level: 30, ...entry }) + '\\n');
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
appendFileSync(PIDS, process.pid + '\\n');
if (!DOES.includes('ignore')) process.once('SIGTERM', () => { log({ phase: 'stopping' }); setTimeout(() => process.exit(0), 50); });
else process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => log({ msg: 'SIGINT reached ' + NAME }));
log({ phase: 'migrating' });
if (DOES.includes('seed')) for (let done = 0; done <= 35000; done += 500) { log({ phase: 'seeding', records: 'calls', done, total: 35000 }); await wait(5); }
if (DOES.includes('slow')) await wait(60000);
if (DOES.includes('warn')) log({ level: 40, msg: 'the disk\\u001b[2J\\nis slow', err: { message: '3 s for 1 page' } });
if (DOES.includes('fatal')) { log({ level: 60, msg: 'no PostgreSQL server answers: check CALLS_DATABASE_URL' }); process.exit(1); }
if (DOES.includes('crash')) throw new TypeError('rows is not iterable');
const server = createServer((request, response) => {
  request.setEncoding('utf8');
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => response.end(body));
});
server.listen(Number(PORT), '127.0.0.1', () => log({ phase: 'ready', url: 'http://127.0.0.1:' + PORT + '/graphql' }));
if (DOES.includes('die later')) { await wait(700); process.exit(3); }
`;

const DRIVER = `
import { start } from ${JSON.stringify(join(ROOT, 'cli/start.ts'))};
process.exitCode = await start({ ...JSON.parse(process.argv[2]), environment: process.env });
`;

let folder: string;
let nextPort = 5100;
const toEnd: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-test-'));
  writeFileSync(join(folder, 'fake.mjs'), FAKE);
  writeFileSync(join(folder, 'drive.ts'), DRIVER);
  writeFileSync(join(folder, 'pids'), '');
});

afterEach(() => {
  for (const end of toEnd.splice(0)) end();
  for (const pid of pids().filter(alive)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('shows the progress of every service, then how to use them, and stops all on Ctrl-C', async () => {
    const run = drive({ calls: 'seed' });
    await run.shows('Ctrl-C stops everything');
    for (const name of NAMES) expect(run.output()).toMatch(new RegExp(`^${name} +ready in \\d+\\.\\d s  http://127\\.0\\.0\\.1:51\\d\\d/graphql$`, 'm'));
    expect(run.output()).toMatch(/^calls +migrating$/m);
    expect(run.output()).toContain('seeding calls ██████░░░░░░ 17,500/35,000');
    expect(run.output().match(/seeding/g)?.length, 'a line per quarter, not per log line').toBeLessThan(7);
    expect(pids().filter(alive)).toHaveLength(5);

    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatch(/Stopping the services…[\s\S]*All services have stopped\n$/);
    expect(pids().filter(alive)).toEqual([]);
  });

  it('takes a second signal, as npm passes Ctrl-C on, for the same order', async () => {
    const run = drive({});
    await run.shows('Ctrl-C stops everything');
    run.process.kill('SIGINT');
    run.process.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.output().match(/Stopping the services/g)).toHaveLength(1);
  });

  it('stops when it is told to while services still start', async () => {
    const run = drive({ calls: 'slow', gateway: 'slow' });
    await run.shows('calls      migrating');
    run.process.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.output()).not.toContain('The graph is ready');
    expect(pids().filter(alive)).toEqual([]);
  });

  it("keeps a terminal's Ctrl-C, which goes to the whole process group, from the services", async () => {
    const run = drive({}, { detached: true });
    await run.shows('Ctrl-C stops everything');
    process.kill(-(run.process.pid ?? 0), 'SIGINT');
    expect(await run.ended).toBe(0);
    expect(log('calls')).toContain('"phase":"stopping"');
    expect(log('calls')).not.toContain('SIGINT reached');
  });

  it('leaves no service behind when it is killed itself, whenever that is', async () => {
    for (const does of ['', 'slow']) {
      const run = drive({ calls: does, victims: does });
      await run.shows(does === '' ? 'Ctrl-C stops everything' : 'victims    migrating');
      run.process.kill('SIGKILL');
      await run.ended;
      await until(() => pids().filter(alive).length === 0);
    }
  });

  it('kills a service that does not stop', async () => {
    const warnings: string[] = [];
    const stack = await startStack(services({ calls: 'ignore' }), {
      ...options(),
      patience: 400,
      onEvent: (_, event) => void ('text' in event && warnings.push(event.text)),
    });
    expect(await stack.ready).toBe(true);
    await stack.stop();
    expect(await stack.ended).toBeUndefined();
    expect(warnings).toEqual(['did not stop within 0.4 s: killed']);
    expect(pids().filter(alive)).toEqual([]);
  });

  it("writes the services' logs into files, run after run, and shows warnings in one line without control characters", async () => {
    for (const runs of [1, 2]) {
      const run = drive({ calls: 'warn' });
      await run.shows('Ctrl-C stops everything');
      run.process.kill('SIGINT');
      await run.ended;
      expect(run.output()).toContain('\ncalls      warning: the disk [2J is slow: 3 s for 1 page\n');
      expect(log('calls').match(/"phase":"ready"/g)).toHaveLength(runs);
      expect(log('calls')).toContain('"phase":"stopping"');
    }
  });
});

describe('what is wrong is said in one line, nothing is left running, and the exit code is 1:', () => {
  it('a port that is taken', async () => {
    const stranger = await listen(5190, '127.0.0.1');
    const run = drive({}, {}, (service) => (service.name === 'victims' ? { ...service, port: 5190 } : service));
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe('Lỗi · Error: port 5190 of victims is taken: stop what listens there, or set VICTIMS_PORT to another port\n');
    expect(pids()).toEqual([]);
    stranger.close();
  });

  it('a port that is taken only where browsers look first for "localhost"', async () => {
    const stranger = await listen(5191, '::1').catch(() => undefined);
    if (stranger === undefined) return;
    const run = drive({}, {}, (service) => (service.name === 'gateway' ? { ...service, port: 5191 } : service));
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('port 5191 of gateway is taken');
    stranger.close();
  });

  it('a second npm start', async () => {
    const first = drive({});
    await first.shows('Ctrl-C stops everything');
    nextPort -= NAMES.length;
    const second = drive({});
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^Lỗi · Error: ports \d+ \(agencies, AGENCIES_PORT\), .*does another npm start run\? Stop it, or set.*\n$/);
    expect(pids().filter(alive)).toHaveLength(5);
    first.process.kill('SIGINT');
    await first.ended;
  });

  it('a host that is not of this machine', async () => {
    const run = drive({}, {}, (service) => ({ ...service, host: '192.0.2.1' }));
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe('Lỗi · Error: 192.0.2.1 is not an address of this machine: set HOST, for example to 127.0.0.1\n');
  });

  it('a data folder that cannot be written', async () => {
    writeFileSync(join(folder, 'data'), 'a file');
    const run = drive({});
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(
      `Lỗi · Error: cannot write ${join(folder, 'data')} (a file is where a folder is expected): make it writable, or set DATA_FOLDER to another folder\n`,
    );
    expect(pids()).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('a data folder without permission', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o500 });
    const run = drive({});
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('(no permission): make it writable, or set DATA_FOLDER to another folder');
  });

  it('a service that cannot start and says why', async () => {
    const run = drive({ calls: 'fatal' });
    expect(await run.ended).toBe(1);
    expect(lastLine(run.output())).toMatch(/^Lỗi · Error: calls: no PostgreSQL server answers: check CALLS_DATABASE_URL \(.* all others were stopped\)$/);
    expect(run.output().match(/no PostgreSQL server/g)).toHaveLength(1);
    expect(pids().filter(alive)).toEqual([]);
  });

  it('a service that crashes', async () => {
    const run = drive({ referrals: 'crash' });
    expect(await run.ended).toBe(1);
    expect(lastLine(run.output())).toContain('referrals ended before it was ready (exit code 1): TypeError: rows is not iterable; its log: ');
    expect(log('referrals')).toContain('TypeError: rows is not iterable');
  });

  it('a service that dies after all were ready, by itself or by kill -9', async () => {
    const run = drive({ calls: 'die later' });
    expect(await run.ended).toBe(1);
    expect(lastLine(run.output())).toContain('calls ended unexpectedly (exit code 3); its log: ');
    expect(pids().filter(alive)).toEqual([]);

    const killed = drive({});
    await killed.shows('Ctrl-C stops everything');
    process.kill(pids().filter(alive)[0] ?? 0, 'SIGKILL');
    expect(await killed.ended).toBe(1);
    expect(lastLine(killed.output())).toContain('ended unexpectedly (signal SIGKILL)');
    expect(pids().filter(alive)).toEqual([]);
  });

  it('a script that is not there', async () => {
    const run = drive({}, {}, (service) => (service.name === 'gateway' ? { ...service, script: join(folder, 'nothing.ts') } : service));
    expect(await run.ended).toBe(1);
    expect(lastLine(run.output())).toMatch(/gateway ended before it was ready \(exit code 1\): Error.*Cannot find module/);
  });
});

describe('on a terminal', () => {
  it('draws one line per service in place, no wider than the terminal', () => {
    let written = '';
    const sink = new Writable({
      write: (text, _encoding, done) => {
        written += String(text);
        done();
      },
    });
    const output = Object.assign(sink, { isTTY: true, columns: 40 }) as unknown as NodeJS.WriteStream;
    const screen = openScreen(['calls', 'gateway'], output, false);
    screen.show('calls', { kind: 'seeding', records: 'calls', done: 12_000, total: 35_000 });
    screen.warn('gateway', 'warning', 'slow');
    screen.show('calls', { kind: 'ready', url: 'http://127.0.0.1:4001/graphql' });
    screen.say('done');
    const shown = drawn(written);
    expect(shown).toEqual([
      expect.stringMatching(/^gateway {2}warning: slow$/),
      expect.stringMatching(/^ {2}calls {4}ready in 0\.\d s$/),
      '  gateway  starting',
      'done',
      '',
    ]);
    expect(written).toContain('seeding calls ████░░░░░░░░ …');
    expect(
      Math.max(
        ...withoutColours(written)
          .split('\n')
          .map((line) => line.replaceAll('\r', '').length),
      ),
    ).toBeLessThan(40);
  });
});

describe('the guide', () => {
  const facts: GuideFacts = {
    milliseconds: 2100,
    gateway: 'http://localhost:4000',
    subgraphs: [
      { name: 'calls', url: 'http://127.0.0.1:4001/graphql', database: 'pglite' },
      { name: 'victims', url: 'http://127.0.0.1:4002/graphql', database: 'postgresql' },
    ],
    dataFolder: '.data',
    logFolder: '.data/logs',
    usualFolder: true,
    demoRecords: true,
    tokens: true,
    graphiql: true,
  };

  it('says the addresses, where data and logs are, and that the records are synthetic, in both languages', () => {
    const text = guide(facts);
    for (const part of [
      'http://localhost:4000/\n',
      'http://localhost:4000/graphql\n',
      'http://127.0.0.1:4001/graphql',
      '.data/; PostgreSQL: victims',
      '.data/logs/<service>.log',
    ])
      expect(text).toContain(part);
    expect(text).toContain('dữ liệu giả lập');
    expect(text).toContain('The demo records are synthetic');
    expect(text).toContain('2129 cuộc gọi · calls (1830, 274, 25), 25 vụ việc · cases');
    expect(text).toContain('npm run import -- calls .data/example-calls.csv');
  });

  it('says who asks, with a token that is made here or that an issuer has made', () => {
    expect(guide(facts)).toContain(`-H "authorization: Bearer $(npm run --silent token -- coordinator)" -H 'x-purpose: STATISTICS'`);
    expect(guide({ ...facts, dataFolder: '/a b', usualFolder: false })).toContain(`$(DATA_FOLDER='/a b' npm run --silent token -- coordinator)`);
    const elsewhere = guide({ ...facts, tokens: false });
    expect(elsewhere).not.toContain('npm run --silent token');
    expect(elsewhere).toMatch(/TOKEN: .*, from OIDC_ISSUER$[\s\S]*^curl .* -H "authorization: Bearer \$TOKEN"/m);
  });

  it('promises no figures and no synthetic records where there are none', () => {
    const text = guide({ ...facts, demoRecords: false });
    expect(text).not.toContain('2129');
    expect(text).toContain('DEMO_RECORDS=false');
  });

  it('prints commands that a shell runs as they stand, in a folder with blanks too', async () => {
    const run = drive({});
    await run.shows('Ctrl-C stops everything');
    const curl = /^curl .*$/m.exec(run.output())?.[0] ?? '';
    expect(JSON.parse(execFileSync('sh', ['-c', curl], { encoding: 'utf8' }))).toEqual({ query: TOTALS_QUERY, variables: TOTALS_VARIABLES });
    const data = join(folder, "data of o'neill");
    mkdirSync(data);
    const text = guide({ ...facts, dataFolder: data, usualFolder: false });
    execFileSync('sh', ['-c', /^printf .*$/m.exec(text)?.[0] ?? '']);
    expect(readFileSync(join(data, 'example-calls.csv'), 'utf8')).toBe('externalId,receivedAt,category\nexample-1,2026-01-15T09:30,COUNSELLING\n');
    expect(text).toMatch(/^DATA_FOLDER='.*' npm run import -- calls '.*'$/m);
    run.process.kill('SIGINT');
    await run.ended;
  });

  it('has operations that the graph answers', () => {
    const supergraph = join(ROOT, 'schema/supergraph.graphql');
    if (!existsSync(supergraph)) return;
    const schema = buildSchema(readFileSync(supergraph, 'utf8'), { assumeValidSDL: true });
    for (const query of [TOTALS_QUERY, QUARTERS_QUERY]) expect(validate(schema, parse(query))).toEqual([]);
  });
});

describe('the configuration', () => {
  it('has the ports of the services and hands each what it needs', () => {
    const config = loadStartConfig({ CALLS_PORT: '5105', DATA_FOLDER: '/tmp/elsewhere', HOST: '0.0.0.0' });
    expect(config.services.map(({ name, port, portVariable }) => [name, port, portVariable])).toEqual([
      ['agencies', 4004, 'AGENCIES_PORT'],
      ['calls', 5105, 'CALLS_PORT'],
      ['referrals', 4003, 'REFERRALS_PORT'],
      ['victims', 4002, 'VICTIMS_PORT'],
      ['gateway', 4000, 'GATEWAY_PORT'],
    ]);
    expect(config.services.at(-1)?.environment).toMatchObject({ GATEWAY_PORT: '4000', CALLS_URL: 'http://127.0.0.1:5105/graphql' });
    expect(config.environment).toMatchObject({ APOLLO_TELEMETRY_DISABLED: '1', DATA_FOLDER: '/tmp/elsewhere' });
    expect(config.usualFolder).toBe(false);
  });

  it('has the ports that the services have by themselves', () => {
    for (const { name, script, port } of loadStartConfig({}).services.slice(0, -1)) {
      if (existsSync(script)) expect(readFileSync(script, 'utf8'), name).toContain(`port: ${port},`);
    }
  });

  it('reports all faults at once, each once', () => {
    const wrong = { CALLS_PORT: 'x', GATEWAY_PORT: '70000', DEMO_RECORDS: 'perhaps', VICTIMS_PORT: '4003' };
    expect(() => loadStartConfig(wrong)).toThrow(ConfigError);
    expect(faults(wrong)).toEqual([
      'DEMO_RECORDS: expected true or false, got "perhaps"',
      'CALLS_PORT: expected a port, 0 to 65535, got "x"',
      'GATEWAY_PORT: expected a port, 1 to 65535, got "70000"',
    ]);
    expect(faults({ VICTIMS_PORT: '4003', AGENCIES_PORT: '0' })).toEqual([
      'AGENCIES_PORT: npm start needs a port, 1 to 65535, got "0"',
      'REFERRALS_PORT and VICTIMS_PORT: expected different ports, got 4003',
    ]);
  });
});

describe('log lines', () => {
  it('are read for progress, warnings and the reason of an end; others are not', () => {
    expect(readLogLine('{"level":30,"phase":"seeding","records":"calls","done":500,"total":35000}')).toEqual({
      kind: 'state',
      state: { kind: 'seeding', records: 'calls', done: 500, total: 35_000 },
    });
    expect(readLogLine('{"level":50,"msg":"a resolver failed","err":{"message":"boom"}}')).toEqual({ kind: 'error', text: 'a resolver failed: boom' });
    expect(readLogLine('{"level":60,"msg":"cannot start: boom","err":{"message":"boom"}}')).toEqual({ kind: 'fatal', text: 'cannot start: boom' });
    for (const line of ['{"level":30,"msg":"request"}', '"phase":', '{"phase":"unheard of"}', '', '["phase":1]', 'null'])
      expect(readLogLine(line), line).toBeUndefined();
    expect(readCrash('x\nError [ERR_X]: first\n    at y\nRangeError: last\n')).toBe('RangeError: last');
    expect(readCrash('(node:1) ExperimentalWarning: new')).toBeUndefined();
  });
});

function faults(env: NodeJS.ProcessEnv): string[] {
  try {
    loadStartConfig(env);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
}

function services(does: Record<string, string>): Service[] {
  return NAMES.map((name) => {
    const port = nextPort++;
    const environment = { NAME: name, PORT: String(port), PIDS: join(folder, 'pids'), DOES: does[name] ?? '' };
    return { name, script: join(folder, 'fake.mjs'), host: '127.0.0.1', port, portVariable: `${name.toUpperCase()}_PORT`, environment };
  });
}

function options() {
  return { folder, dataFolder: join(folder, 'data'), logFolder: join(folder, 'data', 'logs'), environment: process.env };
}

/** `npm start` over fake services, as a process of its own. */
function drive(does: Record<string, string>, spawnOptions: { detached?: boolean } = {}, change: (service: Service) => Service = (service) => service) {
  const config: StartConfig = {
    ...options(),
    services: services(does).map(change),
    engines: {},
    usualFolder: true,
    demoRecords: true,
    tokens: true,
    production: false,
    plain: false,
  };
  if (nextPort > 5180) nextPort = 5100;
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'drive.ts'), JSON.stringify(config)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...spawnOptions,
  });
  toEnd.push(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    process: child,
    output: () => output,
    ended: new Promise<number | null>((done) => child.once('close', (code) => done(code))),
    shows: (text: string) =>
      until(
        () => output.includes(text),
        () => output,
      ),
  };
}

async function until(condition: () => boolean, explain: () => string = () => ''): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (condition()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain: ${explain()}`);
}

function pids(): number[] {
  return readFileSync(join(folder, 'pids'), 'utf8').split('\n').filter(Boolean).map(Number);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended stays listed until its parent asks for it, and in a container the new parent may never ask.
    return !existsSync('/proc') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function log(name: string): string {
  return readFileSync(join(folder, 'data', 'logs', `${name}.log`), 'utf8');
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

function listen(port: number, host: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(port, host, () => done(server));
    toEnd.push(() => server.close());
  });
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return text.replaceAll(/\u001b\[\d*[mJA]/g, '');
}

/** What a terminal shows after the text: knows the three escapes that the screen uses. */
function drawn(text: string): string[] {
  const lines = [''];
  let row = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  for (const [token, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[J|\u001b\[\d+m|\n|\r|[^\u001b\n\r]+/g)) {
    if (up !== undefined) row -= Number(up);
    else if (token === '\u001b[J') lines.splice(row, Number.POSITIVE_INFINITY, '');
    else if (token === '\n') lines[++row] ??= '';
    else if (!token.startsWith('\u001b') && token !== '\r') lines[row] += token;
  }
  return lines;
}

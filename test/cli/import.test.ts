import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runImport, startImport } from '../testkit/import-command.ts';
import { ENGINE, type Service, scratchDatabases, startService } from '../testkit/stack.ts';
import { databaseUrl, openTables } from '../testkit/tables.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The `script` of util-linux gives a program a terminal; that of other systems has other options. */
const TERMINALS = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
const CTRL_C = '\u0003';
const ERASE = '\r\u001b[K';
const STOPPED = 'Đã dừng; dở dang không được ghi · Stopped: what was not finished is not written (calls)';

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  env = { ...process.env, ...scratch.env, DEMO_RECORDS: 'false', CALLS_PORT: '0' };
  writeFileSync(file('some.csv'), csv(0, 40_000));
  // Reading it takes long enough to be stopped meanwhile.
  writeFileSync(file('many.csv'), csv(1_000_000, 80_000));
});
afterAll(() => scratch?.drop());

const file = (name: string) => join(scratch.folder, name);

/** Calls on ten days. */
function csv(first: number, count: number): string {
  const rows = Array.from({ length: count }, (_, n) => `${first + n},2021-03-1${n % 10}T08:30,INFORMATION`);
  return `externalId,receivedAt,category\n${rows.join('\n')}\n`;
}

/** `npm run import -- …` on a terminal with this many columns. `onOutput` is told all that it shows so far, and may type. */
function importOnTerminal(columns: number, args: string[], onOutput: (shown: string, type: (keys: string) => void) => void = () => undefined) {
  const command = `stty cols ${columns} && exec '${process.execPath}' cli/import.ts ${args.map((arg) => `'${arg}'`).join(' ')}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    onOutput(output, (keys) => child.stdin.write(keys));
  });
  return new Promise<{ code: number | null; output: string }>((done) => child.once('close', (code) => done({ code, output })));
}

/** The drawings of the one line that is drawn in place, and the lines that stay. */
function screen(output: string): { drawn: string[]; lines: string[] } {
  const drawn: string[] = [];
  const lines: string[] = [];
  for (const line of output.replaceAll('\r\n', '\n').split('\n').slice(0, -1)) {
    const pieces = line.split(ERASE);
    drawn.push(...pieces.slice(0, -1).filter((piece) => piece !== ''));
    lines.push(pieces.at(-1) ?? '');
  }
  return { drawn, lines };
}

describe.runIf(TERMINALS)(`an import on a terminal, on ${ENGINE}`, () => {
  it('draws how far it has come in one line, and leaves only the result', async () => {
    const { code, output } = await importOnTerminal(80, ['calls', file('some.csv')]);
    const { drawn, lines } = screen(output);
    expect(lines).toEqual(['calls: 40,000 dòng · rows: 40,000 mới · new, 0 cập nhật · updated']);
    expect(code).toBe(0);
    const reading = drawn.filter((line) => line.includes('đọc · reading'));
    expect(reading.length).toBeGreaterThan(0);
    expect(reading[0]).toMatch(/^calls {2}đọc · reading █*░* +\d+ % {2}[\d,]+ dòng · rows$/);
    expect(drawn.at(-1)).toMatch(/^calls {2}ghi · writing 40,000 dòng · rows {2}\d+ s$/);
    const bars = reading.map((line) => /█*/.exec(line.slice(line.search(/[█░]/)))?.[0].length ?? -1);
    expect(bars).toEqual(bars.toSorted((a, b) => a - b));
  });

  it('cuts the line where the terminal ends, and shows faults above it', async () => {
    writeFileSync(file('faults.csv'), `${csv(0, 40_000)}last,yesterday,INFORMATION\n`);
    const { code, output } = await importOnTerminal(40, ['calls', file('faults.csv')]);
    const { drawn, lines } = screen(output);
    expect(code).toBe(1);
    for (const line of drawn) expect(line.length).toBeLessThan(40);
    expect(lines[0]).toMatch(/^line 40002, column receivedAt: expected a moment .*; got "yesterday"$/);
    expect(lines[1]).toContain('40,001 dòng · rows, 1 lỗi · bad: không ghi gì · nothing was written');
    expect(lines).toHaveLength(2);
  });

  it('draws nothing where it is not on one', async () => {
    const { output } = await runImport(env, 'calls', file('some.csv'));
    expect(output).toBe('calls: 40,000 dòng · rows: 0 mới · new, 0 cập nhật · updated\n');
  });
});

describe.runIf(TERMINALS)(`an import that is stopped with Ctrl-C, on ${ENGINE}`, () => {
  /** Types Ctrl-C when the terminal shows `when`. */
  const stopAt = (when: string) => {
    let typed = false;
    return importOnTerminal(100, ['calls', file('many.csv')], (shown, type) => {
      if (!typed && shown.includes(when)) type(CTRL_C);
      typed ||= shown.includes(when);
    });
  };
  // Checking takes an embedded database as much time as all else that is tested here, and is stopped in the same way.
  const phases = ENGINE === 'pglite' ? ['đọc · reading', 'ghi · writing'] : ['đọc · reading', 'kiểm tra · checking', 'ghi · writing'];
  it.each(phases)('says so in one line, at "%s"', async (phase) => {
    const { code, output } = await stopAt(phase);
    expect(screen(output).lines.map((line) => line.replace('^C', ''))).toEqual([STOPPED]);
    expect(code).toBe(130);
  });

  it.runIf(ENGINE === 'postgresql')('does not wait for a service that makes its tables', async () => {
    const client = new pg.Client({ connectionString: databaseUrl('calls', env) });
    await client.connect();
    const locks = () =>
      client.query(
        "SELECT DISTINCT objid, granted FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      );
    try {
      // The lock of database.ts around what only one may do at a time.
      await client.query('SELECT pg_advisory_lock(8111530)');
      const running = startImport(env, 'calls', file('some.csv'));
      await expect.poll(async () => (await locks()).rows.some(({ granted }) => !granted), { timeout: 20_000 }).toBe(true);
      running.process.kill('SIGINT');
      expect(await running.ended).toEqual({ code: 130, signal: null, output: `${STOPPED}\n` });
    } finally {
      await client.end();
    }
  });

  describe.runIf(ENGINE === 'pglite')('while the service has the database', () => {
    let calls: Service;
    beforeAll(async () => {
      calls = await startService('subgraphs/calls/main.ts', env);
    });
    afterAll(() => calls?.stop());

    it.each(['đọc · reading', 'ghi · writing'])('says so in one line, and the service goes on, at "%s"', async (phase) => {
      const { code, output } = await stopAt(phase);
      expect(screen(output).lines.map((line) => line.replace('^C', ''))).toEqual([STOPPED]);
      expect(code).toBe(130);
      expect((await fetch(new URL('/health/ready', calls.url))).status).toBe(200);
    });
  });

  it('has written nothing, whenever it was stopped', async () => {
    const database = await openTables('calls', env);
    expect(await database.query('SELECT count(*)::int AS calls FROM call')).toEqual([{ calls: 40_000 }]);
    await database.close();
  });
});

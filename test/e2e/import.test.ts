import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCsv } from '../testkit/csv-files.ts';
import { FIGURES } from '../testkit/figures.ts';
import { runImport, startImport } from '../testkit/import-command.ts';
import { place, type World } from '../testkit/records.ts';
import { ask, ENGINE, type ScratchDatabases, type Service, type Stack, scratchDatabases, startService, startStack } from '../testkit/stack.ts';
import { type CsvRow, dayIn, inCell, parts } from '../testkit/tally.ts';
import { us50 } from '../testkit/us50.ts';

const DATA = join(import.meta.dirname, '../../subgraphs/demo/data');
const KINDS = ['provinces', 'agencies', 'calls', 'cases', 'handovers', 'victims', 'supports'] as const;
const PERIOD = { from: '2014-12-01', to: '2024-03-31' };

describe(`records of another country, imported while the stack runs on ${ENGINE}`, () => {
  // All 50,000 calls and 14,000 victims on the server, a twentieth of them in the embedded engine, which takes five times as long.
  const records = us50(ENGINE === 'postgresql' ? 1 : 0.05);
  const world = place(records);
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ demo: false });
    for (const kind of KINDS) {
      const columns = Object.keys(records[kind][0] ?? {}).reverse();
      const file = writeCsv(join(stack.folder, `${kind}.csv`), records[kind], {
        columns,
        windows: kind === 'calls',
        separator: kind === 'victims' ? ';' : ',',
      });
      const { code, output } = await runImport(stack.env, kind, file);
      expect(code, output).toBe(0);
      expect(output).toContain(`: ${records[kind].length.toLocaleString('en-US')} mới · new, 0 cập nhật · updated`);
    }
  }, 240_000);
  afterAll(() => stack?.stop());

  it('count exactly, every figure by state and year', async () => {
    const cells = parts(PERIOD.from, PERIOD.to, 'YEAR').flatMap((part) => stateIds(records.provinces).map((province) => ({ ...part, province, agency: null })));
    for (const figure of FIGURES) {
      const answer = await statistics(stack, figure.select, { period: PERIOD, interval: 'YEAR', by: ['PROVINCE'], geography: 'US50' });
      expect(answer.map(figure.read), figure.name).toEqual(cells.map((cell) => figure.expect(inCell(world[figure.fact], cell, false))));
    }
  }, 120_000);

  it('count exactly, every figure over all, those without a state included', async () => {
    for (const figure of FIGURES) {
      const [cell] = await statistics(stack, figure.select, { period: PERIOD });
      expect(figure.read(cell), figure.name).toEqual(figure.expect(world[figure.fact].map(({ row }) => row)));
    }
  }, 60_000);

  it('say how many have no state and how many no agency', async () => {
    const select = `calls { unlocated unassigned } referrals { casesUnlocated casesUnassigned handoversUnlocated }
      victims { unlocated unassigned supports { unlocated unassigned } }`;
    const [cell] = await statistics(stack, select, { period: PERIOD });
    const without = (fact: keyof World, what: 'province' | 'agency') => world[fact].filter((placed) => placed[what] === '').length;
    expect(cell).toEqual({
      calls: { unlocated: without('calls', 'province'), unassigned: without('calls', 'agency') },
      referrals: {
        casesUnlocated: without('cases', 'province'),
        casesUnassigned: without('cases', 'agency'),
        handoversUnlocated: world.handovers.filter(({ province, row }) => province === '' && row['state'] !== 'DRAFT').length,
      },
      victims: {
        unlocated: without('victims', 'province'),
        unassigned: without('victims', 'agency'),
        supports: { unlocated: without('supports', 'province'), unassigned: without('supports', 'agency') },
      },
    });
    expect(cell.calls.unassigned).toBeGreaterThan(0);
  });

  it('change nothing when the same files come again', async () => {
    for (const kind of KINDS) {
      const { output } = await runImport(stack.env, kind, join(stack.folder, `${kind}.csv`));
      for (const line of output.trim().split('\n')) expect(line).toContain(': 0 mới · new, 0 cập nhật · updated');
    }
    const [cell] = await statistics(stack, 'calls { total } referrals { cases handovers } victims { persons supports { total } }', { period: PERIOD });
    expect(cell).toMatchObject({
      calls: { total: records.calls.length },
      victims: { persons: records.victims.length, supports: { total: records.supports.length } },
    });
  }, 120_000);

  it('are counted anew where rows changed, and rollups equal a count over the changed rows', async () => {
    const changed: CsvRow[] = records.calls.map((row, i) =>
      i % 7 === 0 ? { ...row, category: 'COUNSELLING', province: 'US50:AK', topics: 'LEGAL;MISSING_PERSON' } : row,
    );
    const moved: CsvRow[] = records.cases.map((row, i) => (i % 5 === 0 ? { ...row, province: 'US50:WY' } : row));
    const differing = (now: readonly CsvRow[], before: readonly CsvRow[]) => now.filter((row, i) => JSON.stringify(row) !== JSON.stringify(before[i])).length;
    const calls = await runImport(stack.env, 'calls', writeCsv(join(stack.folder, 'changed.csv'), changed));
    expect(calls.output).toContain(`: 0 mới · new, ${differing(changed, records.calls).toLocaleString('en-US')} cập nhật · updated`);
    const cases = await runImport(stack.env, 'cases', writeCsv(join(stack.folder, 'moved.csv'), moved));
    expect(cases.code, cases.output).toBe(0);
    const now = place({ ...records, calls: changed, cases: moved });
    const cells = stateIds(records.provinces).map((province) => ({ ...PERIOD, province, agency: null }));
    for (const figure of FIGURES.filter(({ fact }) => fact === 'calls' || fact === 'cases' || fact === 'handovers')) {
      const answer = await statistics(stack, figure.select, { period: PERIOD, by: ['PROVINCE'], geography: 'US50' });
      expect(answer.map(figure.read), figure.name).toEqual(cells.map((cell) => figure.expect(inCell(now[figure.fact], cell, false))));
    }
  }, 120_000);

  it('leave columns as they are that a later file does not have', async () => {
    const [first] = records.victims;
    const file = writeCsv(join(stack.folder, 'few.csv'), [
      { externalId: first?.['externalId'] ?? '', registeredAt: first?.['registeredAt'] ?? '', legalStatus: 'NOT_VICTIM' },
    ]);
    expect((await runImport(stack.env, 'victims', file)).code).toBe(0);
    const rows: CsvRow[] = records.victims.map((row) => (row === first ? { ...row, legalStatus: 'NOT_VICTIM' } : row));
    const now = place({ ...records, victims: rows });
    for (const figure of FIGURES.filter(({ fact }) => fact === 'victims')) {
      const [cell] = await statistics(stack, figure.select, { period: PERIOD });
      expect(figure.read(cell), figure.name).toEqual(figure.expect(now.victims.map(({ row }) => row)));
    }
  });

  it('leave an event of every record that they change, and of no other', async () => {
    const [first] = records.victims;
    const day = dayIn(first?.['registeredAt'] ?? '');
    const query = `query($filter: VictimFilter) { victims(first: 500, filter: $filter) { nodes { externalId version events { act changes { field from to } } } } }`;
    const { data } = await ask(stack.gateway, query, { filter: { period: { from: day, to: day } } });
    const expected = records.victims
      .filter((row) => dayIn(row['registeredAt'] ?? '') === day)
      .map((row) => {
        const changes = [{ field: 'legalStatus', from: row['legalStatus'], to: 'NOT_VICTIM' }];
        return { externalId: row['externalId'], ...(row === first ? { version: 2, events: [{ act: 'import', changes }] } : { version: 1, events: [] }) };
      });
    const byId = (a: { externalId?: string | undefined }, b: { externalId?: string | undefined }) => (String(a.externalId) < String(b.externalId) ? -1 : 1);
    expect(data.victims.nodes.sort(byId)).toEqual(expected.sort(byId));
  });
});

describe(`bad input on ${ENGINE}: a clear error, and nothing half-written`, () => {
  const small = us50(0.02);
  let stack: Stack;
  const file = (name: string) => join(stack.folder, name);
  const calls = async () => (await statistics(stack, 'calls { total }', { period: PERIOD }))[0]?.calls.total;

  beforeAll(async () => {
    stack = await startStack({ demo: false });
    for (const kind of ['provinces', 'agencies'] as const) await runImport(stack.env, kind, writeCsv(file(`${kind}.csv`), small[kind]));
    await runImport(stack.env, 'provinces', join(DATA, 'provinces.csv'));
  }, 120_000);
  afterAll(() => stack?.stop());

  const row = (externalId: string, more: CsvRow = {}): CsvRow => ({ externalId, receivedAt: '2021-03-05T08:30', category: 'REFERRAL', province: '', ...more });

  it('reports every bad row with line, column, value and what was expected, and writes none', async () => {
    const rows = [
      row('1'),
      row('2', { receivedAt: '2021-02-30T08:00' }),
      row('3', { category: 'referral', province: 'VN63:24' }),
      row('4', { province: 'VN99:24' }),
      row('5', { province: 'VN63:99', receivedAt: 'soon' }),
      row('6', { province: 'VN34:24' }),
      row('1'),
      row(''),
    ];
    const { code, output } = await runImport(stack.env, 'calls', writeCsv(file('bad.csv'), rows));
    expect(code).toBe(1);
    for (const line of [
      'line 3, column receivedAt: expected a moment that exists, as YYYY-MM-DDThh:mm:ss+07:00 (without an offset: Vietnam time; YYYY-MM-DD: its midnight); got "2021-02-30T08:00"',
      'line 4, column category: expected one of INFORMATION, COUNSELLING, REFERRAL; got "referral"',
      'line 5, column province: expected a province as SCHEME:CODE that is loaded; schemes loaded: US50, VN34, VN63; got "VN99:24"',
      'line 6, column province: expected a province as SCHEME:CODE that is loaded; VN63 has no such code; got "VN63:99"',
      'line 6, column receivedAt: expected a moment',
      'line 7, column province: expected a province in force on 2021-03-05; VN34:24 is only from 2025-07-01; got "VN34:24"',
      'line 8, column externalId: expected each source and externalId once in a file; it is also on line 2; got "1"',
      'line 9, column externalId: expected the id that the record has in its source, at most 200 characters; got nothing',
    ])
      expect(output).toContain(line);
    expect(output).toContain('7 lỗi · bad: không ghi gì · nothing was written');
    expect(await calls()).toBe(0);
  });

  it('writes the good rows of the same file when told to skip bad ones', async () => {
    const { code, output } = await runImport(stack.env, 'calls', file('bad.csv'), '--skip-bad-rows');
    expect(code, output).toBe(0);
    expect(output).toContain('calls: 8 dòng · rows: 1 mới · new, 0 cập nhật · updated, 7 bỏ qua · skipped');
    expect(await calls()).toBe(1);
  });

  it('refuses unknown, missing and repeated columns, naming those there are', async () => {
    writeFileSync(file('columns.csv'), 'externalId,Category,receivedAt,receivedAt\n1,REFERRAL,2021-01-01,2021-01-01\n');
    const { code, output } = await runImport(stack.env, 'calls', file('columns.csv'));
    expect(code).toBe(1);
    expect(output).toMatch(
      /line 1: expected the names of the columns, in any order: source, externalId \(required\), .*got unknown column "Category"; column receivedAt twice; no column category/,
    );
  });

  it('refuses a file in the same words each time, however soon the service answers', async () => {
    const outputs = new Set<string>();
    for (let i = 0; i < 5; i += 1) outputs.add((await runImport(stack.env, 'calls', writeCsv(file('other.csv'), small.cases))).output);
    expect([...outputs]).toEqual([expect.stringMatching(/^Lỗi · Error: line 1: expected the names of the columns.*\(không ghi gì · nothing was written\)\n$/)]);
  });

  it('refuses a file that was cut short within a quoted cell, and one cut within a row', async () => {
    const whole = readFileSync(writeCsv(file('whole.csv'), small.agencies), 'utf8');
    writeFileSync(file('cut.csv'), whole.slice(0, whole.lastIndexOf('inc.')));
    expect((await runImport(stack.env, 'agencies', file('cut.csv'))).output).toMatch(
      /line \d+: expected the quote that opens here to be closed, which it is not before the end of the file/,
    );
    const text = readFileSync(
      writeCsv(
        file('calls.csv'),
        small.calls.map((call) => ({ ...call, externalId: `${call['externalId']}` })),
      ),
      'utf8',
    );
    writeFileSync(file('cut.csv'), text.slice(0, text.lastIndexOf(',')));
    const { code, output } = await runImport(stack.env, 'calls', file('cut.csv'));
    expect(code).toBe(1);
    expect(output).toContain('cells, as many as the first line has');
    expect(await calls()).toBe(1);
  });

  it('refuses records whose own record is not there, in the database or in the file', async () => {
    const cases = await runImport(stack.env, 'cases', writeCsv(file('cases.csv'), small.cases.slice(0, 10)));
    expect(cases.code, cases.output).toBe(0);
    const drafts = ['draft 1', 'draft 2', 'draft 3'].map((externalId) => ({
      externalId,
      case: small.cases[1]?.['externalId'] ?? '',
      fromAgency: 'polaris',
      toAgency: 'fbi-hq',
      state: 'DRAFT',
      createdAt: '2021-01-01',
      redirectedFrom: '',
    }));
    const [first = {}, second, third]: CsvRow[] = drafts;
    const rows = [first, { ...second, case: 'nothing' }, { ...third, redirectedFrom: 'draft 1' }];
    const refused = await runImport(stack.env, 'handovers', writeCsv(file('handovers.csv'), rows));
    expect(refused.output).toContain('line 3, column case: expected the externalId (in the same source) or id of a case that is loaded; got "nothing"');
    // Leaving out one row leaves another without the record that it points back to.
    const chain = [first, { ...second, case: 'nothing' }, { ...third, redirectedFrom: 'draft 2' }];
    const skipped = await runImport(stack.env, 'handovers', writeCsv(file('chain.csv'), chain), '--skip-bad-rows');
    expect(skipped.output).toContain(
      'line 4, column redirectedFrom: expected the externalId (in the same source) or id of a handover that is loaded; got "draft 2"',
    );
    expect(skipped.output).toContain('1 mới · new, 0 cập nhật · updated, 2 bỏ qua · skipped');
  });

  it('says which records and files it expects', async () => {
    expect(await runImport(stack.env, 'people', file('bad.csv'))).toMatchObject({
      code: 2,
      output: expect.stringContaining('expected one of provinces, agencies, plans, calls, cases, handovers, victims, supports, got "people"'),
    });
    expect(await runImport(stack.env, 'calls', file('none.csv'))).toMatchObject({ code: 2, output: expect.stringContaining('there is no such file') });
    expect(await runImport(stack.env, 'calls')).toMatchObject({ code: 2, output: expect.stringContaining('expected a file') });
  });

  it('of ids: what cannot be one is none, and spoils no other', async () => {
    const query = 'query ($bad: ID!) { bad: province(id: $bad) { id } good: province(id: "US50:AK") { id } agency(id: $bad) { id } call(id: $bad) { id } }';
    for (const bad of ['a\u0000', '\uD800', '', 'x'.repeat(10_000)]) {
      expect(await ask(stack.gateway, query, { bad })).toEqual({ data: { bad: null, good: { id: 'US50:AK' }, agency: null, call: null } });
    }
  });

  it('of statistics: dates, order, size, geography', async () => {
    const errors = async (variables: Record<string, unknown>) => (await ask(stack.gateway, query('calls { total }'), variables)).errors;
    expect(await errors({ period: { from: '2021-02-30', to: '2021-03-01' } })).toMatchObject([
      { message: expect.stringContaining('expected a day that exists, as YYYY-MM-DD, got "2021-02-30"'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(await errors({ period: { from: '2021-03-02', to: '2021-03-01' } })).toMatchObject([
      { message: expect.stringContaining('expected `to` not before `from`, got from 2021-03-02 to 2021-03-01'), extensions: { code: 'BAD_PERIOD' } },
    ]);
    expect(await errors({ period: { from: '1900-01-01', to: '2199-12-31' }, interval: 'DAY' })).toMatchObject([
      { message: expect.stringMatching(/expected at most 10000 cells, got 109573/), extensions: { code: 'TOO_MANY_CELLS', cells: 109_573, bound: 10_000 } },
    ]);
    expect(await errors({ period: PERIOD, by: ['PROVINCE'], geography: 'XX' })).toMatchObject([
      { message: expect.stringContaining('expected AS_RECORDED or one of US50, VN34, VN63, got XX'), extensions: { code: 'UNKNOWN_GEOGRAPHY' } },
    ]);
  });
});

describe(`an import that dies on ${ENGINE}`, () => {
  // So many that an import is still under way when it is killed: that it was, the tests look at.
  const records = us50(ENGINE === 'postgresql' ? 0.6 : 0.2);
  let databases: ScratchDatabases;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    databases = await scratchDatabases('tables');
    env = { ...process.env, ...databases.env, DEMO_RECORDS: 'false', CALLS_PORT: '0' };
    for (const kind of ['provinces', 'agencies'] as const) await runImport(env, kind, writeCsv(join(databases.folder, `${kind}.csv`), records[kind]));
  });
  afterAll(() => databases?.drop());

  it.each(['while the service runs', 'while it does not'])(
    'half-way leaves nothing behind, and succeeds when repeated, %s',
    async (when) => {
      const file = callsOf(when);
      let service = await startCalls();
      const before = await countOf(service);
      if (when === 'while it does not') await service.stop();
      for (const delay of [700, 1_200]) {
        const running = startImport(env, 'calls', file);
        setTimeout(() => running.process.kill('SIGKILL'), delay);
        expect((await running.ended).signal, 'it was killed under way').toBe('SIGKILL');
      }
      if (when === 'while it does not') service = await startCalls();
      expect([before, before + records.calls.length]).toContain(await countOf(service));
      if (when === 'while it does not') await service.stop();
      const again = await runImport(env, 'calls', file);
      expect(again.code, again.output).toBe(0);
      if (when === 'while it does not') service = await startCalls();
      expect(await countOf(service)).toBe(before + records.calls.length);
      await service.stop();
    },
    120_000,
  );

  it('because the service is killed leaves nothing behind', async () => {
    const file = callsOf('service killed');
    const service = await startCalls();
    const before = await countOf(service);
    const running = startImport(env, 'calls', file);
    setTimeout(() => service.process.kill('SIGKILL'), 1_200);
    const { code } = await running.ended;
    await service.stop();
    // Where it had not asked the service yet, the command imports by itself, as it does on PostgreSQL, and succeeds; otherwise it fails.
    expect(ENGINE === 'pglite' ? [0, 1] : [0]).toContain(code);
    const again = await runImport(env, 'calls', file);
    expect(again.code, again.output).toBe(0);
    const restarted = await startCalls();
    expect(await countOf(restarted)).toBe(before + records.calls.length);
    await restarted.stop();
  }, 120_000);

  it('of demo records is begun again at the next start', async () => {
    const seeding = { ...env, DEMO_RECORDS: 'true', DATA_FOLDER: join(databases.folder, 'seeded') };
    if (ENGINE === 'postgresql') await databases.empty('calls');
    await killWhen(seeding, '"records":"agencies"');
    await killWhen(seeding, '"records":"calls","done":10');
    const service = await startService('subgraphs/calls/main.ts', seeding);
    expect(await countOf(service, '2013-10-01/2021-09-30')).toBe(21_046);
    await service.stop();
  }, 120_000);

  const startCalls = () => startService('subgraphs/calls/main.ts', env);

  /** The calls as they would come from one more source. */
  function callsOf(source: string): string {
    return writeCsv(
      join(databases.folder, 'calls.csv'),
      records.calls.map((row) => ({ source, ...row })),
    );
  }

  /** How many calls the service counts, in all and by category alike; asked as the gateway asks. */
  async function countOf(service: Service, period = `${PERIOD.from}/${PERIOD.to}`): Promise<number> {
    const cell = `{ __typename: "StatisticsCell", id: "${period}|*|*" }`;
    const { data } = await ask(service, `{ _entities(representations: [${cell}]) { ... on StatisticsCell { calls { total byCategory { total } } } } }`);
    const { total, byCategory } = data._entities[0].calls;
    expect(byCategory.reduce((sum: number, item: { total: number }) => sum + item.total, 0)).toBe(total);
    return total;
  }
});

/** Starts the calls subgraph and kills it as soon as it logs `text`. */
async function killWhen(env: NodeJS.ProcessEnv, text: string): Promise<void> {
  const child = spawn(process.execPath, ['subgraphs/calls/main.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
    if (log.includes(text)) child.kill('SIGKILL');
  });
  const signal = await new Promise((done) => child.once('close', (_code, by) => done(by)));
  expect(signal, log).toBe('SIGKILL');
}

function query(select: string): string {
  return `query ($period: PeriodInput!, $interval: Interval, $by: [Dimension!]! = [], $geography: Geography! = "AS_RECORDED") {
    statistics(period: $period, interval: $interval, by: $by, geography: $geography) { ${select} } }`;
}

/** The cells that the gateway answers. */
async function statistics(stack: Stack, select: string, variables: Record<string, unknown>) {
  const { data, errors } = await ask(stack.gateway, query(select), variables);
  expect(errors).toBeUndefined();
  return data.statistics;
}

function stateIds(provinces: readonly CsvRow[]): string[] {
  return provinces.map((row) => `US50:${row['code']}`).sort();
}

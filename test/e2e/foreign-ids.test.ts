/** What ministries keep of each other's ids: nothing by which whoever has two databases could join them, while the graph joins them for who may. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idCipher } from '#shared/foreign-ids/cipher.ts';
import { mapFields } from '#shared/foreign-ids/foreign-ids.ts';
import type { Database } from '#shared/database.ts';
import { acting } from '../testkit/acting.ts';
import { act, done } from '../testkit/acts.ts';
import { writeCsv } from '../testkit/csv-files.ts';
import { runImport } from '../testkit/import-command.ts';
import { ask, ENGINE, REFERENCE_KEYS, type Service, type Stack, SUBGRAPHS, type SubgraphName, startService, startStack } from '../testkit/stack.ts';
import { openTables } from '../testkit/tables.ts';
import { figuresOnly } from './questions/answers.ts';

const HOTLINE = { agencyId: 'cuc-tre-em' };
const POLICE = { agencyId: 'c02' };
const hourAgo = new Date(Date.now() - 3_600_000).toISOString();

/**
 * Ids that several ministries keep on purpose, as SQL that reads them.
 * - Requests: by a request's id an auditor follows one request through all ministries' logs, and finds the one that does not say what the others do.
 *   It tells that records were read together, to whoever has both logs; without it nobody could prove who read what.
 */
const ON_PURPOSE = ['SELECT DISTINCT request_id AS id FROM access_log'];

/** What is asked across ministries; the answers must not depend on how ids are kept. */
const QUESTIONS = ['FromCallsToSupport', 'VictimsPerCase', 'CallersWhoLedToVictims', 'MinorsReferredByAgency', 'CasesWithSeveralAgencies'];
const PERIOD = { from: '2013-10-01', to: '2026-12-31' };

let stack: Stack;
let ids: { call: string; file: string; second: string; person: string };
const registering = { clientMutationId: 'once and again', ...POLICE, sex: 'FEMALE' };
const restarted: Service[] = [];

beforeAll(async () => {
  stack = await startStack();
  const { id: call } = await done(stack.gateway, 'callRecord', { ...HOTLINE, receivedAt: hourAgo, category: 'REFERRAL', callerType: 'VICTIM' });
  const { id: file } = await done(stack.gateway, 'caseOpen', { ...HOTLINE, callId: call, callReceivedAt: hourAgo, callerType: 'VICTIM' });
  const { id: second } = await done(stack.gateway, 'caseOpen', { ...HOTLINE });
  const { id: handover } = await done(stack.gateway, 'handoverDraft', { ...HOTLINE, caseId: file, toAgencyId: 'c02', legalBasis: 'STATUTORY_REPORT' });
  await done(stack.gateway, 'handoverSend', { ...HOTLINE, id: handover });
  const { id: person } = await done(stack.gateway, 'victimRegister', { ...registering, caseId: file });
  await done(stack.gateway, 'victimUpdate', { ...POLICE, id: person, caseId: second });
  await done(stack.gateway, 'victimUpdate', { ...POLICE, id: person, caseId: file });
  ids = { call, file, second, person };
}, 240_000);
afterAll(async () => {
  for (const service of restarted) await service.stop();
  await stack?.stop();
});

const stop = (name: SubgraphName) => Promise.all([stack.subgraphs[name], ...restarted].filter(({ script }) => script.includes(name)).map((one) => one.stop()));

/** Starts a service that was stopped, where it was. */
async function restart(name: SubgraphName, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { port } = new URL(stack.subgraphs[name].url);
  restarted.push(await startService(`subgraphs/${name}/main.ts`, { ...stack.env, [`${name.toUpperCase()}_PORT`]: port, ...env }));
}

/** Everything that is asked across ministries, without when it was. */
async function askAll() {
  const answers: Record<string, unknown> = {};
  for (const name of QUESTIONS) {
    const query = readFileSync(join(import.meta.dirname, '../../schema/operations', `${name}.graphql`), 'utf8');
    const { data, errors } = await ask(stack.gateway, query, { period: PERIOD });
    expect(errors, name).toBeUndefined();
    answers[name] = figuresOnly(data);
  }
  const query = `query($call: ID!, $file: ID!, $person: ID!) {
    call(id: $call) { id case { id call { id } victims { totalCount nodes { id case { id call { id } } } } } }
    victims(filter: { case: $file }) { totalCount nodes { id case { id } } }
    victim(id: $person) { case { id } events { act changes { field from to } } }
    latest: victims(first: 100) { nodes { id case { id stage call { id receivedAt } } } }
  }`;
  const { data, errors } = await ask(stack.gateway, query, { call: ids.call, file: ids.file, person: ids.person });
  expect(errors).toBeUndefined();
  return { ...answers, records: data };
}

describe(`ids of other ministries’ records, on ${ENGINE}`, () => {
  it('are in every answer those of the graph: references, filters, lists, events', async () => {
    const { records } = await askAll();
    const { call, file, second, person } = ids;
    expect(records.call).toEqual({
      id: call,
      case: { id: file, call: { id: call }, victims: { totalCount: 1, nodes: [{ id: person, case: { id: file, call: { id: call } } }] } },
    });
    expect(records.victims).toEqual({ totalCount: 1, nodes: [{ id: person, case: { id: file } }] });
    const moves = records.victim.events.map((event: { changes: { field: string }[] }) => event.changes.find(({ field }) => field === 'caseId'));
    expect(moves).toEqual([
      { field: 'caseId', from: null, to: file },
      { field: 'caseId', from: file, to: second },
      { field: 'caseId', from: second, to: file },
    ]);
    expect(records.latest.nodes.filter((one: { case: { stage: string } | null }) => one.case?.stage).length).toBeGreaterThan(90);
  });

  it('are sealed by imports too, and name the same records', async () => {
    const row = { source: 'clinic', externalId: 'P-1', case: ids.file, registeredAt: '2026-01-02', legalStatus: 'IN_IDENTIFICATION', agency: 'c02' };
    for (const [n, referredTo] of [ids.second, ids.file].entries()) {
      const { code, output } = await runImport(stack.env, 'victims', writeCsv(join(stack.folder, `victims-${n}.csv`), [{ ...row, case: referredTo }]));
      expect(code, output).toBe(0);
    }
    const query = 'query($file: ID!) { victims(filter: { case: $file }) { nodes { externalId case { id } events { changes { field from to } } } } }';
    const { data, errors } = await ask(stack.gateway, query, { file: ids.file });
    expect(errors).toBeUndefined();
    expect(data.victims.nodes.find((one: { externalId: string }) => one.externalId === 'P-1')).toEqual({
      externalId: 'P-1',
      case: { id: ids.file },
      events: [{ changes: [{ field: 'caseId', from: ids.second, to: ids.file }] }],
    });
  });
});

describe(`the databases of two ministries, on ${ENGINE}`, () => {
  let answers: Awaited<ReturnType<typeof askAll>>;
  const kept = {} as Record<SubgraphName, Kept>;

  beforeAll(async () => {
    answers = await askAll();
    for (const name of SUBGRAPHS) {
      await stop(name);
      kept[name] = await readAll(name);
    }
  }, 120_000);

  it('PSD-01: MUST NOT have an id in common: in no table, event, journal or log, written in whatever way', () => {
    const onPurpose = new Set(SUBGRAPHS.flatMap((name) => [...kept[name].onPurpose]));
    for (const [a, b] of SUBGRAPHS.flatMap((one, n) => SUBGRAPHS.slice(n + 1).map((other) => [one, other] as const))) {
      const common = [...idsIn(kept[a].text)].filter((id) => !onPurpose.has(id) && kept[b].digits.has(id));
      expect(common, `${a} and ${b}`).toEqual([]);
    }
    // They would be found.
    for (const name of ['calls', 'referrals', 'victims'] as const) expect(idsIn(kept[name].text).size, name).toBeGreaterThan(400);
    const { call, file, person } = ids;
    expect(kept.calls.digits.has(bare(call)) && kept.referrals.digits.has(bare(file)) && kept.victims.digits.has(bare(person))).toBe(true);
    expect([...kept.victims.onPurpose].filter((id) => kept.referrals.onPurpose.has(id)).length).toBeGreaterThan(0);
  });

  it('are joined by who has the key, and by nobody else', () => {
    const cases = new Set(kept.referrals.own);
    expect(kept.victims.opened.length).toBeGreaterThan(400);
    expect(kept.victims.opened.filter((id) => !cases.has(id)).length).toBeLessThan(kept.victims.opened.length / 10);
    expect(kept.victims.sealed.filter((id) => cases.has(id))).toEqual([]);
  });

  it('PSD-02: a service with another key MUST refuse to start, and change nothing', async () => {
    const [was] = await onTables('victims', (database) => database.query('SELECT md5(string_agg(case_id::text, id::text ORDER BY id)) FROM victim'));
    await expect(restart('victims', { VICTIMS_REFERENCE_KEY: Buffer.alloc(32, 'another').toString('base64') })).rejects.toThrow(
      /ended with 1: .*expected in VICTIMS_REFERENCE_KEY the key/,
    );
    const [is] = await onTables('victims', (database) => database.query('SELECT md5(string_agg(case_id::text, id::text ORDER BY id)) FROM victim'));
    expect(is).toEqual(was);
  }, 60_000);

  it('from before there were keys are sealed at the start, and answer the same', async () => {
    for (const name of ['referrals', 'victims'] as const) await asBefore(name);
    const both = new Set(
      await onTables('referrals', (database) => database.query<{ id: string }>('SELECT id FROM referral_case')).then((rows) => rows.map(({ id }) => id)),
    );
    expect(both.size).toBeGreaterThan(400);
    for (const name of SUBGRAPHS) await restart(name);
    expect(await askAll()).toEqual(answers);
    // The client of an act that was done before asks again.
    expect(await act(stack.gateway, 'victimRegister', { ...registering, caseId: ids.file })).toMatchObject({ record: { id: ids.person }, userErrors: [] });
    expect((await act(stack.gateway, 'victimRegister', { ...registering, caseId: ids.second })).userErrors).toMatchObject([{ code: 'KEY_REUSED' }]);
  }, 120_000);

  it('from before, once sealed, have no id in common either', async () => {
    for (const name of ['referrals', 'victims'] as const) await stop(name);
    const [referrals, victims] = [await readAll('referrals'), await readAll('victims')];
    const onPurpose = new Set([...referrals.onPurpose, ...victims.onPurpose]);
    expect([...idsIn(victims.text)].filter((id) => !onPurpose.has(id) && referrals.digits.has(id))).toEqual([]);
  }, 60_000);
});

/** What somebody gets who takes away a ministry's database and the log of its service. */
interface Kept {
  readonly text: string;
  /** All that could be an id in it, as 32 hexadecimal digits. */
  readonly digits: ReadonlySet<string>;
  readonly onPurpose: ReadonlySet<string>;
  readonly own: readonly string[];
  readonly sealed: readonly string[];
  readonly opened: readonly string[];
}

const bare = (id: string) => id.replaceAll('-', '').toLowerCase();
const idsIn = (text: string) => new Set([...text.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi)].map(([id]) => bare(id)));

async function onTables<T>(name: SubgraphName, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openTables(name, stack.env);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function readAll(name: SubgraphName): Promise<Kept> {
  return onTables(name, async (database) => {
    const tables = await database.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`);
    const log = [stack.subgraphs[name], ...restarted.filter(({ script }) => script.includes(name))].flatMap((service) => service.log);
    const parts: string[] = log.map((line) => JSON.stringify(line));
    for (const { name: table } of tables) {
      parts.push(...(await database.query<{ row: string }>(`SELECT t::text AS row FROM "${table}" t`)).map(({ row }) => row));
    }
    const text = parts.join('\n');
    const digits = idsIn(text);
    for (const [run] of text.matchAll(/[0-9a-f]{32,}/gi)) for (let at = 0; at + 32 <= run.length; at += 1) digits.add(run.slice(at, at + 32).toLowerCase());
    const onPurpose = new Set(log.flatMap((line) => (typeof line['requestId'] === 'string' ? [bare(line['requestId'])] : [])));
    for (const statement of ON_PURPOSE) for (const { id } of await database.query<{ id: string }>(statement)) onPurpose.add(bare(id));
    const column = async (sql: Pick<Database, 'query'>, statement: string) =>
      (await sql.query<Record<string, string>>(statement)).flatMap((row) => Object.values(row));
    const foreign = 'SELECT case_id AS "caseId" FROM victim WHERE case_id IS NOT NULL';
    return {
      ...{ text, digits, onPurpose },
      own: name === 'referrals' ? await column(database, 'SELECT id FROM referral_case') : [],
      sealed: name === 'victims' ? await column(database, foreign) : [],
      opened:
        name === 'victims'
          ? await column(
              database.as(() => acting('c02').reach),
              foreign,
            )
          : [],
    };
  });
}

/** Makes of a database what it was before there were keys: all ids in clear, and no trace of a key. */
function asBefore(name: 'referrals' | 'victims'): Promise<void> {
  return onTables(name, async (database) => {
    const cipher = idCipher(Buffer.from(REFERENCE_KEYS[name === 'victims' ? 'VICTIMS_REFERENCE_KEY' : 'REFERRALS_REFERENCE_KEY'], 'base64'));
    const { columns, fields } = database.foreignIds;
    const open = (id: string) => {
      const hex = cipher.open(Buffer.from(bare(id), 'hex')).toString('hex');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    };
    const openIn = (value: unknown) => JSON.stringify(mapFields(value, fields, open));
    await database.session(async (session) => {
      for (const { table, column } of columns) {
        await session.query(`ALTER TABLE "${table}" DISABLE TRIGGER USER`);
        const rows = await session.query<{ id: string }>(`SELECT DISTINCT ${column} AS id FROM "${table}" WHERE ${column} IS NOT NULL`);
        await session.query(`UPDATE "${table}" SET ${column} = n.clear FROM unnest($1::uuid[], $2::uuid[]) n (kept, clear) WHERE ${column} = n.kept`, [
          rows.map(({ id }) => id),
          rows.map(({ id }) => open(id)),
        ]);
        await session.query(`ALTER TABLE "${table}" ENABLE TRIGGER USER`);
      }
      await session.query('ALTER TABLE record_event DISABLE TRIGGER USER');
      for (const { id, changes } of await session.query<{ id: string; changes: unknown }>('SELECT id::text AS id, changes FROM record_event')) {
        await session.query('UPDATE record_event SET changes = $2 WHERE id = $1', [id, openIn(changes)]);
      }
      await session.query('ALTER TABLE record_event ENABLE TRIGGER USER');
      for (const { agency, key, digest, answer } of await session.query<Record<string, string>>('SELECT agency, key, input_hash AS digest, answer FROM act')) {
        const clear = cipher.open(Buffer.from(digest ?? '', 'hex')).toString('hex');
        await session.query('UPDATE act SET input_hash = $3, answer = $4 WHERE agency = $1 AND key = $2', [agency, key, clear, openIn(answer)]);
      }
      await session.query('DELETE FROM reference_key');
    });
  });
}

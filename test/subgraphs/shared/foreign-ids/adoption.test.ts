import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordKind } from '#schema/record-kinds.ts';
import type { DatabaseConfig } from '#shared/config.ts';
import { type Database, openDatabase } from '#shared/database.ts';
import { explain } from '#shared/explain.ts';
import { adoptReferenceKey, WrongReferenceKey } from '#shared/foreign-ids/adoption.ts';
import { foreignIdsIn } from '#shared/foreign-ids/foreign-ids.ts';
import type { ReferenceKeys } from '#shared/foreign-ids/keys.ts';
import { recordId } from '#shared/record-id.ts';
import { acting } from '../../../testkit/acting.ts';
import { differences } from '../../../testkit/recount.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../../testkit/stack.ts';
import { databaseUrl } from '../../../testkit/tables.ts';

const [FIRST, SECOND, OTHER] = ['first', 'second', 'other'].map((text) => Buffer.alloc(32, text)) as [Buffer, Buffer, Buffer];
const id = (kind: RecordKind, n: number | string) => recordId('a key of tests', kind, 'test', String(n));

/** What each service keeps of another's records: in which column and field, of which kind, and statements that write two such records in clear. */
const KEPT = {
  victims: {
    table: 'victim',
    column: 'case_id',
    field: 'caseId',
    kind: 'case',
    own: 'victim',
    insert: `INSERT INTO victim (id, source, external_id, case_id, registered_at, legal_status, sex, ethnicity, acts, means, purposes, agency)
      SELECT i, 's', i::text, f, '2025-01-04', 'IN_IDENTIFICATION', 'FEMALE', 'KINH', '{}', '{}', '{}', 'a' FROM unnest($1::uuid[], $2::uuid[]) x (i, f)`,
  },
  referrals: {
    table: 'referral_case',
    column: 'call_id',
    field: 'callId',
    kind: 'call',
    own: 'case',
    insert: `INSERT INTO referral_case (id, source, external_id, call_id, opened_at, stage, agency, call_received_at, caller_type)
      SELECT i, 's', i::text, f, '2025-01-02', 'RECEIVED', 'a', CASE WHEN f IS NOT NULL THEN timestamptz '2025-01-01' END, 'PUBLIC'
      FROM unnest($1::uuid[], $2::uuid[]) x (i, f)`,
  },
} as const;
type Keeper = keyof typeof KEPT;

let scratch: ScratchDatabases;
const opened: Database[] = [];
beforeEach(async () => {
  scratch = await scratchDatabases('tables');
}, 120_000);
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await scratch?.drop();
});

describe.each(Object.keys(KEPT) as Keeper[])(`the ids that %s keeps of other ministries’ records, on ${ENGINE}`, (name) => {
  const { table, column, field, kind, own, insert } = KEPT[name];
  const foreigners = [id(kind, 1), id(kind, 1), id(kind, 2), null];
  const changes = [
    { field, from: null, to: id(kind, 1) },
    { field: 'reason', from: null, to: 'because' },
  ];
  const answer = { record: { id: id(own, 1), [field]: id(kind, 1), version: 1 }, userErrors: [] };
  const digest = 'c0ffee00'.repeat(8);

  /** A database as it was before there were keys: three records that refer to two of another ministry, one that refers to none, an event, an act. */
  async function inClear(): Promise<Database> {
    const database = await open(name, FIRST);
    await database.query(insert, [foreigners.map((_, n) => id(own, n)), foreigners]);
    await database.query(`INSERT INTO record_event (kind, record_id, act, at, agency, actor, changes) VALUES ($1, $2, 'x', now(), 'a', 'b', $3)`, [
      own,
      id(own, 1),
      JSON.stringify(changes),
    ]);
    await database.query(`INSERT INTO act (agency, key, name, input_hash, answer) VALUES ('a', 'k', 'x', $1, $2)`, [digest, JSON.stringify(answer)]);
    return database;
  }

  const adopt = (database: Database, keys: ReferenceKeys, log?: Logger) => adoptReferenceKey(database, name, keys, log);
  /** What is in the tables. */
  const kept = async (database: Database) => ({
    columns: (await database.query<{ f: string | null }>(`SELECT ${column} AS f FROM "${table}" ORDER BY external_id`)).map(({ f }) => f),
    events: await database.query('SELECT changes FROM record_event ORDER BY id'),
    acts: await database.query('SELECT input_hash, answer FROM act'),
    check: await database.query('SELECT * FROM reference_key'),
  });
  /** What requests are given. */
  const read = async (database: Database) => {
    const sql = database.as(() => acting('a').reach);
    return {
      columns: (await sql.query<Record<string, string>>(`SELECT ${column} AS "${field}" FROM "${table}" ORDER BY external_id`)).map((row) => row[field]),
      events: await sql.query('SELECT changes FROM record_event ORDER BY id'),
      acts: await sql.query('SELECT answer FROM act'),
    };
  };
  const inOrder = foreigners.map((f, n) => ({ f, own: id(own, n) })).sort((a, b) => (a.own < b.own ? -1 : 1));
  const asBefore = { columns: inOrder.map(({ f }) => f), events: [{ changes }], acts: [{ answer }] };

  it('are sealed at the first start with a key, with what was written of them; requests are given the same as before', async () => {
    const database = await inClear();
    await adopt(database, { current: FIRST });
    const { seal, sealDigest, sealFields } = database.foreignIds;
    const after = await kept(database);
    expect(after.columns).toEqual(inOrder.map(({ f }) => f && seal(f)));
    expect(after.events).toEqual([{ changes: sealFields(changes) }]);
    expect(after.acts).toEqual([{ input_hash: sealDigest(digest), answer: sealFields(answer) }]);
    expect(JSON.stringify(after)).not.toContain(id(kind, 1));
    expect(await read(database)).toEqual(asBefore);
  });

  it('are changed without a figure, a version or a trigger being touched', async () => {
    const database = await inClear();
    const rollups = await database.query('SELECT * FROM rollup ORDER BY fact, grain, start_on, province, agency');
    await adopt(database, { current: FIRST });
    expect(await database.query('SELECT * FROM rollup ORDER BY fact, grain, start_on, province, agency')).toEqual(rollups);
    expect(rollups.length).toBeGreaterThan(0);
    expect(await differences(database, name)).toEqual([]);
    expect(await database.query(`SELECT DISTINCT version FROM "${table}"`)).toEqual([{ version: 1 }]);
    await expect(database.query(`UPDATE record_event SET act = 'y'`)).rejects.toThrow('append-only');
    const idle = `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'`;
    expect(await database.query(idle)).toEqual([]);
  });

  it('stay as they are at the next start', async () => {
    const database = await inClear();
    await adopt(database, { current: FIRST });
    const after = await kept(database);
    const told: object[] = [];
    await adopt(database, { current: FIRST, previous: SECOND }, logTo(told));
    expect(told).toEqual([]);
    expect(await kept(database)).toEqual(after);
  });

  it('refuse another key, as they do one that was never theirs as the one before, and stay as they are', async () => {
    const database = await inClear();
    await adopt(database, { current: FIRST });
    const after = await kept(database);
    for (const keys of [{ current: OTHER }, { current: OTHER, previous: SECOND }]) {
      const refused = await adopt(database, keys).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(WrongReferenceKey);
      const told = explain(refused, name) ?? '';
      expect(told).toContain(`${name.toUpperCase()}_REFERENCE_KEY`);
      expect(told).toContain('nothing was changed');
      expect(told).not.toContain(OTHER.toString('base64'));
      expect(await kept(database)).toEqual(after);
    }
  });

  it('are sealed anew when the key is changed, and the older one then opens nothing any more', async () => {
    const database = await inClear();
    await adopt(database, { current: FIRST });
    const under = await kept(database);
    await database.close();
    opened.splice(0);

    const renewed = await open(name, SECOND, { adopted: true });
    await adopt(renewed, { current: SECOND, previous: FIRST });
    expect(await read(renewed)).toEqual(asBefore);
    const after = await kept(renewed);
    expect(after.columns).toEqual(inOrder.map(({ f }) => f && renewed.foreignIds.seal(f)));
    expect(after.acts).toMatchObject([{ input_hash: renewed.foreignIds.sealDigest(digest) }]);
    for (const part of ['columns', 'events', 'acts', 'check'] as const) expect(after[part], part).not.toEqual(under[part]);
    await expect(adopt(renewed, { current: FIRST })).rejects.toThrow(WrongReferenceKey);
    await adopt(renewed, { current: SECOND });
  });

  it('are all as they were when it is cut off', async () => {
    const database = await inClear();
    const clear = await kept(database);
    const failing = { info: ({ table: at }: { table?: string }) => at === 'act' && fail() } as unknown as Logger;
    await expect(adopt(database, { current: FIRST }, failing)).rejects.toThrow('cut off');
    expect(await kept(database)).toEqual(clear);
    await adopt(database, { current: FIRST });
    expect(await read(database)).toEqual(asBefore);
  });
});

describe(`many ids on ${ENGINE}`, () => {
  const [records, written] = [21_000, 2_100];

  it('are sealed piece by piece, and it is told how far that is', async () => {
    const database = await open('victims', FIRST);
    // No kind's ids: the cipher does not mind.
    const made = (n: string) => `md5(${n}::text)::uuid`;
    await database.query('ALTER TABLE victim DISABLE TRIGGER USER');
    await database.query(
      `INSERT INTO victim (id, source, external_id, case_id, registered_at, legal_status, sex, ethnicity, acts, means, purposes, agency)
       SELECT ${made('(-n)')}, 's', n::text, ${made('n')}, '2025-01-04', 'IN_IDENTIFICATION', 'FEMALE', 'KINH', '{}', '{}', '{}', 'a' FROM generate_series(1, $1::int) n`,
      [records],
    );
    await database.query('ALTER TABLE victim ENABLE TRIGGER USER');
    await database.query(
      `INSERT INTO record_event (kind, record_id, act, at, changes)
       SELECT 'victim', n::text, 'x', now(), jsonb_build_array(jsonb_build_object('field', 'caseId', 'from', null, 'to', ${made('n')})) FROM generate_series(1, $1::int) n`,
      [written],
    );
    await database.query(
      `INSERT INTO act (agency, key, name, input_hash, answer)
       SELECT 'a', n::text, 'x', repeat('ab', 32), jsonb_build_object('record', jsonb_build_object('caseId', ${made('n')})) FROM generate_series(1, $1::int) n`,
      [written],
    );
    const told: { table?: string; done?: number }[] = [];
    await adoptReferenceKey(database, 'victims', { current: FIRST }, logTo(told));
    const last = (table: string) => told.findLast((one) => one.table === table)?.done;
    expect([last('victim'), last('record_event'), last('act')]).toEqual([records, written, written]);
    expect(told.length).toBeGreaterThan(8);

    const clear = `SELECT (SELECT count(*)::int FROM victim WHERE case_id = md5(external_id)::uuid) AS records,
      (SELECT count(*)::int FROM record_event WHERE changes->0->>'to' = ${made('record_id')}::text) AS events,
      (SELECT count(*)::int FROM act WHERE answer->'record'->>'caseId' = ${made('key')}::text) AS acts`;
    expect(await database.query(clear)).toEqual([{ records: 0, events: 0, acts: 0 }]);
    const rows = await database
      .as(() => acting('a').reach)
      .query<{ caseId: string; own: string }>(`SELECT case_id AS "caseId", md5(external_id)::uuid AS own FROM victim`);
    expect(rows.filter(({ caseId, own }) => caseId !== own)).toEqual([]);
    expect(rows).toHaveLength(records);
  }, 120_000);
});

async function open(name: Keeper, current: Buffer, { adopted = false } = {}): Promise<Database> {
  const folder = resolve(import.meta.dirname, '../../../../subgraphs', name);
  const { entities, foreign } = await import(join(folder, 'entities.ts'));
  const config: DatabaseConfig =
    ENGINE === 'postgresql'
      ? { engine: 'postgresql', url: databaseUrl(name, scratch.env) }
      : { engine: 'pglite', folder: join(scratch.env['DATA_FOLDER'] ?? '', name) };
  const database = await openDatabase(config, { name, entities, migrations: join(folder, 'migrations'), foreignIds: foreignIdsIn(foreign, { current }) });
  opened.push(database);
  // A copy of tables that were started with a key: as they are before.
  if (!adopted) await database.query('DELETE FROM reference_key');
  return database;
}

function logTo(lines: object[]): Logger {
  return { info: (line: object) => void lines.push(line) } as unknown as Logger;
}

function fail(): never {
  throw new Error('cut off');
}

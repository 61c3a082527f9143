import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOfId, type RecordKind } from '#schema/record-kinds.ts';
import type { DatabaseConfig } from '#shared/config.ts';
import { type Database, openDatabase } from '#shared/database.ts';
import { statisticsQuery } from '#shared/statistics-root.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { type Counted, differences } from '../../testkit/recount.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../testkit/stack.ts';
import { databaseUrl } from '../../testkit/tables.ts';

/** The last migration before records had versions and their ids told their kind. */
const BEFORE = 'Migration20261124180000_rollups';

/** Any UUID of version 8, the digit for the kind being what it may be. */
const id = (n: number) => `'0a1b2c3d-0000-8f${String(n).padStart(2, '0')}-8000-000000000000'`;

/** Records as they were then; two of each, one referring to the other's. */
const RECORDS: Readonly<Record<Counted, readonly string[]>> = {
  calls: [
    `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, province, agency)
     VALUES (${id(1)}, 's', '1', '2021-03-05T01:00:00Z', 'REFERRAL', '{LEGAL}', 'VICTIM', 'MALE', 'UNKNOWN', 'PHONE', 'VN63:01', 'c02'),
       (${id(2)}, 's', '2', '2021-03-05T18:00:00Z', 'INFORMATION', '{}', 'PUBLIC', 'FEMALE', 'AGE_19_25', 'APP', NULL, NULL)`,
  ],
  referrals: [
    `INSERT INTO referral_case (id, source, external_id, call_id, opened_at, stage, province, agency, call_received_at, caller_type)
     VALUES (${id(1)}, 's', '1', ${id(9)}, '2021-03-05T02:00:00Z', 'SUPPORTING', 'VN63:01', 'cuc-tre-em', '2021-03-05T01:00:00Z', 'VICTIM'),
       (${id(2)}, 's', '2', NULL, '2021-03-06T02:00:00Z', 'RECEIVED', NULL, NULL, NULL, NULL)`,
    `INSERT INTO handover (id, source, external_id, case_id, from_agency, to_agency, state, legal_basis, created_at, sent_at, acknowledged_at, accepted_at, rejected_at,
       rejection_reason, redirected_from_id)
     VALUES (${id(3)}, 's', '1', ${id(1)}, 'cuc-tre-em', 'hlhpn', 'REJECTED', 'CONSENT', '2021-03-05T03:00:00Z', '2021-03-05T04:00:00Z', NULL, NULL, '2021-03-05T05:00:00Z', 'NO_CAPACITY', NULL),
       (${id(4)}, 's', '2', ${id(1)}, 'cuc-tre-em', 'c02', 'ACCEPTED', NULL, '2021-03-05T06:00:00Z', '2021-03-05T07:00:00Z', '2021-03-05T08:00:00Z', '2021-03-10T09:00:00Z', NULL, NULL, ${id(3)})`,
    `INSERT INTO handover_event (handover_id, state, at, agency) VALUES (${id(4)}, 'DRAFT', '2021-03-05T06:00:00Z', 'cuc-tre-em'), (${id(4)}, 'SENT', '2021-03-05T07:00:00Z', 'cuc-tre-em')`,
  ],
  victims: [
    `INSERT INTO victim (id, source, external_id, case_id, registered_at, legal_status, sex, ethnicity, age_at_trafficking, acts, means, purposes, origin_province, destination_country, agency)
     VALUES (${id(1)}, 's', '1', ${id(8)}, '2021-03-05T02:00:00Z', 'VICTIM', 'FEMALE', 'KINH', 16, '{TRANSFER}', '{}', '{FORCED_LABOUR}', 'VN63:01', 'CN', 'c02'),
       (${id(2)}, 's', '2', NULL, '2021-03-06T02:00:00Z', 'IN_IDENTIFICATION', 'MALE', 'UNKNOWN', NULL, '{}', '{}', '{}', NULL, NULL, NULL)`,
    `INSERT INTO support_service (id, source, external_id, victim_id, type, started_at, ended_at, in_shelter, agency)
     VALUES (${id(3)}, 's', '1', ${id(1)}, 'MEDICAL', '2021-04-01T00:00:00Z', NULL, false, 'hlhpn'),
       (${id(4)}, 's', '2', ${id(1)}, 'ESSENTIAL_NEEDS', '2021-04-02T00:00:00Z', '2021-09-01T00:00:00Z', true, 'hlhpn')`,
  ],
};

/** What the services knew of provinces and agencies then. */
const REFERENCES = "INSERT INTO reference (kind, id) VALUES ('province', 'VN63:01'), ('agency', 'c02')";

/** The columns that hold ids, and of what. */
const IDS: Readonly<Record<Counted, readonly (readonly [table: string, column: string, kind: RecordKind])[]>> = {
  calls: [['call', 'id', 'call']],
  referrals: [
    ['referral_case', 'id', 'case'],
    ['referral_case', 'call_id', 'call'],
    ['handover', 'id', 'handover'],
    ['handover', 'case_id', 'case'],
    ['handover', 'redirected_from_id', 'handover'],
  ],
  victims: [
    ['victim', 'id', 'victim'],
    ['victim', 'case_id', 'case'],
    ['support_service', 'id', 'support'],
    ['support_service', 'victim_id', 'victim'],
  ],
};

let scratch: ScratchDatabases;
beforeAll(async () => {
  scratch = await scratchDatabases();
});
afterAll(() => scratch?.drop());

describe.each(Object.keys(RECORDS) as Counted[])(`a database of %s that has records from before, on ${ENGINE}`, (name) => {
  let database: Database;

  beforeAll(async () => {
    database = await open(name);
    await database.orm.migrator.up({ to: BEFORE });
    for (const statement of [...RECORDS[name], REFERENCES]) await database.query(statement);
    expect((await database.migrate()).length).toBeGreaterThan(0);
  }, 60_000);
  afterAll(() => database?.close());

  it.each(IDS[name])('has in %s.%s ids that tell their kind (%s)', async (table, column, kind) => {
    const rows = await database.query<{ id: string }>(`SELECT ${column} AS id FROM "${table}" WHERE ${column} IS NOT NULL`);
    expect(rows.map((row) => kindOfId(row.id))).toEqual(rows.map(() => kind));
    expect(rows.length).toBeGreaterThan(0);
  });

  it('counts as before, and what is counted anew', async () => {
    expect(await differences(database, name)).toEqual([]);
    const [rows] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM rollup');
    expect(rows?.n).toBeGreaterThan(0);
  });

  it('does not roll up provinces of which it does not know what became of them', async () => {
    expect(await database.query('SELECT id, successor FROM reference ORDER BY id')).toEqual([
      { id: 'VN63:01', successor: '?' },
      { id: 'c02', successor: null },
    ]);
    const context = { sql: database, loader: (_: string, make: () => unknown) => make() } as unknown as RequestContext;
    const cells = (geography: string) =>
      statisticsQuery.statistics({}, { period: { from: '2021-01-01', to: '2021-12-31' }, by: ['PROVINCE'], geography }, context);
    await expect(cells('VN34')).rejects.toMatchObject({ extensions: { code: 'PROVINCES_OUTDATED' } });
    expect(await cells('AS_RECORDED')).toHaveLength(1);
  });

  it('has records of version 1', async () => {
    const tables = [...new Set(IDS[name].map(([table]) => table))];
    for (const table of tables) {
      expect(await database.query(`SELECT DISTINCT version FROM "${table}"`), table).toEqual([{ version: 1 }]);
    }
  });
});

it(`keeps the events that handovers had, on ${ENGINE}`, async () => {
  const database = await open('referrals');
  try {
    const [handover] = await database.query<{ id: string }>(`SELECT id FROM handover WHERE external_id = '2'`);
    expect(await database.query('SELECT kind, record_id, act, state, agency FROM record_event ORDER BY id')).toEqual([
      { kind: 'handover', record_id: handover?.id, act: 'import', state: 'DRAFT', agency: 'cuc-tre-em' },
      { kind: 'handover', record_id: handover?.id, act: 'import', state: 'SENT', agency: 'cuc-tre-em' },
    ]);
  } finally {
    await database.close();
  }
});

async function open(name: Counted): Promise<Database> {
  const folder = resolve(import.meta.dirname, '../../../subgraphs', name);
  const { entities } = await import(join(folder, 'entities.ts'));
  const config: DatabaseConfig =
    ENGINE === 'postgresql'
      ? { engine: 'postgresql', url: databaseUrl(name, scratch.env) }
      : { engine: 'pglite', folder: join(scratch.env['DATA_FOLDER'] ?? '', name) };
  return openDatabase(config, { name, entities, migrations: join(folder, 'migrations') });
}

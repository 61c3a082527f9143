import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '#shared/database.ts';
import { differences } from '../../testkit/recount.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../testkit/stack.ts';
import { databaseUrl } from '../../testkit/tables.ts';
import { agency, idOf, moment, oneCode, province, someCodes } from '../../testkit/writings.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** The last migration before the one that counts more. */
const BEFORE = 'Migration20261125010000_acts';
const SEED = Date.now() % 2_147_483_647;

const NUMBERS = Array.from({ length: 60 }, (_, i) => i);
const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { numRuns: NUMBERS.length, seed: SEED });

/** Records of tables by columns; the second table's refer to the first's. */
const RECORDS = {
  referrals: {
    referral_case: sample(fc.record({ opened_at: moment, stage: oneCode('CaseStage'), province, agency, call_received_at: fc.option(moment) })),
    handover: sample(
      fc.record({
        case_id: fc.constantFrom(...NUMBERS).map((n) => idOf('referral_case', n % 20)),
        from_agency: fc.constant('a-1'),
        to_agency: fc.constantFrom('a-1', 'a-2', 'a-3'),
        state: oneCode('HandoverState'),
        created_at: moment,
        sent_at: fc.option(moment),
        accepted_at: fc.option(moment),
      }),
    ),
  },
  victims: {
    victim: sample(
      fc.record({
        registered_at: moment,
        legal_status: oneCode('LegalStatus'),
        sex: oneCode('Sex'),
        ethnicity: oneCode('EthnicityGroup'),
        acts: fc.constant([]),
        means: fc.constant([]),
        purposes: someCodes('Purpose'),
        origin_province: province,
        destination_country: fc.constantFrom('CN', 'KH', null),
        agency,
      }),
    ),
    support_service: sample(
      fc.record({
        victim_id: fc.constantFrom(...NUMBERS).map((n) => idOf('victim', n % 20)),
        type: oneCode('SupportType'),
        started_at: moment,
        ended_at: fc.option(moment),
        in_shelter: fc.boolean(),
        agency,
      }),
    ),
  },
} as const;

let scratch: ScratchDatabases;
beforeAll(async () => {
  scratch = await scratchDatabases();
});
afterAll(() => scratch?.drop());

async function open(name: keyof typeof RECORDS): Promise<Database> {
  const folder = join(ROOT, 'subgraphs', name);
  const { entities } = await import(join(folder, 'entities.ts'));
  const config =
    ENGINE === 'postgresql'
      ? ({ engine: 'postgresql', url: databaseUrl(name, scratch.env) } as const)
      : ({ engine: 'pglite', folder: join(scratch.env['DATA_FOLDER'] ?? '', name) } as const);
  return openDatabase(config, { name, entities, migrations: join(folder, 'migrations') });
}

describe(`a database that has records when more of them is counted on ${ENGINE} (seed ${SEED})`, () => {
  it.each(Object.keys(RECORDS) as (keyof typeof RECORDS)[])('of %s counts them all, and says that nobody has written', async (name) => {
    const database = await open(name);
    try {
      await database.orm.migrator.up({ to: BEFORE });
      for (const [table, rows] of Object.entries<readonly object[]>(RECORDS[name])) {
        const records = rows.map((row, n) => ({ ...row, id: idOf(table, n), source: 's', external_id: String(n) }));
        const columns = Object.keys(records[0] ?? {}).join(', ');
        await database.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::text::jsonb)`, [
          JSON.stringify(records),
        ]);
      }
      const state = () =>
        database.query(
          `SELECT (SELECT count(*)::int FROM record_change) AS changes, (SELECT sum(version)::int FROM ${Object.keys(RECORDS[name])[0]}) AS versions`,
        );
      const before = await state();
      expect(await differences(database, name)).not.toEqual([]);
      await database.migrate();
      expect(await differences(database, name)).toEqual([]);
      expect(await state()).toEqual(before);
    } finally {
      await database.close();
    }
  });
});

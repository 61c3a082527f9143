import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '#shared/database.ts';
import { type Counted, differences } from '../../testkit/recount.ts';
import { ENGINE, scratchDatabases } from '../../testkit/stack.ts';
import { agency, idOf, moment, oneCode, perform, province, someCodes, type Table, writing } from '../../testkit/writings.ts';

const SEED = Date.now() % 2_147_483_647;
const ROOT = join(import.meta.dirname, '../../..');

const HANDOVER_MOMENTS = { sent_at: fc.option(moment), acknowledged_at: fc.option(moment), accepted_at: fc.option(moment) };

/** The tables of each subgraph that count, and what their records may hold. */
const TABLES: Readonly<Record<Counted, readonly Table[]>> = {
  calls: [
    {
      name: 'call',
      columns: {
        received_at: moment,
        category: oneCode('CallCategory'),
        topics: someCodes('CallTopic'),
        caller_type: oneCode('CallerType'),
        caller_sex: oneCode('Sex'),
        caller_age_band: oneCode('CallerAgeBand'),
        channel: oneCode('CallChannel'),
        province,
        agency,
      },
    },
  ],
  referrals: [
    { name: 'referral_case', columns: { opened_at: moment, stage: oneCode('CaseStage'), province, agency } },
    {
      name: 'handover',
      parent: 'case_id',
      columns: {
        from_agency: fc.constant('a-1'),
        to_agency: fc.constantFrom('a-1', 'a-2', 'a-3'),
        state: oneCode('HandoverState'),
        created_at: moment,
        ...HANDOVER_MOMENTS,
        rejection_reason: fc.option(oneCode('RejectionReason')),
      },
    },
  ],
  victims: [
    {
      name: 'victim',
      columns: {
        registered_at: moment,
        legal_status: oneCode('LegalStatus'),
        sex: oneCode('Sex'),
        ethnicity: oneCode('EthnicityGroup'),
        age_at_trafficking: fc.option(fc.constantFrom(0, 10, 11, 14, 15, 16, 17, 18, 60)),
        acts: fc.constant([]),
        means: fc.constant([]),
        purposes: someCodes('Purpose'),
        origin_province: province,
        destination_country: fc.constantFrom('CN', 'KH', null),
        agency,
      },
    },
    {
      name: 'support_service',
      parent: 'victim_id',
      columns: { type: oneCode('SupportType'), started_at: moment, in_shelter: fc.boolean(), agency },
    },
  ],
};

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
const databases = new Map<Counted, Database>();

beforeAll(async () => {
  scratch = await scratchDatabases();
  for (const name of Object.keys(TABLES) as Counted[]) {
    const folder = join(ROOT, 'subgraphs', name);
    const { entities } = await import(join(folder, 'entities.ts'));
    const url = scratch.env[`${name.toUpperCase()}_DATABASE_URL`];
    const config = url ? ({ engine: 'postgresql', url } as const) : ({ engine: 'pglite', folder: join(scratch.folder, name) } as const);
    const database = await openDatabase(config, { entities, migrations: join(folder, 'migrations') });
    await database.migrate();
    databases.set(name, database);
  }
});
afterAll(async () => {
  for (const database of databases.values()) await database.close();
  await scratch?.drop();
});

function open(name: Counted): Database {
  const database = databases.get(name);
  if (database === undefined) throw new Error(`${name} is not open`);
  return database;
}

/** Takes all records away, the ordinary way. */
async function clear(name: Counted): Promise<void> {
  for (const { name: table } of TABLES[name].toReversed()) await open(name).query(`DELETE FROM "${table}"`);
}

describe(`rollups on ${ENGINE} (seed ${SEED})`, () => {
  it.each(Object.keys(TABLES) as Counted[])('of %s equal a count of the records, however these were written', async (name) => {
    const database = open(name);
    await fc.assert(
      fc.asyncProperty(fc.array(writing(TABLES[name]), { minLength: 1, maxLength: 12 }), async (writings) => {
        await clear(name);
        await database.session(async (session) => {
          for (const one of writings) await perform(session, one, TABLES[name]);
        });
        expect(await differences(database, name)).toEqual([]);
      }),
      { seed: SEED, numRuns: 30, endOnFailure: true },
    );
  });
});

import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '#shared/database.ts';
import { loadCounts } from '#shared/figures.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { type Counted, differences } from '../../testkit/recount.ts';
import { ENGINE, scratchDatabases } from '../../testkit/stack.ts';
import { databaseUrl, openTables } from '../../testkit/tables.ts';
import { agency, idOf, moment, oneCode, perform, performOne, province, type Single, someCodes, type Table, writing } from '../../testkit/writings.ts';

const SEED = Date.now() % 2_147_483_647;

const HANDOVER_MOMENTS = {
  sent_at: fc.option(moment),
  acknowledged_at: fc.option(moment),
  accepted_at: fc.option(moment),
  rejected_at: fc.option(moment),
};

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
    {
      name: 'referral_case',
      columns: {
        opened_at: moment,
        stage: oneCode('CaseStage'),
        province,
        agency,
        call_id: fc.constantFrom(idOf('call', 1), idOf('call', 2), null),
        call_received_at: fc.option(moment),
      },
    },
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
        legal_basis: fc.option(oneCode('LegalBasis')),
        // Somebody may write it by hand; it stays the case's.
        province,
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
      columns: { type: oneCode('SupportType'), started_at: moment, ended_at: fc.option(moment), in_shelter: fc.boolean(), agency, province },
    },
  ],
};

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
const databases = new Map<Counted, Database>();

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  for (const name of Object.keys(TABLES) as Counted[]) databases.set(name, await openTables(name, scratch.env));
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

/** Two statements that write some rows of the first table. */
function someRows(name: Counted): [Single, Single] {
  const writes = writing(TABLES[name].slice(0, 1)).filter((one) => one.do === 'write');
  return fc.sample(writes, { numRuns: 2, seed: SEED }) as [Single, Single];
}

/** Does the work in a transaction that is then rolled back. */
async function undone<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  let result: T | undefined;
  const undo = new Error('to be undone');
  const transaction = database.session((session) =>
    session.transaction(async (sql) => {
      result = await work(sql);
      throw undo;
    }),
  );
  await expect(transaction).rejects.toBe(undo);
  return result as T;
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

  it.each(['calls', 'victims'] as const)(
    'of %s are gone when the tables are emptied at once, what the same transaction wrote before included',
    async (name) => {
      const database = open(name);
      const [before, after] = someRows(name);
      await database.session(async (session) => {
        await perform(session, before, TABLES[name]);
        await session.transaction(async (sql) => {
          await sql.query(`UPDATE "${before.table}" SET agency = 'a-9'`);
          await sql.query(`TRUNCATE "${before.table}" CASCADE`);
          expect(await sql.query("SELECT FROM rollup WHERE counts <> '{}'")).toEqual([]);
          await performOne(sql, after, TABLES[name]);
        });
      });
      expect(await differences(database, name)).toEqual([]);
      expect(await database.query("SELECT FROM rollup WHERE counts <> '{}'")).not.toEqual([]);
    },
  );

  it.each(['99', '0'])('are held against the records by a recount that would notice a wrong count, as %s', async (count) => {
    const database = open('calls');
    await clear('calls');
    await database.session((session) => perform(session, someRows('calls')[0], TABLES.calls));
    const noticed = await undone(database, async (sql) => {
      await sql.query(`UPDATE rollup SET counts = jsonb_set(counts, '{total,all}', $1::text::jsonb) WHERE grain = 'Y' AND province = '*'`, [count]);
      return differences(sql, 'calls');
    });
    expect(noticed).not.toEqual([]);
    expect(await differences(database, 'calls')).toEqual([]);
  });

  it('are read by their whole key, whatever there is besides', async () => {
    const database = open('calls');
    const asked: [string, readonly unknown[]][] = [];
    const query = async (statement: string, parameters: readonly unknown[] = []) => {
      asked.push([statement, parameters]);
      return [];
    };
    const context = { figures: { query }, loader: (_: string, make: () => unknown) => make() } as unknown as RequestContext;
    await loadCounts(context, { from: '2021-01-01', to: '2021-02-03', province: { id: 'A', members: ['A', 'B'] }, agency: null }, 'call', 'total');
    const [statement, parameters] = asked[0] ?? ['', []];
    const plan = await undone(database, async (sql) => {
      await sql.query(`INSERT INTO rollup SELECT 'call', 'D', '2000-01-01'::date + n / 50, 'P' || n % 50, '', '{}' FROM generate_series(1, 20000) n`);
      await sql.query('ANALYZE rollup');
      return sql.query(`EXPLAIN (FORMAT JSON) ${statement}`, parameters);
    });
    expect(JSON.stringify(plan)).toMatch(/"Index Cond":"[^"]*fact = [^"]*grain = [^"]*start_on = [^"]*province = /);
  });

  it('are kept without compiling, which would take a tenth of a second for every single record', async () => {
    for (const database of databases.values()) {
      const compiled = await database.query(
        `SELECT proname FROM pg_proc JOIN pg_language l ON l.oid = prolang
         WHERE lanname = 'plpgsql' AND proname LIKE 'rollup%' AND 'jit=off' <> ALL (coalesce(proconfig, '{}'))`,
      );
      expect(compiled).toEqual([]);
    }
  });
});

describe(`handover events on ${ENGINE}`, () => {
  it.each(['UPDATE record_event SET agency = agency', 'DELETE FROM record_event', 'DELETE FROM record_event WHERE false', 'TRUNCATE record_event'])(
    'are never changed or deleted: %s',
    async (statement) => {
      await expect(open('referrals').query(statement)).rejects.toThrow('record_event is append-only: events are never changed or deleted');
    },
  );
});

describe.runIf(ENGINE === 'postgresql')(`two writers at once on ${ENGINE} (seed ${SEED})`, () => {
  const random = fc.sample(fc.infiniteStream(fc.nat()), { numRuns: 1, seed: SEED })[0] as IterableIterator<number>;
  const pick = <T>(list: readonly T[]): T => list[(random.next().value as number) % list.length] as T;
  const clients: pg.Client[] = [];
  const connect = async (name: Counted) => {
    const client = new pg.Client({ connectionString: databaseUrl(name, scratch.env) });
    await client.connect();
    clients.push(client);
    return client;
  };
  afterAll(() => Promise.all(clients.map((client) => client.end())));

  /** Transactions of a few statements, one after another. */
  const write = async (name: Counted, transactions: number, statements: number, statement: (client: pg.Client, number: string) => Promise<unknown>) => {
    const client = await connect(name);
    for (let i = 0; i < transactions; i += 1) {
      await client.query('BEGIN');
      for (let j = 0; j < statements; j += 1) await statement(client, `${i}/${j}`);
      await client.query(i % 10 === 9 ? 'ROLLBACK' : 'COMMIT');
    }
  };
  const INSERT_CALL = `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, province)
    VALUES (gen_random_uuid(), $1, $2, $3, 'REFERRAL', '{LEGAL}', 'PUBLIC', 'MALE', 'UNKNOWN', 'PHONE', $4)`;
  const INSERT_CASE = `INSERT INTO referral_case (id, source, external_id, opened_at, stage) VALUES ($1::uuid, 's', $1::text, '2021-01-01', 'RECEIVED')`;
  const INSERT_HANDOVER = `INSERT INTO handover (id, source, external_id, case_id, from_agency, to_agency, state, created_at)
    VALUES (gen_random_uuid(), $1, $2, $3, 'a-1', 'a-2', 'SENT', '2021-01-01')`;
  const days = ['2020-12-31T12:00Z', '2021-01-31T12:00Z', '2021-02-01T12:00Z', '2021-02-02T12:00Z'];

  it('never lock each other out over rollups, and lose no count', async () => {
    const statement = (writer: string) => (client: pg.Client, number: string) =>
      number.endsWith('/2')
        ? client.query('UPDATE call SET province = $2, received_at = $3 WHERE source = $1 AND external_id LIKE $4', [
            writer,
            pick(['A', 'B', null]),
            pick(days),
            `%${pick([0, 1, 2])}/0`,
          ])
        : client.query(INSERT_CALL, [writer, number, pick(days), pick(['A', 'B', null])]);
    await Promise.all(['w1', 'w2', 'w3'].map((writer) => write('calls', 80, 3, statement(writer))));
    expect(await differences(open('calls'), 'calls')).toEqual([]);
    expect(await open('calls').query("SELECT count(*)::int AS calls FROM call WHERE source LIKE 'w_'")).toEqual([{ calls: 3 * 72 * 2 }]);
  });

  it('may move cases and hand them over at the same time', async () => {
    const cases = [0, 1, 2, 3].map((n) => idOf('referral_case', 100 + n));
    for (const id of cases) await open('referrals').query(INSERT_CASE, [id]);
    await Promise.all([
      write('referrals', 100, 1, (client) => client.query('UPDATE referral_case SET province = $1 WHERE id = $2', [pick(['A', 'B', null]), pick(cases)])),
      write('referrals', 50, 2, (client, number) => client.query(INSERT_HANDOVER, ['w', number, cases[number.length % 4]])),
    ]);
    expect(await differences(open('referrals'), 'referrals')).toEqual([]);
  });

  it('count a handover where its case is, also when that moves while the handover is written', async () => {
    const id = idOf('referral_case', 200);
    await open('referrals').query(INSERT_CASE, [id]);
    const [one, other] = [await connect('referrals'), await connect('referrals')];
    await one.query('BEGIN');
    await one.query(INSERT_HANDOVER, ['late', '1', id]);
    const moved = other.query("UPDATE referral_case SET province = 'B' WHERE id = $1", [id]);
    // Either waits for the other or sees what it did; without a lock it would be done by now and see nothing.
    await Promise.race([moved, new Promise((done) => setTimeout(done, 200))]);
    await one.query('COMMIT');
    await moved;
    expect(await open('referrals').query('SELECT province FROM handover WHERE case_id = $1', [id])).toEqual([{ province: 'B' }]);
    expect(await differences(open('referrals'), 'referrals')).toEqual([]);
  });

  it('know of both of two handovers of a case that are sent at the same time', async () => {
    const [id, number] = [idOf('referral_case', 300), 'twice'];
    await open('referrals').query(INSERT_CASE, [id]);
    for (const source of ['s1', 's2']) await open('referrals').query(INSERT_HANDOVER, [source, number, id]);
    await open('referrals').query("UPDATE handover SET state = 'DRAFT' WHERE case_id = $1", [id]);
    const send = (client: pg.Client, source: string) =>
      client.query("UPDATE handover SET state = 'SENT', sent_at = '2021-01-02' WHERE source = $1 AND external_id = $2", [source, number]);
    const [one, other] = [await connect('referrals'), await connect('referrals')];
    await one.query('BEGIN');
    await send(one, 's1');
    const sent = send(other, 's2');
    await Promise.race([sent, new Promise((done) => setTimeout(done, 200))]);
    await one.query('COMMIT');
    await sent;
    expect(await open('referrals').query('SELECT handovers_sent FROM referral_case WHERE id = $1', [id])).toEqual([{ handovers_sent: 2 }]);
    expect(await differences(open('referrals'), 'referrals')).toEqual([]);
  });
});

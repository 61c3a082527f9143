/** PostgreSQL's own row-level security, the last layer: asked as the application, whatever the code above it does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '#shared/database.ts';
import { roleNames } from '#shared/database/roles.ts';
import type { Reach } from '#shared/reach.ts';
import { ENGINE, type ScratchDatabases, SUBGRAPHS, type SubgraphName, scratchDatabases } from '../../testkit/stack.ts';
import { openTables } from '../../testkit/tables.ts';

const NOBODY: Reach = { agency: null, scopes: [], passes: [], all: false };
const EVERY_SCOPE = ['reference:read', 'calls:read', 'cases:read', 'victims:read', 'access-log:read'];
const id = (kind: number, n: number) => `00000000-0000-8${kind}00-8000-${String(n).padStart(12, '0')}`;
const of = (agency: string, more: Partial<Reach> = {}): Reach => ({ ...NOBODY, agency, scopes: EVERY_SCOPE, ...more });

let scratch: ScratchDatabases;
const databases = {} as Record<SubgraphName, Database>;
beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  for (const name of SUBGRAPHS) databases[name] = await openTables(name, scratch.env);
  await fill();
});
afterAll(async () => {
  await Promise.all(Object.values(databases).map((database) => database.close()));
  await scratch?.drop();
});

/** Of agencies a, b and c: a call each, a case of a that is handed over to b (sent) and to c (a draft), and a person of a in the case. */
async function fill(): Promise<void> {
  await databases.calls.query(
    `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, agency)
     SELECT i, 's', a, '2025-01-01', 'REFERRAL', '{}', 'PUBLIC', 'MALE', 'UNKNOWN', 'PHONE', a FROM unnest($1::uuid[], $2::text[]) x (i, a)`,
    [
      [id(1, 1), id(1, 2), id(1, 3)],
      ['a', 'b', 'c'],
    ],
  );
  await databases.referrals.query(
    `INSERT INTO referral_case (id, source, external_id, call_id, opened_at, stage, agency, call_received_at) VALUES ($1, 's', '1', $2, '2025-01-02', 'RECEIVED', 'a', '2025-01-01')`,
    [id(2, 1), databases.referrals.foreignIds.seal(id(1, 1))],
  );
  await databases.referrals.query(
    `INSERT INTO handover (id, source, external_id, case_id, from_agency, to_agency, state, created_at, sent_at) VALUES
     ($1, 's', '1', $3, 'a', 'b', 'SENT', '2025-01-03', '2025-01-03'), ($2, 's', '2', $3, 'a', 'c', 'DRAFT', '2025-01-03', NULL)`,
    [id(3, 1), id(3, 2), id(2, 1)],
  );
  await databases.victims.query(
    `INSERT INTO victim (id, source, external_id, case_id, registered_at, legal_status, sex, ethnicity, acts, means, purposes, agency)
     VALUES ($1, 's', '1', $2, '2025-01-04', 'IN_IDENTIFICATION', 'FEMALE', 'KINH', '{}', '{}', '{}', 'a')`,
    [id(4, 1), databases.victims.foreignIds.seal(id(2, 1))],
  );
  await databases.victims.query(
    `INSERT INTO support_service (id, source, external_id, victim_id, type, started_at, in_shelter, agency) VALUES ($1, 's', '1', $2, 'MEDICAL', '2025-01-05', false, 'a')`,
    [id(5, 1), id(4, 1)],
  );
}

interface TableRow {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly owner: string;
  readonly policies: readonly string[];
}

/** All tables, as the catalogue has them. */
const tables = (sql: Sql) =>
  sql.query<TableRow>(
    `SELECT relname AS name, relrowsecurity AS enabled, relforcerowsecurity AS forced, relowner::regrole::text AS owner,
       ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid ORDER BY 1) AS policies
     FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`,
  );
const unprotected = (rows: readonly TableRow[], owner: string) =>
  rows.filter((row) => !row.enabled || !row.forced || row.owner !== owner || !row.policies.includes('owner')).map(({ name }) => name);

describe.each(SUBGRAPHS)(`the database of %s on ${ENGINE}`, (name) => {
  const { owner, app } = roleNames(name);

  it('RLS-01: has no table without forced row-level security', async () => {
    const rows = await tables(databases[name]);
    expect(rows.length).toBeGreaterThan(8);
    expect(unprotected(rows, owner)).toEqual([]);
  });

  it('RLS-02: is found out when it has one', async () => {
    const found = databases[name].session((session) =>
      session.transaction(async (sql) => {
        await sql.query('CREATE TABLE forgotten (id int)');
        throw Object.assign(new Error('undone'), { found: unprotected(await tables(sql), owner) });
      }),
    );
    await expect(found).rejects.toMatchObject({ found: ['forgotten'] });
  });

  it('RLS-03: gives the application no ownership, no power, no deleting, and no changing of what is only added to', async () => {
    const sql = databases[name];
    const [role] = await sql.query(
      `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS powerful, pg_has_role($1, $2, 'MEMBER') AS owner,
         (SELECT count(*)::int FROM pg_class WHERE relowner = $1::regrole) + (SELECT count(*)::int FROM pg_proc WHERE proowner = $1::regrole) AS owns
       FROM pg_roles WHERE rolname = $1`,
      [app, owner],
    );
    expect(role).toEqual({ powerful: false, owner: false, owns: 0 });
    const granted = await sql.query<{ t: string; p: string }>(
      `SELECT table_name AS t, privilege_type AS p FROM information_schema.role_table_grants WHERE grantee = $1`,
      [app],
    );
    expect(granted.filter(({ t, p }) => p === 'TRUNCATE' || p === 'TRIGGER' || (p === 'DELETE' && t !== 'victim_identity'))).toEqual([]);
    const addedTo = ['record_event', 'access_log', 'access_checkpoint', 'witnessed_checkpoint'];
    expect(granted.filter(({ t, p }) => addedTo.includes(t) && p === 'UPDATE')).toEqual([]);
    await expect(sql.as(() => of('a')).query('CREATE TABLE mine (id int)')).rejects.toThrow(/permission denied|read-only/);
    await expect(
      sql.acting(
        () => of('a'),
        (own) => own.query('CREATE TABLE mine (id int)'),
      ),
    ).rejects.toThrow('permission denied');
    await expect(
      sql.acting(
        () => of('a'),
        (own) => own.query('ALTER TABLE access_log DISABLE ROW LEVEL SECURITY'),
      ),
    ).rejects.toThrow('must be owner');
  });

  it('RLS-04: has no function that works for the owner with names that a temporary table could take over', async () => {
    const functions = await databases[name].query<{ f: string; trigger: boolean; definer: boolean; path: string }>(
      `SELECT oid::regprocedure::text AS f, prorettype = 'trigger'::regtype AS trigger, prosecdef AS definer, coalesce(array_to_string(proconfig, ' '), '') AS path
       FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'`,
    );
    expect(functions.filter(({ definer, path }) => definer && !path.includes('search_path=public, pg_temp')).map(({ f }) => f)).toEqual([]);
    expect(functions.filter(({ trigger, definer }) => trigger && !definer).map(({ f }) => f)).toEqual([]);
  });

  it('RLS-05: MUST show no row of any table where nobody is named', async () => {
    const nobody = databases[name].as(() => NOBODY);
    for (const { name: table } of await tables(databases[name])) {
      const rows = await nobody.query(`SELECT FROM "${table}" LIMIT 1`).catch((error: Error) => error.message);
      expect(rows === `permission denied for table ${table}` || (rows as unknown[]).length === 0, `${table}: ${rows}`).toBe(true);
    }
  });
});

/** What is seen of the rows of {@link fill}: calls, cases, handovers, persons, supports. */
const SEEN: readonly [who: string, reach: Reach, seen: readonly number[]][] = [
  ['nobody', NOBODY, [0, 0, 0, 0, 0]],
  ['a, whose records they are', of('a'), [1, 1, 2, 1, 1]],
  ['b, to which the case was sent', of('b'), [1, 1, 1, 0, 0]],
  ['b, with a pass for the case', of('b', { passes: [id(2, 1)] }), [1, 1, 1, 1, 1]],
  ['b, with a pass for another case', of('b', { passes: [id(2, 2)] }), [1, 1, 1, 0, 0]],
  ['c, of which there is only a draft', of('c'), [1, 0, 0, 0, 0]],
  ['a stranger', of('d'), [0, 0, 0, 0, 0]],
  ['a without scopes', of('a', { scopes: [] }), [0, 0, 0, 0, 0]],
  ['a coordinator', of('d', { scopes: ['cases:all'] }), [0, 1, 2, 1, 1]],
  ['whoever may have figures, for figures', of('d', { scopes: ['statistics:exact'] }), [0, 1, 2, 1, 1]],
  ['whom the ministry grants all records', of('d', { all: true }), [3, 1, 2, 1, 1]],
];

describe(`rows on ${ENGINE}`, () => {
  it.each(SEEN)('RLS-06: are seen as expected by %s', async (_, reach, expected) => {
    const places = { calls: ['call'], referrals: ['referral_case', 'handover'], victims: ['victim', 'support_service'] } as const;
    const seen: number[] = [];
    for (const [name, names] of Object.entries(places)) {
      for (const table of names) {
        const [row] = await databases[name as SubgraphName].as(() => reach).query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
        seen.push(row?.n ?? -1);
      }
    }
    expect(seen).toEqual(expected);
  });

  it('RLS-07: names and numbers of persons MUST NOT be read by any request', async () => {
    const reach = of('a', { scopes: [...EVERY_SCOPE, 'cases:all', 'statistics:exact', 'victims:act'], all: true });
    await databases.victims.query("INSERT INTO victim_identity (victim_id, key_id, name) VALUES ($1, 'k', decode('00', 'hex'))", [id(4, 1)]);
    expect(await databases.victims.query('SELECT FROM victim_identity')).toHaveLength(1);
    expect(await databases.victims.as(() => reach).query('SELECT FROM victim_identity')).toEqual([]);
  });

  it('RLS-08: of another agency MUST NOT be written or made', async () => {
    const acting = (statement: string) =>
      databases.calls.acting(
        () => of('b', { scopes: [...EVERY_SCOPE, 'calls:act'] }),
        (sql) => sql.query(statement),
      );
    expect(await acting(`UPDATE call SET channel = 'PHONE' WHERE id = '${id(1, 1)}' RETURNING id`)).toEqual([]);
    await expect(acting(`UPDATE call SET agency = 'a' WHERE id = '${id(1, 2)}'`)).rejects.toThrow('row-level security');
    await expect(
      acting(
        `INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, agency)
         SELECT '${id(1, 9)}', 's', '9', received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, 'a' FROM call LIMIT 1`,
      ),
    ).rejects.toThrow('row-level security');
  });

  it('RLS-09: of two agencies MUST NOT be mixed by 1,000 statements on shared connections, some of which fail', async () => {
    const agencies = ['a', 'b'] as const;
    const own = { a: id(1, 1), b: id(1, 2) };
    const asked = Array.from({ length: 1_000 }, async (_, n) => {
      const agency = agencies[n % 2] ?? 'a';
      const sql = databases.calls.as(() => of(agency));
      if (n % 50 === 0) await expect(sql.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
      return { agency, rows: await sql.query<{ id: string }>('SELECT id FROM call ORDER BY id') };
    });
    for (const { agency, rows } of await Promise.all(asked)) expect(rows.map((row) => row.id)).toEqual([own[agency]]);
    expect(await databases.calls.as(() => NOBODY).query('SELECT FROM call')).toEqual([]);
  });

  it('RLS-10: figures count all records whoever writes one, and no temporary table of the writer fools them', async () => {
    await databases.calls.acting(
      () => of('b', { scopes: [...EVERY_SCOPE, 'calls:act'] }),
      async (sql) => {
        await sql.query('CREATE TEMPORARY TABLE rollup_pending AS SELECT * FROM call');
        await sql.query(`UPDATE call SET category = 'INFORMATION' WHERE agency = 'b'`);
      },
    );
    const counted = await databases.calls
      .as(() => of('d', { scopes: ['statistics:exact'] }))
      .query<{ n: number }>(
        "SELECT sum(e.value::int)::int AS n FROM rollup r, jsonb_each_text(r.counts -> 'category') e WHERE r.fact = 'call' AND r.grain = 'Y' AND r.province = '*' AND e.key = 'INFORMATION'",
      );
    expect(counted[0]?.n).toBe(1);
  });

  it('RLS-11: a case MUST NOT be changed by whom it was sent until they accept it, nor be made another agency’s by anybody', async () => {
    const acting = (agency: string, statement: string) =>
      databases.referrals.acting(
        () => of(agency, { scopes: [...EVERY_SCOPE, 'cases:act'] }),
        (sql) => sql.query(statement),
      );
    const advance = `UPDATE referral_case SET stage = 'VERIFYING', version = version + 1 WHERE id = '${id(2, 1)}' RETURNING id`;
    const state = (to: string) => databases.referrals.query('UPDATE handover SET state = $2 WHERE id = $1', [id(3, 1), to]);
    for (const sent of ['SENT', 'ACKNOWLEDGED']) {
      await state(sent);
      await expect(acting('b', advance), sent).rejects.toThrow('row-level security');
      expect(await acting('b', `SELECT id FROM referral_case WHERE id = '${id(2, 1)}' FOR NO KEY UPDATE`), sent).toHaveLength(1);
    }
    for (const accepted of ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED']) {
      await state(accepted);
      expect(await acting('b', advance), accepted).toHaveLength(1);
    }
    for (const [agency, rows] of [
      ['a', 1],
      ['c', 0],
    ] as const) {
      expect(await acting(agency, advance), agency).toHaveLength(rows);
    }
    for (const agency of ['a', 'b']) await expect(acting(agency, `UPDATE referral_case SET agency = NULL`), agency).rejects.toThrow('permission denied');
    await state('SENT');
  });
});

import type { Sql } from '#shared/database.ts';
import { differences } from '../../testkit/recount.ts';
import type { Answered, Asked } from './clients.ts';

interface EventRow {
  readonly recordId: string;
  readonly act: string;
  readonly actor: string;
  readonly state: string | null;
}

/** What is not as it must be after all is over, in words; empty when each act has happened exactly once. */
export async function verdict(sql: Sql, asked: readonly Asked[]): Promise<string[]> {
  const problems: string[] = [];
  const check = (holds: boolean, problem: () => string) => {
    if (!holds) problems.push(problem());
  };
  const events = await sql.query<EventRow>(`SELECT record_id AS "recordId", act, actor, state FROM record_event ORDER BY id`);
  const byActor = Map.groupBy(events, ({ actor }) => actor);
  const versions = new Map<string, number[]>();
  for (const { act, actor, answers } of asked) {
    const [first = ''] = answers;
    check(
      answers.every((answer) => answer === first),
      () => `answers to ${act} differ: ${[...new Set(answers)].join(' and ')}`,
    );
    const { record, userErrors } = JSON.parse(first || '{"record":null,"userErrors":[]}') as Answered;
    const own = byActor.get(actor) ?? [];
    const done = first !== '' && userErrors.length === 0;
    check(own.length === (done ? 1 : 0), () => `${act} ${done ? 'was done' : 'was not done'} and has left ${own.length} events`);
    if (!done || record === null) continue;
    check(own[0]?.recordId === record.id && own[0]?.act === act, () => `${act} on ${record.id} left the event ${JSON.stringify(own[0])}`);
    versions.set(record.id, [...(versions.get(record.id) ?? []), record.version]);
  }
  check(events.length === [...versions.values()].flat().length, () => `there are ${events.length} events of ${[...versions.values()].flat().length} acts`);

  const records = await sql.query<{ id: string; version: number; state: string }>(
    'SELECT id, version, stage AS state FROM referral_case UNION ALL SELECT id, version, state FROM handover',
  );
  check(records.length === versions.size, () => `there are ${records.length} records, and acts made ${versions.size}`);
  const byRecord = Map.groupBy(events, ({ recordId }) => recordId);
  for (const { id, version, state } of records) {
    const own = byRecord.get(id) ?? [];
    check(version === own.length, () => `${id} is at version ${version} after ${own.length} events`);
    check(state === own.at(-1)?.state, () => `${id} is ${state} after an event that says ${own.at(-1)?.state}`);
    const told = (versions.get(id) ?? []).sort((a, b) => a - b).join();
    check(told === own.map((_, i) => i + 1).join(), () => `${id} was told to be at the versions ${told}`);
  }

  const zero: Readonly<Record<string, string>> = {
    'acts without an answer': 'SELECT count(*)::int AS n FROM act WHERE answer IS NULL',
    'counts that were not added': 'SELECT (SELECT count(*) FROM rollup_pending)::int + (SELECT count(*) FROM rollup_due)::int AS n',
    'transactions left open':
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'",
    'locks left': `SELECT count(*)::int AS n FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype IN ('advisory', 'tuple', 'transactionid')
      AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend')`,
  };
  for (const [what, statement] of Object.entries(zero)) {
    const [row] = await sql.query<{ n: number }>(statement);
    check(row?.n === 0, () => `${what}: ${row?.n}`);
  }
  const [kept] = await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM act');
  check(kept?.n === asked.length, () => `${kept?.n} keys are kept of ${asked.length} acts`);
  const wrong = await differences(sql, 'referrals');
  check(wrong.length === 0, () => `rollups: ${JSON.stringify(wrong.slice(0, 3))}`);
  return problems;
}

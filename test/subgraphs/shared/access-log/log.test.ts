import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicHalf } from '#schema/hop-token.ts';
import { logOrigin } from '#schema/log-checkpoints.ts';
import { appendAccess } from '#shared/access-log/append.ts';
import { cosignedAt, signCheckpoint, verifyCheckpoint } from '#shared/access-log/checkpoint.ts';
import { AccessEntryError, entryText } from '#shared/access-log/entry.ts';
import { appendLeaf, EMPTY, leafHash, rootOf } from '#shared/access-log/merkle.ts';
import { readAccesses } from '#shared/access-log/reading.ts';
import { keepWitnessed, latestCheckpoint, openWitness } from '#shared/access-log/witness.ts';
import type { Sql } from '#shared/database.ts';
import { verifyLog } from '../../../../cli/audit/verify.ts';
import { type AdminDatabase, entryOf, FOREIGN_KEY, LOG_KEY, openAdmin, openTestLog, recordId } from '../../../testkit/access-log.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../../testkit/stack.ts';
import { databaseUrl } from '../../../testkit/tables.ts';

const LOG = { name: logOrigin('calls'), key: publicHalf(LOG_KEY) };

let scratch: ScratchDatabases;
let database: AdminDatabase;
beforeAll(async () => {
  scratch = await scratchDatabases();
  database = await openAdmin('calls', scratch.env);
});
afterAll(async () => {
  await database?.close();
  await scratch?.drop();
});
beforeEach(() => emptied(database.sql));

/** The log as it was made. No service could do so. */
async function emptied(sql: Sql): Promise<void> {
  for (const table of ['access_log', 'access_checkpoint', 'witnessed_checkpoint']) {
    await sql.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await sql.query(`DELETE FROM ${table}`);
    await sql.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  }
  await sql.query("UPDATE access_tree SET size = 0, frontier = ''");
}

async function audited(sql: Sql): Promise<string[]> {
  const problems: string[] = [];
  const source = { name: 'calls', sql, [Symbol.asyncDispose]: async () => undefined };
  await verifyLog({ log: LOG, source, witnesses: [], kept: [], onProblem: (problem) => problems.push(problem), onProgress: () => undefined });
  return problems;
}

const sequence = async () => (await database.sql.query<{ seq: number }>('SELECT seq::int AS seq FROM access_log ORDER BY seq')).map(({ seq }) => seq);
const upTo = (n: number) => Array.from({ length: n }, (_, each) => each);
const sizes = async () => (await database.sql.query<{ size: number }>('SELECT size::int AS size FROM access_checkpoint ORDER BY 1')).map(({ size }) => size);

describe(`an access log on ${ENGINE}`, () => {
  it('has the entry, its columns and its leaf when append resolves', async () => {
    const log = openTestLog(database);
    await log.append(entryOf(0));
    await log.append(entryOf(1));
    const rows = await database.sql.query<Record<string, unknown>>(
      'SELECT seq::int AS seq, at, subject, agency, purpose, operation_hash, operation_name, request_id, kind, records, entry, leaf FROM access_log ORDER BY seq',
    );
    expect(rows.map(({ leaf, ...row }) => row)).toEqual(
      [entryOf(0), entryOf(1)].map((entry, seq) => ({
        seq,
        at: new Date(entry.at),
        subject: entry.subject,
        agency: entry.agency,
        purpose: entry.purpose,
        operation_hash: entry.operationHash,
        operation_name: entry.operationName,
        request_id: entry.requestId,
        kind: entry.kind,
        records: entry.records,
        entry: entryText(entry),
      })),
    );
    expect(rows.map(({ leaf }) => Buffer.from(leaf as Uint8Array))).toEqual([entryOf(0), entryOf(1)].map((entry) => leafHash(entryText(entry))));
    await log.close();
    expect(await audited(database.sql)).toEqual([]);
  });

  it('is one chain without a gap of 200 entries that two replicas append at once', async () => {
    const second = ENGINE === 'postgresql' ? await openAdmin('calls', scratch.env, { migrate: false }) : database;
    const logs = [openTestLog(database), openTestLog(second)];
    let transactions = 0;
    const counted: AdminDatabase['transaction'] = (work) => {
      transactions += 1;
      return database.transaction(work);
    };
    logs.push(openTestLog(database, { transaction: counted }));
    await Promise.all(upTo(200).map((n) => logs[n % 2]?.append(entryOf(n))));
    expect(await sequence()).toEqual(upTo(200));
    const requests = await database.sql.query<{ n: number }>('SELECT count(DISTINCT request_id)::int AS n FROM access_log');
    expect(requests).toEqual([{ n: 200 }]);
    // Those of one replica that come together are written together.
    const before = transactions;
    await Promise.all(upTo(50).map((n) => logs[2]?.append(entryOf(200 + n))));
    expect(transactions - before).toBeLessThanOrEqual(2);
    for (const log of logs) await log.close();
    expect(await audited(database.sql)).toEqual([]);
    expect(await sizes()).toEqual([250]);
    if (second !== database) await second.close();
  });

  it('takes entries of a transaction with what else it writes, or neither', async () => {
    await database.transaction((sql) => appendAccess(sql, [entryOf(0), entryOf(1)]));
    const failing = database.transaction(async (sql) => {
      await appendAccess(sql, [entryOf(2)]);
      throw new Error('the act is refused');
    });
    await expect(failing).rejects.toThrow('the act is refused');
    expect(await sequence()).toEqual([0, 1]);
    await openTestLog(database).close();
    expect(await audited(database.sql)).toEqual([]);
  });

  it('rejects what it could not write, and goes on when it can again: nothing lost, nothing twice', async () => {
    const log = openTestLog(database);
    await log.append(entryOf(0));
    await database.sql.query('ALTER TABLE access_log RENAME TO away');
    const results = await Promise.allSettled([log.append(entryOf(1)), log.append(entryOf(2))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await database.sql.query('ALTER TABLE away RENAME TO access_log');
    await log.append(entryOf(3));
    await log.close();
    expect(await database.sql.query('SELECT request_id FROM access_log ORDER BY seq')).toEqual([{ request_id: 'request-0' }, { request_id: 'request-3' }]);
    expect(await audited(database.sql)).toEqual([]);
  });

  it('rejects when the database is gone', async () => {
    const gone = openTestLog(database, { transaction: () => Promise.reject(new Error('connection refused')) });
    await expect(gone.append(entryOf(0))).rejects.toThrow('connection refused');
    await gone.close();
  });

  it('rejects an entry that may not be written, and writes the others that came with it', async () => {
    const log = openTestLog(database);
    const [bad, good] = await Promise.allSettled([log.append({ ...entryOf(0), records: ['Nguyễn Thị Hoa'] }), log.append(entryOf(1))]);
    expect(bad).toMatchObject({ status: 'rejected', reason: expect.any(AccessEntryError) });
    expect(good.status).toBe('fulfilled');
    await log.close();
    await expect(log.append(entryOf(2))).rejects.toThrow('closed');
    expect(await sequence()).toEqual([0]);
  });

  it.each(['access_log', 'access_checkpoint', 'witnessed_checkpoint'])('MUST NOT be changed in %s (AUD-20)', async (table) => {
    for (const statement of [
      `UPDATE ${table} SET size = size`.replace('size = size', table === 'access_log' ? 'kind = kind' : 'size = size'),
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
    ]) {
      await expect(database.sql.query(statement), statement).rejects.toThrow('append-only');
    }
    await expect(database.sql.query('DELETE FROM access_tree')).rejects.toThrow('append-only');
  });

  it('tells who accessed a record, the latest first', async () => {
    await database.transaction((sql) => appendAccess(sql, upTo(20).map(entryOf)));
    const accesses = await readAccesses(database.sql, [recordId(7), 'c02', recordId(12)]);
    const shown = ({ at, subject, agency, purpose, operationName, kind }: ReturnType<typeof entryOf>, record: string) => ({
      ...{ record, at: new Date(at), subject, agency, purpose, operationName, kind: kind.toUpperCase() },
    });
    expect(accesses).toEqual([
      [shown(entryOf(7), recordId(7)), shown(entryOf(6), recordId(7))],
      [],
      [shown(entryOf(12), recordId(12)), shown(entryOf(11), recordId(12))],
    ]);
  });
});

describe(`checkpoints on ${ENGINE}`, () => {
  it('are signed after 1000 entries, when the time has come, when asked, and at the end', async () => {
    await database.transaction((sql) => appendAccess(sql, upTo(1200).map(entryOf)));
    const log = openTestLog(database, { checkpointEvery: 50 });
    // What was left unsigned before is signed at once.
    await expect.poll(sizes).toEqual([1200]);
    await Promise.all(upTo(1000).map((n) => log.append(entryOf(n))));
    const signed = verifyCheckpoint(log.newest() ?? '', LOG);
    expect(signed.size).toBeGreaterThan(1200);
    await log.append(entryOf(1));
    await expect.poll(async () => (await sizes()).at(-1)).toBe(2201);
    await log.append(entryOf(2));
    expect(verifyCheckpoint(await log.checkpoint(), LOG).size).toBe(2202);
    await log.append(entryOf(3));
    await log.close();
    expect((await sizes()).at(-1)).toBe(2203);
    expect(await latestCheckpoint(database.sql)).toBe(log.newest());
    expect(await audited(database.sql)).toEqual([]);
  });

  it('say size, root and the moment, and are not made where nothing was written', async () => {
    const log = openTestLog(database, { checkpointEvery: 10 });
    await new Promise((done) => setTimeout(done, 60));
    expect(await sizes()).toEqual([]);
    await log.append(entryOf(0));
    const before = Math.floor(Date.now() / 1000) * 1000;
    const note = await log.checkpoint();
    expect(verifyCheckpoint(note, LOG)).toEqual({ origin: LOG.name, size: 1, root: rootOf(appendLeaf(EMPTY, leafHash(entryText(entryOf(0))))) });
    expect(cosignedAt(note, LOG)?.getTime()).toBeGreaterThanOrEqual(before - 1000);
    await new Promise((done) => setTimeout(done, 60));
    expect(await sizes()).toEqual([1]);
    await log.close();
  });
});

describe(`a witness on ${ENGINE}`, () => {
  const note = (size: number, root = 1, key = LOG_KEY) => signCheckpoint({ origin: LOG.name, size, root: Buffer.alloc(32, root) }, key);
  const kept = async () =>
    (await database.sql.query<{ size: number }>('SELECT size::int AS size FROM witnessed_checkpoint ORDER BY 1')).map(({ size }) => size);

  it('keeps newer checkpoints of logs that it knows, and both of a fork', async () => {
    expect(await keepWitnessed(database.sql, note(10), [LOG])).toBe('kept');
    expect(await keepWitnessed(database.sql, note(10), [LOG])).toBe('known');
    expect(await keepWitnessed(database.sql, note(9), [LOG])).toBe('older');
    expect(await keepWitnessed(database.sql, note(20), [LOG])).toBe('kept');
    expect(await keepWitnessed(database.sql, note(20, 2), [LOG])).toBe('forked');
    expect(await keepWitnessed(database.sql, note(20, 2), [LOG])).toBe('known');
    expect(await kept()).toEqual([10, 20, 20]);
  });

  it('MUST NOT keep what the log has not signed (AUD-21)', async () => {
    for (const bad of [note(30, 1, FOREIGN_KEY), note(30).replace('\n30\n', '\n31\n'), 'nonsense', '', note(30).replaceAll('calls', 'victims')]) {
      expect(await keepWitnessed(database.sql, bad, [LOG])).toBe('refused');
    }
    expect(await keepWitnessed(database.sql, note(30), [])).toBe('refused');
    expect(await kept()).toEqual([]);
  });

  it('does not ask the database again for what it has kept, and tries again what it could not keep', async () => {
    let statements = 0;
    let broken = true;
    const sql: Sql = {
      query: (statement, parameters) => {
        statements += 1;
        return broken ? Promise.reject(new Error('connection refused')) : database.sql.query(statement, parameters);
      },
    };
    const witness = openWitness([LOG]);
    await expect(witness.take(sql, [note(10)])).rejects.toThrow('connection refused');
    broken = false;
    expect(await witness.take(sql, [note(10), 'nonsense', note(11, 1, FOREIGN_KEY)])).toEqual(['kept', 'refused', 'refused']);
    const asked = statements;
    expect(await witness.take(sql, [note(10), 'nonsense'])).toEqual(['known', 'refused']);
    expect(statements).toBe(asked);
    expect(await kept()).toEqual([10]);
  });
});

it(`is whole after kill -9 at any moment, and has all that was told to be written, on ${ENGINE}`, async () => {
  const victims = await scratchDatabases();
  try {
    await (await openAdmin('calls', victims.env)).close();
    const place = ENGINE === 'pglite' ? join(victims.folder, 'calls') : databaseUrl('calls', victims.env);
    let told: string[] = [];
    for (const after of [30, 95, 160]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'appending.ts'), place], { stdio: ['ignore', 'pipe', 'inherit'] });
      const printed: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed.push(...text.split('\n').filter((line) => line !== ''));
        if (printed.length >= after) child.kill('SIGKILL');
      });
      await once(child, 'close');
      told = [...told, ...printed];
    }
    const survived = await openAdmin('calls', victims.env, { migrate: false });
    await openTestLog(survived).close();
    expect(await audited(survived.sql)).toEqual([]);
    const written = (await survived.sql.query<{ id: string }>('SELECT request_id AS id FROM access_log')).map(({ id }) => id);
    const count = (ids: readonly string[]) => Map.groupBy(ids, (id) => id);
    for (const [id, times] of count(told.map((n) => `request-${n}`))) expect(count(written).get(id)?.length ?? 0, id).toBeGreaterThanOrEqual(times.length);
    expect(told.length).toBeGreaterThanOrEqual(30 + 95 + 160);
    await survived.close();
  } finally {
    await victims.drop();
  }
}, 60_000);

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicHalf } from '#schema/hop-token.ts';
import { logOrigin } from '#schema/log-checkpoints.ts';
import { appendTexts, writeCheckpoint } from '#shared/access-log/append.ts';
import { verifierText } from '#shared/access-log/checkpoint.ts';
import { entryText } from '#shared/access-log/entry.ts';
import { appendLeaf, EMPTY, leafHash, packFrontier } from '#shared/access-log/merkle.ts';
import { keepWitnessed } from '#shared/access-log/witness.ts';
import type { Sql } from '#shared/database.ts';
import { lockFolder } from '#shared/folder-lock.ts';
import { verifyLog } from '../../cli/audit/verify.ts';
import { type AdminDatabase, entryOf, FOREIGN_KEY, LOG_KEY, openAdmin, openTestLog } from '../testkit/access-log.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../testkit/stack.ts';
import { databaseUrl } from '../testkit/tables.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LOG = { name: logOrigin('calls'), key: publicHalf(LOG_KEY) };
const IDENTITY = { origin: LOG.name, signingKey: LOG_KEY };
const MINUTE = 60_000;

/** An entry a minute. */
const textOf = (n: number) => entryText({ ...entryOf(n), at: new Date(Date.UTC(2026, 10, 26) + n * MINUTE).toISOString() });
const upTo = (n: number) => Array.from({ length: n }, (_, each) => each);

let scratch: ScratchDatabases;
let database: AdminDatabase;
let witness: AdminDatabase;

// 120 entries, signed at 40, 80, 115 and 120; the second service has seen the last three of them.
beforeAll(async () => {
  scratch = await scratchDatabases();
  database = await openAdmin('calls', scratch.env);
  witness = await openAdmin('victims', scratch.env);
  let size = 0;
  for (const next of [40, 80, 115, 120]) {
    const texts = upTo(next - size).map((n) => textOf(size + n));
    const note = await database.transaction(async (sql) => {
      await appendTexts(sql, texts);
      return writeCheckpoint(sql, IDENTITY, new Date());
    });
    if (next > 40) expect(await keepWitnessed(witness.sql, note, [LOG])).toBe('kept');
    size = next;
  }
});
afterAll(async () => {
  await database?.close();
  await witness?.close();
  await scratch?.drop();
});

async function audited(sql: Sql, witnesses: readonly AdminDatabase[] = [witness]): Promise<string[]> {
  const problems: string[] = [];
  const sourceOf = (name: string, of: Sql) => ({ name, sql: of, [Symbol.asyncDispose]: async () => undefined });
  const result = await verifyLog({
    log: LOG,
    source: sourceOf('calls', sql),
    witnesses: witnesses.map((each) => sourceOf('victims', each.sql)),
    kept: [],
    onProblem: (problem) => problems.push(problem),
    onProgress: () => undefined,
  });
  expect(result.problems).toBe(problems.length);
  return problems;
}

/** What the audit finds after somebody with every right on the database did this; all is put back afterwards. */
async function foundAfter(tamper: (sql: Sql) => Promise<unknown>, witnesses?: readonly AdminDatabase[]): Promise<string[]> {
  let found: string[] | undefined;
  const undone = new Error('undone');
  await database
    .transaction(async (sql) => {
      for (const table of ['access_log', 'access_checkpoint', 'access_tree']) await sql.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await tamper(sql);
      found = await audited(sql, witnesses);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return found ?? [];
}

/** Writes the log anew from entries' texts, as if it had always been so: numbers, leaves, columns and tree fit. */
async function rewrite(sql: Sql, texts: readonly string[]): Promise<void> {
  await sql.query('DELETE FROM access_log');
  await sql.query("UPDATE access_tree SET size = 0, frontier = ''");
  await appendTexts(sql, texts);
}
const texts = async (sql: Sql) => (await sql.query<{ entry: string }>('SELECT entry FROM access_log ORDER BY seq')).map(({ entry }) => entry);
/** The tree as it was at a size: of an older backup. */
async function treeBackTo(sql: Sql, size: number): Promise<void> {
  const tree = (await texts(sql)).slice(0, size).map(leafHash).reduce(appendLeaf, EMPTY);
  await sql.query("UPDATE access_tree SET size = $1, frontier = decode($2, 'hex')", [size, packFrontier(tree).toString('hex')]);
}
async function backTo(sql: Sql, size: number): Promise<void> {
  await treeBackTo(sql, size);
  await sql.query('DELETE FROM access_log WHERE seq >= $1', [size]);
  await sql.query('DELETE FROM access_checkpoint WHERE size > $1', [size]);
}
const forged = JSON.stringify({ ...JSON.parse(textOf(50)), subject: 'somebody-else' });
const hex = (text: string) => leafHash(text).toString('hex');

describe(`the audit of an access log on ${ENGINE}`, () => {
  it('finds nothing wrong with a log that nobody touched', async () => {
    expect(await audited(database.sql)).toEqual([]);
    expect(await audited(database.sql, [])).toEqual([]);
    expect(await foundAfter(async () => undefined)).toEqual([]);
  });

  it.each([
    ['at', "at + interval '1 microsecond'"],
    ['subject', "'somebody-else'"],
    ['subject', 'NULL'],
    ['agency', "'c03'"],
    ['purpose', "'STATISTICS'"],
    ['operation_hash', "'other'"],
    ['operation_name', "'Other'"],
    ['request_id', "'request-x'"],
    ['kind', "'act'"],
    ['records', 'records[1:1]'],
    ['records', 'ARRAY[records[2], records[1]]'],
    ['records', "'{}'"],
  ])('MUST find that column %s of one entry was changed to %s (AUD-01)', async (column, value) => {
    const found = await foundAfter((sql) => sql.query(`UPDATE access_log SET ${column} = ${value} WHERE seq = 51`), []);
    expect(found).toEqual([expect.stringMatching(/^entry 51: column \w+ is not what the entry says$/)]);
  });

  it.each<[id: string, what: string, tamper: (sql: Sql) => Promise<unknown>, found: RegExp]>([
    ['AUD-02', 'the text of an entry was changed', (sql) => sql.query('UPDATE access_log SET entry = $1 WHERE seq = 50', [forged]), /^entry 50: its text/],
    [
      'AUD-03',
      'the leaf of an entry was changed',
      (sql) => sql.query("UPDATE access_log SET leaf = decode($1, 'hex') WHERE seq = 50", [hex('x')]),
      /^entry 50: its text/,
    ],
    [
      'AUD-04',
      'an entry was changed with its columns and leaf',
      (sql) => sql.query("UPDATE access_log SET subject = 'somebody-else', entry = $1, leaf = decode($2, 'hex') WHERE seq = 50", [forged, hex(forged)]),
      /between entries 40 and 79 is not as it was/,
    ],
    ['AUD-05', 'an entry was removed', (sql) => sql.query('DELETE FROM access_log WHERE seq = 50'), /^entry 50 is missing/],
    ['AUD-06', 'the first entries were removed', (sql) => sql.query('DELETE FROM access_log WHERE seq < 10'), /^entries 0 to 9 are missing/],
    ['AUD-07', 'all entries were removed', (sql) => sql.query('DELETE FROM access_log'), /^access_tree says 120 entries; the log has 0/],
    [
      'AUD-08',
      'an entry was removed and the others renumbered, with the tree',
      async (sql) => rewrite(sql, (await texts(sql)).toSpliced(50, 1)),
      /between entries 40 and 79 is not as it was/,
    ],
    [
      'AUD-09',
      'two entries were put in each other’s place',
      async (sql) => {
        for (const [from, to] of [
          [50, -1],
          [51, 50],
          [-1, 51],
        ])
          await sql.query('UPDATE access_log SET seq = $2 WHERE seq = $1', [from, to]);
      },
      /between entries 40 and 79 is not as it was/,
    ],
    [
      'AUD-10',
      'two entries were put in each other’s place, with the tree',
      async (sql) => {
        const all = await texts(sql);
        await rewrite(sql, all.with(117, all[118] as string).with(118, all[117] as string));
      },
      /between entries 115 and 119 is not as it was/,
    ],
    [
      'AUD-11',
      'the newest entries were cut off',
      (sql) => sql.query('DELETE FROM access_log WHERE seq > 117'),
      /^access_tree says 120 entries; the log has 118/,
    ],
    [
      'AUD-12',
      'the newest entries were cut off, with the tree',
      async (sql) => {
        await treeBackTo(sql, 118);
        await sql.query('DELETE FROM access_log WHERE seq >= 118');
      },
      /^the log has 118 entries; the log itself has a checkpoint of 120/,
    ],
    [
      'AUD-13',
      'an entry was put in, with the tree',
      async (sql) => rewrite(sql, (await texts(sql)).toSpliced(50, 0, forged)),
      /between entries 40 and 79 is not as it was/,
    ],
    [
      'AUD-14',
      'an entry was put in at the end, without the tree',
      (sql) =>
        sql.query(
          'INSERT INTO access_log SELECT 120, at, subject, agency, purpose, operation_hash, operation_name, request_id, kind, records, entry, leaf FROM access_log WHERE seq = 3',
        ),
      /^access_tree says 120 entries; the log has 121/,
    ],
    [
      'AUD-15',
      'the tree was changed',
      (sql) => sql.query('UPDATE access_tree SET frontier = set_byte(frontier, 0, get_byte(frontier, 0) # 1)'),
      /^access_tree does not have the hashes/,
    ],
    ['AUD-15', 'the tree was removed', (sql) => sql.query('DELETE FROM access_tree'), /^access_tree: expected one row, got 0/],
    [
      'AUD-16',
      'a checkpoint’s root was changed',
      (sql) => sql.query("UPDATE access_checkpoint SET root = '\\x00' WHERE size = 80"),
      /^checkpoint of 80 .* columns/,
    ],
    ['AUD-16', 'a checkpoint’s size was changed', (sql) => sql.query('UPDATE access_checkpoint SET size = 81 WHERE size = 80'), /^checkpoint of 81 .* columns/],
    [
      'AUD-16',
      'a checkpoint’s moment was changed',
      (sql) => sql.query("UPDATE access_checkpoint SET at = at + interval '1 microsecond' WHERE size = 80"),
      /^checkpoint of 80 entries: the column says/,
    ],
    [
      'AUD-16',
      'a checkpoint’s note was changed',
      (sql) => sql.query("UPDATE access_checkpoint SET note = replace(note, E'\\n80\\n', E'\\n79\\n') WHERE size = 80"),
      /^checkpoint of 80 .* not signed/,
    ],
    [
      'AUD-16',
      'a checkpoint was replaced by none',
      (sql) => sql.query("UPDATE access_checkpoint SET note = '' WHERE size = 80"),
      /^checkpoint of 80 .* expected a signed note/,
    ],
    [
      'AUD-17',
      'the whole log was written anew, signed with another key',
      async (sql) => {
        await rewrite(sql, (await texts(sql)).with(50, forged));
        await sql.query('DELETE FROM access_checkpoint');
        await writeCheckpoint(sql, { ...IDENTITY, signingKey: FOREIGN_KEY }, new Date());
      },
      /^checkpoint of 120 .* not signed with the key/,
    ],
    [
      'AUD-18',
      'the whole log was written anew, without checkpoints',
      async (sql) => {
        await rewrite(sql, (await texts(sql)).with(50, forged));
        await sql.query('DELETE FROM access_checkpoint');
      },
      /^no good checkpoint: nothing of the log is signed/,
    ],
    [
      'AUD-19',
      'the log was written anew from an entry on, without the checkpoints after it',
      async (sql) => {
        await rewrite(sql, (await texts(sql)).with(50, forged));
        await sql.query('DELETE FROM access_checkpoint WHERE size > 40');
      },
      /^entries from 40 on have no checkpoint, for more than 10 minutes/,
    ],
  ])('MUST find, by the database alone, that (%s) %s', async (_, __, tamper, found) => {
    expect(await foundAfter(tamper, [])).toContainEqual(expect.stringMatching(found));
  });

  it.each<[id: string, what: string, tamper: (sql: Sql) => Promise<unknown>, found: RegExp]>([
    [
      'AUD-30',
      'the newest entries were cut off, with tree and checkpoints',
      (sql) => backTo(sql, 80),
      /^the log has 80 entries; victims has a checkpoint of 115/,
    ],
    ['AUD-31', 'a backup from before the first entry was put back', (sql) => backTo(sql, 0), /^the log has 0 entries; victims has a checkpoint of 80/],
    [
      'AUD-32',
      'an older backup was put back, and the service went on signing beyond what was seen',
      async (sql) => {
        await backTo(sql, 80);
        await appendTexts(
          sql,
          upTo(60).map((n) => textOf(500 + n)),
        );
        await writeCheckpoint(sql, IDENTITY, new Date());
      },
      /^victims has a signed checkpoint of 115 entries with another root: something between entries 80 and 114/,
    ],
    [
      'AUD-33',
      'the log was written anew by whoever has the key',
      async (sql) => {
        await rewrite(sql, (await texts(sql)).with(50, forged));
        await sql.query('DELETE FROM access_checkpoint');
        await writeCheckpoint(sql, IDENTITY, new Date());
      },
      /^victims has a signed checkpoint of 80 entries with another root: something between entries 0 and 79/,
    ],
    [
      'AUD-34',
      'all was written anew without a key, and nothing signed but what fits',
      async (sql) => {
        await rewrite(sql, (await texts(sql)).with(118, forged));
        await sql.query('DELETE FROM access_checkpoint WHERE size > 115');
      },
      /^victims has a signed checkpoint of 120 entries with another root: something between entries 115 and 119/,
    ],
  ])('MUST find, by what another service has seen, that (%s) %s', async (_, __, tamper, found) => {
    expect(await foundAfter(tamper)).toContainEqual(expect.stringMatching(found));
  });

  it('MUST find that a witness has what the log never signed (AUD-35)', async () => {
    const insert =
      "INSERT INTO witnessed_checkpoint (log, size, root, note) SELECT log, 119, root, replace(note, E'\\n120\\n', E'\\n119\\n') FROM witnessed_checkpoint WHERE size = 120";
    const other = await witness.transaction(async (sql) => {
      await sql.query('CREATE TEMPORARY TABLE before AS SELECT * FROM witnessed_checkpoint');
      await sql.query(insert);
      const found = await audited(database.sql, [{ ...witness, sql }]);
      await sql.query('ALTER TABLE witnessed_checkpoint DISABLE TRIGGER USER');
      await sql.query('DELETE FROM witnessed_checkpoint WHERE size = 119');
      await sql.query('ALTER TABLE witnessed_checkpoint ENABLE TRIGGER USER');
      return found;
    });
    expect(other).toEqual([expect.stringMatching(/^checkpoint of 119 entries in victims: not signed with the key/)]);
  });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** `npm run audit -- …`, in the databases of `env`. */
function audit(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/audit.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, LOG_VERIFIERS: verifierText(LOG), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((done) => child.once('close', (code) => done({ code, output, errors })));
}

describe(`npm run audit on ${ENGINE}`, () => {
  let all: ScratchDatabases;
  let keyFile: string;
  const place = (of: ScratchDatabases, name: 'calls' | 'victims') => (ENGINE === 'pglite' ? join(of.folder, name) : databaseUrl(name, of.env));
  const copyAt = (of: string) => (ENGINE === 'pglite' ? ['--folder', of] : ['--database-url', of]);

  beforeAll(async () => {
    all = await scratchDatabases();
    const calls = await openAdmin('calls', all.env);
    const log = openTestLog(calls);
    await Promise.all(upTo(30).map((n) => log.append(entryOf(n))));
    await log.checkpoint();
    await log.append(entryOf(30));
    const note = await log.checkpoint();
    await log.close();
    await calls.close();
    const victims = await openAdmin('victims', all.env);
    await keepWitnessed(victims.sql, note, [LOG]);
    await victims.close();
    mkdirSync(join(all.folder, 'files'));
    keyFile = join(all.folder, 'files', 'calls.pub.pem');
    writeFileSync(keyFile, LOG.key.export({ type: 'spki', format: 'pem' }));
  });
  afterAll(() => all?.drop());

  it('says that a log is good, with and without witnesses', async () => {
    const by = await audit(all.env, 'verify', 'calls', ...copyAt(place(all, 'calls')), '--witnesses', place(all, 'victims'));
    expect(by.errors).toBe('');
    expect(by).toMatchObject({ code: 0, output: expect.stringMatching(/31 mục · entries, 2 .* checkpoints, 1 .* kept by others\nĐÚNG · GOOD/) });
    // Its own databases, of which two were never made.
    const own = await audit(all.env, 'verify', 'calls', '--key', keyFile);
    expect(own).toMatchObject({
      code: 0,
      output: expect.stringMatching(/not compared with agencies[\s\S]*not compared with referrals[\s\S]*1 .* kept by others/),
    });
  });

  it('finds by a saved checkpoint that an older backup was put back (AUD-40), and says where', async () => {
    const before = await scratchDatabases();
    try {
      const older = await openAdmin('calls', before.env);
      const log = openTestLog(older);
      await log.append(entryOf(0));
      await log.close();
      await older.close();
      const saved = await audit(all.env, 'checkpoint', 'calls');
      expect(saved).toMatchObject({ code: 0, output: expect.stringMatching(/^hotline\/calls\n31\n/) });
      const file = join(all.folder, 'files', 'saved');
      writeFileSync(file, saved.output);
      const found = await audit(all.env, 'verify', 'calls', ...copyAt(place(before, 'calls')), '--witnesses', file);
      expect(found).toMatchObject({ code: 1, output: expect.stringContaining(`WRONG  the log has 1 entries; ${file} has a checkpoint of 31`) });
      expect(found.output).not.toContain('GOOD');
    } finally {
      await before.drop();
    }
  });

  it('MUST NOT take another key for the log’s (AUD-41)', async () => {
    const other = verifierText({ name: LOG.name, key: publicHalf(FOREIGN_KEY) });
    const found = await audit(all.env, 'verify', 'calls', '--key', other);
    expect(found).toMatchObject({ code: 1, output: expect.stringContaining('not signed with the key') });
    expect(await audit(all.env, 'checkpoint', 'calls', '--key', other)).toMatchObject({ code: 1, errors: expect.stringContaining('not signed with the key') });
  });

  describe('a proof (AUD-42)', () => {
    const file = () => join(all.folder, 'files', 'proof.json');
    const prove = async (...args: string[]) => {
      const { code, output, errors } = await audit(all.env, 'prove', 'calls', ...args);
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      writeFileSync(file(), output);
      return JSON.parse(output);
    };
    const check = () => audit({}, 'check-proof', file(), '--key', keyFile);

    it('that an entry is in the log holds, and MUST NOT be believed when it was changed', async () => {
      const entry = await prove('--entry', '7');
      expect(await check()).toMatchObject({ code: 0, output: expect.stringContaining('entry 7 is in the log of 31 entries') });
      await prove('--entry', '7', '--size', '30');
      expect(await check()).toMatchObject({ code: 0, output: expect.stringContaining('entry 7 is in the log of 30 entries') });
      for (const changed of [
        { index: 8 },
        { entry: entry.entry.replace('officer', 'nobody') },
        { proof: entry.proof.slice(1) },
        { checkpoint: entry.checkpoint.replace('31', '30') },
        { proof: 1 },
      ]) {
        writeFileSync(file(), JSON.stringify({ ...entry, ...changed }));
        expect(await check(), JSON.stringify(changed)).toMatchObject({ code: 1, output: '' });
      }
    });

    it('that the log only grew holds, and MUST NOT be believed when it was changed', async () => {
      const growth = await prove('--from', '30', '--to', '31');
      expect(await check()).toMatchObject({ code: 0, output: expect.stringContaining('the log of 30 entries is the beginning of that of 31') });
      writeFileSync(file(), JSON.stringify({ ...growth, proof: growth.proof.toReversed() }));
      expect(await check()).toMatchObject({ code: 1, output: '' });
    });

    it('of what the log has not, or has not signed, is none', async () => {
      expect(await audit(all.env, 'prove', 'calls', '--entry', '7', '--size', '12')).toMatchObject({
        code: 1,
        errors: expect.stringContaining('no checkpoint of 12 entries; the nearest are of 30'),
      });
      expect(await audit(all.env, 'prove', 'calls', '--entry', '31')).toMatchObject({
        code: 1,
        errors: expect.stringContaining('expected an entry from 0 to 30'),
      });
    });
  });

  it.each([
    [['verify', 'nobody'], 'expected one of'],
    [['peek', 'calls'], 'expected one of verify'],
    [['prove', 'calls'], 'expected --entry N'],
    [['prove', 'calls', '--entry', 'x'], 'expected a number'],
    [['verify', 'calls', '--folder', '/tmp', '--database-url', 'postgres://x'], 'not both'],
    [['verify', 'calls', '--key', '/nowhere'], '--key: expected a public key'],
    [['verify', 'calls', '--unknown'], 'Unknown option'],
  ])('says what it expects instead of %j', async (args, message) => {
    expect(await audit(all.env, ...args)).toMatchObject({ code: 2, errors: expect.stringContaining(message) });
  });

  it('needs a key, and makes none', async () => {
    expect(await audit({ ...all.env, LOG_VERIFIERS: '' }, 'verify', 'calls')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('expected --key, or LOG_VERIFIERS'),
    });
  });

  it.runIf(ENGINE === 'pglite')('says that a running service has the folder, and audits a copy of it', async () => {
    const unlock = lockFolder(join(all.folder, 'calls'));
    try {
      expect(await audit(all.env, 'verify', 'calls')).toMatchObject({
        code: 1,
        errors: expect.stringContaining('calls is running: stop it, or audit a copy of the folder'),
      });
      const copy = join(all.folder, 'copy');
      for (const name of ['calls', 'victims']) cpSync(join(all.folder, name), join(copy, name), { recursive: true });
      expect(await audit(all.env, 'verify', 'calls', '--folder', copy, '--witnesses', copy)).toMatchObject({
        code: 0,
        output: expect.stringContaining('1 do nơi khác giữ'),
      });
    } finally {
      unlock();
    }
  });

  it.runIf(ENGINE === 'postgresql')('MUST NOT be misled by a policy that hides entries (AUD-43)', async () => {
    const calls = await openAdmin('calls', all.env, { migrate: false });
    const role = `audit_test_${process.pid}`;
    const url = new URL(databaseUrl('calls', all.env));
    url.username = role;
    url.password = 'x';
    try {
      for (const statement of [
        `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
        `GRANT USAGE ON SCHEMA public TO ${role}`,
        `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
        'ALTER TABLE access_log ENABLE ROW LEVEL SECURITY',
      ]) {
        await calls.sql.query(statement);
      }
      const found = await audit(all.env, 'verify', 'calls', '--database-url', url.href, '--witnesses', place(all, 'victims'));
      expect(found).toMatchObject({ code: 1, errors: expect.stringContaining('expected a role that row-level security does not hide entries from') });
      expect(found.errors + found.output).not.toContain(url.href);
    } finally {
      await calls.sql.query('ALTER TABLE access_log DISABLE ROW LEVEL SECURITY');
      await calls.sql.query(`DROP OWNED BY ${role}`);
      await calls.sql.query(`DROP ROLE ${role}`);
      await calls.close();
    }
  });
});

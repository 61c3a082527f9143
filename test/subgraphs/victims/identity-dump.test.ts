import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#shared/config.ts';
import { eraseIdentity, findIdentity, readIdentityOf } from '../../../subgraphs/victims/identity/vault.ts';
import { ClearText } from '../../testkit/clear-text.ts';
import { writeCsv } from '../../testkit/csv-files.ts';
import { openVault, type Person, registerPersons, runIdentity, seededPersons } from '../../testkit/identities.ts';
import { ENGINE, type ScratchDatabases, SUBGRAPHS, scratchDatabases } from '../../testkit/stack.ts';
import { databaseUrl, openTables } from '../../testkit/tables.ts';

/** Embedded databases take a minute for 10,000: TEST_IDENTITIES=10000 says so. */
const COUNT = Number(process.env['TEST_IDENTITIES'] ?? (ENGINE === 'postgresql' ? 10_000 : 1_000));

let scratch: ScratchDatabases;
let env: NodeJS.ProcessEnv;
let persons: Person[];

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  env = { ...process.env, ...scratch.env };
  persons = seededPersons(COUNT, loadConfig({ name: 'victims', port: 0 }, env).recordIdKey);
  const database = await openTables('victims', env);
  await registerPersons(database, persons);
  await database.close();
});
afterAll(() => scratch?.drop());

const [first, second] = [3, 711];
const person = (n: number) => persons[n] as Person;

/** What somebody gets who takes away all four databases. */
const dumpOf = (name: (typeof SUBGRAPHS)[number]) =>
  ENGINE === 'postgresql' ? execFileSync('pg_dump', ['--dbname', databaseUrl(name, env)], { maxBuffer: 2 ** 30 }) : undefined;

describe(`the identities of ${COUNT.toLocaleString('en-US')} persons, on ${ENGINE}`, () => {
  it('are imported from a CSV', async () => {
    const rows = persons.map(({ externalId, name, birthDate, identityNumber }) => ({ source: 'seed', externalId, name, birthDate, identityNumber }));
    // Outside the folder that is searched.
    const file = writeCsv(`${scratch.folder}.csv`, rows);
    try {
      const { code, stdout, stderr } = await runIdentity(env, ['import', '--file', file]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${COUNT} dòng · rows: ${COUNT} đã ghi · recorded, 0 lỗi · bad\n`, stderr: '' });
    } finally {
      rmSync(file);
    }
  }, 240_000);

  it('can be read again', async () => {
    const vault = await openVault(env);
    try {
      for (const n of [0, first, second, COUNT - 1]) {
        const { id, name, birthDate, identityNumber } = person(n);
        expect(await readIdentityOf(vault, id)).toEqual({ name: name.normalize('NFC'), birthDate, identityNumber });
      }
    } finally {
      await vault.database.close();
    }
  });

  it('IDN-01: a dump of all four databases, and the keys’ folder, MUST NOT show a name, birth date or number, in clear, hexadecimal or base64', () => {
    const sought = new ClearText(persons.flatMap(({ name, birthDate, identityNumber }) => [name, birthDate, identityNumber]));
    // It would be found.
    for (const encoding of ['utf8', 'hex', 'base64'] as const) {
      const hidden = Buffer.from(Buffer.from(`… ${person(second).name} …`).toString(encoding));
      expect(sought.foundIn(hidden), encoding).toBe(person(second).name);
    }
    for (const name of SUBGRAPHS) {
      const dump = dumpOf(name);
      expect(dump && sought.foundIn(dump), name).toBeUndefined();
      if (name === 'victims' && dump) expect(dump.toString().match(/^[0-9a-f-]{36}\t[0-9a-f]{24}\t\\\\x01/gm)).toHaveLength(COUNT);
    }
    expect(sought.foundUnder(scratch.folder)).toBeUndefined();
    expect(readdirSync(join(scratch.folder, 'victim-keys')).length).toBeGreaterThan(200);
  }, 240_000);

  it('IDN-02: who was erased MUST NOT be readable from an older backup, with all of the ministry’s keys', async () => {
    const [erased, kept] = [person(first), person(second)];
    const backup = `${scratch.folder}.backup`;
    const restored = `${scratch.folder.split('/').at(-1)}_restored`;
    const admin = (statement: string) => execFileSync('psql', ['--quiet', '--dbname', databaseUrl('victims', env), '-c', statement]);
    try {
      const keyFile = execFileSync('find', [join(scratch.folder, 'victim-keys'), '-name', erased.id], { encoding: 'utf8' }).trim();
      const wrapped = readFileSync(keyFile, 'utf8').split(' ')[2]?.trim() ?? '';
      expect(wrapped.length).toBeGreaterThan(70);

      if (ENGINE === 'postgresql') execFileSync('pg_dump', ['--dbname', databaseUrl('victims', env), '--file', backup]);
      else cpSync(join(scratch.folder, 'victims', 'pg'), backup, { recursive: true });
      const vault = await openVault(env);
      expect(await eraseIdentity(vault, erased.id)).toEqual({ row: true, key: true });
      await vault.database.close();
      expect(existsSync(keyFile)).toBe(false);

      let restoredEnv = env;
      if (ENGINE === 'postgresql') {
        admin(`CREATE DATABASE ${restored}`);
        restoredEnv = { ...env, VICTIMS_DATABASE_URL: databaseUrl('victims', env).replace(/\/[^/]*$/, `/${restored}`) };
        execFileSync('psql', ['--quiet', '--dbname', restoredEnv['VICTIMS_DATABASE_URL'] ?? '', '-v', 'ON_ERROR_STOP=1', '--file', backup], {
          stdio: 'ignore',
        });
      } else {
        rmSync(join(scratch.folder, 'victims', 'pg'), { recursive: true });
        cpSync(backup, join(scratch.folder, 'victims', 'pg'), { recursive: true });
      }
      const older = await openVault(restoredEnv);
      try {
        expect(await older.database.query('SELECT 1 FROM victim_identity WHERE victim_id = $1 AND name IS NOT NULL', [erased.id])).toHaveLength(1);
        await expect(readIdentityOf(older, erased.id)).rejects.toMatchObject({ code: 'ERASED' });
        const { name, birthDate, identityNumber } = erased;
        expect(await findIdentity(older, { name: null, birthDate: null, identityNumber })).toEqual([]);
        expect(await findIdentity(older, { name, birthDate, identityNumber: null })).toEqual([]);
        // The others' identities are as good as before.
        expect(await readIdentityOf(older, kept.id)).toMatchObject({ name: kept.name.normalize('NFC') });
        expect(await findIdentity(older, { name: null, birthDate: null, identityNumber: kept.identityNumber })).toEqual([kept.id]);
      } finally {
        await older.database.close();
      }
      // Nor does anything that is left hold the key, wrapped as it was.
      const sought = new ClearText([wrapped, Buffer.from(wrapped, 'base64').toString('hex')]);
      expect(ENGINE === 'postgresql' ? sought.foundIn(readFileSync(backup)) : sought.foundUnder(backup)).toBeUndefined();
      expect(sought.foundUnder(scratch.folder)).toBeUndefined();
    } finally {
      if (ENGINE === 'postgresql')
        execFileSync('psql', ['--quiet', '--dbname', databaseUrl('agencies', env), '-c', `DROP DATABASE IF EXISTS ${restored} WITH (FORCE)`]);
      rmSync(backup, { recursive: true, force: true });
    }
  }, 240_000);
});

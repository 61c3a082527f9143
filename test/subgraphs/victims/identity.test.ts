import { randomBytes } from 'node:crypto';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isScope, SCOPES } from '#schema/access.ts';
import type { Database } from '#shared/database.ts';
import { loadConfig } from '#shared/config.ts';
import { parseMinistryKeys } from '../../../subgraphs/victims/identity/ministry-keys.ts';
import type { Identity } from '../../../subgraphs/victims/identity/person.ts';
import { importIdentities } from '../../../subgraphs/victims/identity/import.ts';
import { rewrapKeys } from '../../../subgraphs/victims/identity/rewrap.ts';
import { eraseIdentity, findIdentity, readIdentityOf, recordIdentities, recordIdentity, type Vault } from '../../../subgraphs/victims/identity/vault.ts';
import { OFFICER, openVault, type Person, registerPersons, STRANGER, seededPersons } from '../../testkit/identities.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../testkit/stack.ts';
import { openTables } from '../../testkit/tables.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [index, oldKey, newKey] = [key('index'), key('2026'), key('2027')];

let scratch: ScratchDatabases;
let env: NodeJS.ProcessEnv;
let vault: Vault;
/** What tests do that no officer can: as the owner of the tables. */
let owner: Database;
let persons: Person[];

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  env = { ...process.env, ...scratch.env, VICTIMS_IDENTITY_KEYS: `${oldKey},${index}` };
  persons = seededPersons(300, loadConfig({ name: 'victims', port: 0 }, env).recordIdKey);
  vault = await openVault(env);
  owner = ENGINE === 'postgresql' ? await openTables('victims', env) : vault.database;
  await registerPersons(owner, persons.slice(0, 250));
  await registerPersons(owner, persons.slice(250), STRANGER);
  await recordIdentities(vault, new Map(persons.slice(0, 200).map((person) => [person.id, identityOf(person)])), 'import');
  await recordIdentities({ ...vault, officer: stranger }, new Map(persons.slice(250).map((person) => [person.id, identityOf(person)])), 'import');
});
afterAll(async () => {
  await vault?.database.close();
  if (ENGINE === 'postgresql') await owner?.close();
  await scratch?.drop();
});

const stranger = { ...OFFICER, agency: STRANGER };
const person = (n: number) => persons[n] as Person;
const identityOf = ({ name, birthDate, identityNumber }: Person): Identity => ({ name: name.normalize('NFC'), birthDate, identityNumber });
const keyFilesOf = (id: string) => globSync(`${scratch.folder}/victim-keys/*/${id}*`);

async function accesses(): Promise<Record<string, unknown>[]> {
  return (await owner.query<{ entry: string }>('SELECT entry FROM access_log ORDER BY seq')).map(({ entry }) => JSON.parse(entry));
}

describe(`an identity, on ${ENGINE}`, () => {
  it('is recorded and read by the agency that registered the person, and each stands in the access log', async () => {
    const { id } = person(201);
    const before = (await accesses()).length;
    await recordIdentity(vault, id, identityOf(person(201)));
    expect(await readIdentityOf(vault, id.toUpperCase())).toEqual(identityOf(person(201)));
    const entries = (await accesses()).slice(before);
    const common = { ...OFFICER, records: [id], fields: ['VictimIdentity.name', 'VictimIdentity.birthDate', 'VictimIdentity.identityNumber'] };
    expect(entries).toEqual([
      expect.objectContaining({ ...common, kind: 'act', operationName: 'identityRecord', details: { act: 'identityRecord' } }),
      expect.objectContaining({ ...common, kind: 'read', operationName: 'identityRead' }),
    ]);
  });

  it('is recorded again under the same key, and what was not said is gone', async () => {
    const { id } = person(202);
    await recordIdentity(vault, id, identityOf(person(202)));
    const file = readFileSync(keyFilesOf(id)[0] ?? '', 'utf8');
    await recordIdentity(vault, id, { name: 'Lò Thị Mai', birthDate: '1991', identityNumber: null });
    expect(readFileSync(keyFilesOf(id)[0] ?? '', 'utf8')).toBe(file);
    expect(await readIdentityOf(vault, id)).toEqual({ name: 'Lò Thị Mai', birthDate: '1991', identityNumber: null });
    expect(await findIdentity(vault, { ...identityOf(person(202)), birthDate: null, name: null })).toEqual([]);
  });

  it('says that there is none where none was recorded', async () => {
    await expect(readIdentityOf(vault, person(249).id)).rejects.toMatchObject({ code: 'NOT_RECORDED' });
  });

  it('IDN-05: of another agency’s person MUST NOT be read, recorded, found or erased, nor told from one that is not there', async () => {
    const [{ id }, unknown] = [person(260), { id: person(0).id.replace(/^......../, '00000000') }];
    const known = identityOf(person(260));
    for (const refused of [id, unknown.id]) {
      await expect(readIdentityOf(vault, refused)).rejects.toMatchObject({ code: 'NOT_THERE', message: expect.not.stringContaining(STRANGER) });
      await expect(recordIdentity(vault, refused, identityOf(person(0)))).rejects.toMatchObject({ code: 'NOT_THERE' });
      await expect(eraseIdentity(vault, refused)).rejects.toMatchObject({ code: 'NOT_THERE' });
    }
    expect(await findIdentity(vault, { ...known, name: null, birthDate: null })).toEqual([]);
    expect(await findIdentity(vault, { ...known, identityNumber: null })).toEqual([]);
    expect(await readIdentityOf({ ...vault, officer: stranger }, id)).toEqual(known);
    expect(await findIdentity({ ...vault, officer: stranger }, { ...known, identityNumber: null })).toEqual([id]);
  });
});

describe(`looking for a person, on ${ENGINE}`, () => {
  it('finds every one by number, and by name and birth date however they are typed', async () => {
    for (const { id, name, birthDate, identityNumber } of persons.slice(0, 40)) {
      expect(await findIdentity(vault, { name: null, birthDate: null, identityNumber })).toEqual([id]);
      for (const typed of [name, name.normalize('NFD'), name.toUpperCase().normalize('NFD')])
        expect(await findIdentity(vault, { name: typed, birthDate, identityNumber: null })).toEqual([id]);
    }
  });

  it('finds nobody by a name with another birth date, or by what another person has', async () => {
    const [a, b] = [identityOf(person(1)), identityOf(person(2))];
    expect(await findIdentity(vault, { name: a.name, birthDate: b.birthDate, identityNumber: null })).toEqual([]);
    expect(await findIdentity(vault, { ...a, identityNumber: b.identityNumber })).toEqual([]);
    expect(await findIdentity(vault, { ...a, identityNumber: '999999999999' })).toEqual([]);
  });

  it('wants a number, or both name and birth date', async () => {
    await expect(findIdentity(vault, { name: 'Lò Thị Mai', birthDate: null, identityNumber: null })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('IDN-06: MUST NOT find by a blind index alone: the identity itself is compared', async () => {
    const [a, b] = [person(10), person(11)];
    await owner.query('UPDATE victim_identity SET number_index = (SELECT number_index FROM victim_identity WHERE victim_id = $1) WHERE victim_id = $2', [
      a.id,
      b.id,
    ]);
    expect(await findIdentity(vault, { name: null, birthDate: null, identityNumber: a.identityNumber })).toEqual([a.id]);
    // The log has both: the other was opened too.
    expect((await accesses()).at(-1)).toMatchObject({ operationName: 'identityFind', records: [a.id, b.id].sort() });
  });
});

describe(`row-level security of identities, on ${ENGINE}`, () => {
  const shown = async (agency: string | null, scopes: readonly string[], all = false) => {
    const sql = vault.database.as(() => ({ agency, scopes, passes: [], all }));
    return (await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM victim_identity'))[0]?.n;
  };

  it('IDN-19: MUST NOT show the application a row with all scopes that a token can have, nor of another agency with the command’s', async () => {
    expect(await shown(OFFICER.agency, Object.keys(SCOPES), true)).toBe(0);
    expect(await shown(null, ['identity', 'victims:read'])).toBe(0);
    const [rows] = await owner.query<{ own: number; others: number }>(
      'SELECT count(*) FILTER (WHERE agency = $1)::int AS own, count(*) FILTER (WHERE agency = $2)::int AS others FROM victim_identity i JOIN victim v ON v.id = i.victim_id',
      [OFFICER.agency, STRANGER],
    );
    expect(rows).toMatchObject({ own: expect.any(Number), others: 50 });
    expect(await shown(OFFICER.agency, ['identity', 'victims:read'])).toBe(rows?.own);
    expect(await shown(STRANGER, ['identity', 'victims:read'], true)).toBe(50);
    expect(isScope('identity')).toBe(false);
  });

  it('IDN-20: MUST NOT let one agency write for another', async () => {
    const acting = <T>(statement: string) =>
      vault.database.acting(
        () => ({ agency: OFFICER.agency, scopes: ['identity', 'victims:read'], passes: [], all: true }),
        (sql) => sql.query<T>(statement, [person(260).id]),
      );
    expect(await acting('DELETE FROM victim_identity WHERE victim_id = $1 RETURNING 1')).toEqual([]);
    expect(await acting("UPDATE victim_identity SET key_id = 'x' WHERE victim_id = $1 RETURNING 1")).toEqual([]);
    await owner.query('DELETE FROM victim_identity WHERE victim_id = $1', [person(261).id]);
    await expect(acting("INSERT INTO victim_identity (victim_id, key_id) VALUES ($1::uuid, 'x')")).rejects.toThrow(/row-level security/);
  });
});

describe(`sealed values in the table, on ${ENGINE}`, () => {
  const swapped = async (statement: string, ids: readonly string[], also: () => Promise<unknown> = async () => undefined) => {
    await owner.query(statement, ids);
    for (const id of ids) await expect(readIdentityOf(vault, id), id).rejects.toMatchObject({ code: expect.stringMatching(/^(DAMAGED|ERASED)$/) });
    await also();
    await owner.query(statement, ids);
    for (const id of ids) expect(await readIdentityOf(vault, id)).toEqual(identityOf(persons.find((each) => each.id === id) as Person));
  };
  const between = (columns: string) =>
    `UPDATE victim_identity a SET (${columns}) = (SELECT ${columns} FROM victim_identity b WHERE b.victim_id IN ($1, $2) AND b.victim_id <> a.victim_id)
     WHERE a.victim_id IN ($1, $2)`;

  it.each(['name', 'birth_date', 'identity_number', 'key_id, name', 'key_id, name, birth_date, identity_number'])(
    'IDN-07: swapped between two rows (%s) MUST NOT be opened',
    async (columns) => {
      await swapped(between(columns), [person(20).id, person(21).id]);
    },
  );

  it.each([
    ['name', 'identity_number'],
    ['name', 'birth_date'],
    ['birth_date', 'identity_number'],
  ])('IDN-08: swapped between the columns %s and %s MUST NOT be opened', async (a, b) => {
    await swapped(`UPDATE victim_identity SET ${a} = ${b}, ${b} = ${a} WHERE victim_id = $1`, [person(22).id]);
  });

  it('IDN-09: swapped between two rows, with the files of their keys, MUST NOT be opened', async () => {
    const ids = [person(23).id, person(24).id];
    const [a = '', b = ''] = ids.map((id) => keyFilesOf(id)[0] ?? '');
    const [textA, textB] = [readFileSync(a), readFileSync(b)];
    await swapped(between('key_id, name, birth_date, identity_number'), ids, async () => {
      writeFileSync(a, textB);
      writeFileSync(b, textA);
      for (const id of ids) await expect(readIdentityOf(vault, id)).rejects.toMatchObject({ code: 'WRONG_KEY' });
      writeFileSync(a, textA);
      writeFileSync(b, textB);
    });
  });
});

describe(`an access log that cannot be written, on ${ENGINE}`, () => {
  beforeAll(() => owner.query('ALTER TABLE access_log ADD CONSTRAINT full_up CHECK (false) NOT VALID'));
  afterAll(() => owner.query('ALTER TABLE access_log DROP CONSTRAINT full_up'));

  it('IDN-10: MUST keep every identity shut: nothing is read, found, recorded, erased or wrapped anew', async () => {
    const { id, identityNumber } = person(30);
    const rotated = { ...vault, keys: parseMinistryKeys(`${newKey},${oldKey},${index}`) };
    const file = readFileSync(keyFilesOf(id)[0] ?? '', 'utf8');
    const acts = [
      () => readIdentityOf(vault, id),
      () => findIdentity(vault, { name: null, birthDate: null, identityNumber }),
      () => recordIdentity(vault, id, { name: 'Ai Đó', birthDate: null, identityNumber: null }),
      () => recordIdentity(vault, person(240).id, identityOf(person(240))),
      () => eraseIdentity(vault, id),
      () => rewrapKeys(rotated),
    ];
    for (const act of acts) await expect(act(), String(act)).rejects.toThrow(/full_up/);
    expect(readFileSync(keyFilesOf(id)[0] ?? '', 'utf8')).toBe(file);
    expect(await owner.query('SELECT 1 FROM victim_identity WHERE victim_id = $1', [person(240).id])).toEqual([]);
    expect(await owner.query('SELECT 1 FROM victim_identity WHERE victim_id = $1', [id])).toHaveLength(1);
  });
});

describe(`an identity that is erased, on ${ENGINE}`, () => {
  it('IDN-11: MUST NOT be read or found, and its key is gone; erasing again is no fault', async () => {
    const { id, ...values } = person(31);
    expect(await eraseIdentity(vault, id)).toEqual({ row: true, key: true });
    expect(keyFilesOf(id)).toEqual([]);
    await expect(readIdentityOf(vault, id)).rejects.toMatchObject({ code: 'NOT_RECORDED' });
    expect(await findIdentity(vault, { name: null, birthDate: null, identityNumber: values.identityNumber })).toEqual([]);
    expect(await findIdentity(vault, { ...values, identityNumber: null })).toEqual([]);
    expect(await eraseIdentity(vault, id)).toEqual({ row: false, key: false });
  });

  it('IDN-12: whose erasure was cut off before the key was destroyed MUST be erased by doing it again, or by recording anew', async () => {
    for (const [n, again] of [
      [32, (id: string) => eraseIdentity(vault, id)],
      [33, (id: string) => recordIdentity(vault, id, identityOf(person(33)))],
    ] as const) {
      const { id } = person(n);
      const [row] = await owner.query<{ key_id: string; name: Uint8Array }>('SELECT key_id, name FROM victim_identity WHERE victim_id = $1', [id]);
      const cutOff = { ...vault.store, destroy: () => Promise.reject(new Error('killed')) };
      await expect(eraseIdentity({ ...vault, store: cutOff }, id)).rejects.toThrow('killed');
      expect(keyFilesOf(id)).toHaveLength(1);
      await again(id);
      // What a backup has is read with no key that there still is.
      expect(keyFilesOf(id).map((file) => readFileSync(file, 'utf8').split(' ')[0])).not.toContain(row?.key_id);
    }
  });

  it('keeps the person from being removed with a key left behind', async () => {
    await expect(owner.query('DELETE FROM victim WHERE id = $1', [person(34).id])).rejects.toThrow(/victim_identity_victim_id_foreign/);
  });
});

describe(`the ministry's keys, on ${ENGINE}`, () => {
  let known: Map<string, Identity>;
  beforeEach(() => {
    known = new Map(persons.slice(100, 200).map((each) => [each.id, identityOf(each)]));
  });
  const withKeys = (...list: string[]): Vault => ({ ...vault, keys: parseMinistryKeys([...list, index].join('\n')) });
  const all = async (from: Vault) => {
    for (const [id, identity] of known) expect(await readIdentityOf(from, id)).toEqual(identity);
  };

  it('IDN-13: others MUST NOT open anything, and say which key is wanted without any of the data', async () => {
    const { id } = person(100);
    await expect(readIdentityOf(withKeys(newKey), id)).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      message: expect.stringContaining('wrapped by the ministry\'s key "2026", which VICTIMS_IDENTITY_KEYS does not have'),
    });
    await expect(readIdentityOf(withKeys(key('2026')), id)).rejects.toMatchObject({ code: 'WRONG_KEY' });
    await expect(findIdentity(withKeys(key('2026')), { ...identityOf(person(100)), identityNumber: null })).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });

  it('IDN-18: with another entry for the blind indexes MUST be refused, since nobody would be found', async () => {
    const another = openVault({ ...env, VICTIMS_IDENTITY_KEYS: `${oldKey},${key('index')}` });
    await expect(another).rejects.toMatchObject({ code: 'WRONG_KEY', message: expect.stringContaining('the entry "index"') });
  });

  it('are changed: what is not wrapped anew yet is read with the old one, all is found as before, and at last the old one may go', async () => {
    const rotated = withKeys(newKey, oldKey);
    await all(rotated);
    const progress: number[] = [];
    const done = await rewrapKeys(rotated, ({ seen }) => progress.push(seen));
    expect(done).toMatchObject({ seen: done.rewrapped, failed: [] });
    expect(done.rewrapped).toBeGreaterThan(200);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(await rewrapKeys(rotated)).toMatchObject({ seen: done.seen, rewrapped: 0, failed: [] });
    await all(withKeys(newKey));
    expect(await findIdentity(withKeys(newKey), { ...identityOf(person(150)), identityNumber: null })).toEqual([person(150).id]);
    await expect(readIdentityOf(withKeys(oldKey), person(100).id)).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  });

  it('IDN-17: MUST NOT bring back the key of who is erased meanwhile', async () => {
    const { id } = person(35);
    const store = {
      ...vault.store,
      lists: async function* () {
        for await (const listed of vault.store.lists()) {
          if (listed.includes(id)) await eraseIdentity(withKeys(newKey), id);
          yield listed;
        }
      },
    };
    const later = key('2027-b');
    expect(await rewrapKeys({ ...withKeys(later, newKey), store })).toMatchObject({ failed: [] });
    expect(keyFilesOf(id)).toEqual([]);
    expect(keyFilesOf(person(36).id).map((file) => readFileSync(file, 'utf8').split(' ')[1])).toEqual(['2027-b']);
    await rewrapKeys(withKeys(newKey, later));
  });

  it('that do not fit leave a file as it is, and are told of by the person’s id', async () => {
    const file = keyFilesOf(person(160).id)[0] ?? '';
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(' 2027 ', ' 2020 '));
    const newest = key('2028');
    const done = await rewrapKeys(withKeys(newest, newKey));
    expect(done.failed).toEqual([{ victimId: person(160).id, code: 'UNKNOWN_KEY' }]);
    writeFileSync(file, text);
    expect(await rewrapKeys(withKeys(newest, newKey))).toMatchObject({ rewrapped: 1, failed: [] });
    await all(withKeys(newest));
  });
});

describe(`a CSV of identities, on ${ENGINE}`, () => {
  const faultsOf = async (csv: string) => {
    const faults: string[] = [];
    const done = await importIdentities(
      vault,
      loadConfig({ name: 'victims', port: 0 }, env).recordIdKey,
      (async function* () {
        yield csv;
      })(),
      ({ line, column, expected }) => faults.push(`${line} ${column}: ${expected}`),
    );
    return { ...done, faults };
  };

  it('IDN-14: has its good rows recorded, and its bad ones told by line, which MUST NOT repeat a value', async () => {
    const header = 'source;externalId;name;birthDate;identityNumber';
    const rows = [
      'seed;p210;Lò Thị Mai;1990-01-02;001190000210',
      'seed;p211;Hờ A Chu;1990-13-02;001190000211',
      'seed;p255;Vàng Thị Dợ;1990-01-02;001190000255',
      'seed;nobody;Vàng Thị Dợ;1990-01-02;001190000256',
      'seed;p210;Giàng A Páo;1990-01-02;001190000210',
      'seed;p212;Giàng A Páo',
      'seed;;Giàng A Páo;;',
      `;${person(213).id};"Nguyễn ""Út"" Lan";;`,
      'seed;p214;"Sùng" A;1990-01-02;001190000214',
    ];
    const { faults, ...counts } = await faultsOf(`${header}\n${rows.join('\n')}\n`);
    expect(counts).toEqual({ rows: 9, recorded: 2, bad: 7 });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['3 birthDate', '4 externalId', '5 externalId', '6 externalId', '7 ', '8 externalId', '10 ']);
    expect(faults.join('\n')).not.toMatch(/Lò|Hờ|Vàng|Giàng|Sùng|1990|00119|nobody/);
    expect(await readIdentityOf(vault, person(213).id)).toEqual({ name: 'Nguyễn "Út" Lan', birthDate: null, identityNumber: null });
    expect(await readIdentityOf(vault, person(210).id)).toMatchObject({ name: 'Lò Thị Mai' });
  });

  it('is refused without its header, which is not repeated', async () => {
    await expect(faultsOf('Lò Thị Mai,1990-01-02,001190000210\n')).rejects.toThrow(/^line 1: expected the columns source, externalId/);
  });
});

it('leaves no file unfinished', () => {
  expect(globSync(join(scratch.folder, 'victim-keys/*/*.new'))).toEqual([]);
  rmSync(join(scratch.folder, 'victim-keys'), { recursive: true });
});

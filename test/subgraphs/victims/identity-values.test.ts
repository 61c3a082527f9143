import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '#shared/config.ts';
import { readRequest } from '../../../cli/identity/request.ts';
import { loadIdentityConfig } from '../../../subgraphs/victims/identity/config.ts';
import { openKeyStore } from '../../../subgraphs/victims/identity/key-store.ts';
import { KeyListError, parseMinistryKeys } from '../../../subgraphs/victims/identity/ministry-keys.ts';
import { type Identity, matches, nameAndBirthIndex, numberIndex, readIdentity } from '../../../subgraphs/victims/identity/person.ts';
import { newDataKey, openValue, sealValue, unwrapDataKey, wrapDataKey } from '../../../subgraphs/victims/identity/sealing.ts';

const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const LIST = `2026:${base64(1)}\nindex:${base64(2)}\n`;
const keys = parseMinistryKeys(LIST);
const ID = '0a1b2c3d-0000-8400-8000-000000000001';
const OTHER = '0a1b2c3d-0000-8400-8000-000000000002';

const folder = mkdtempSync(join(tmpdir(), 'hotline-identity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the ministry's keys", () => {
  it('are lines of an id and 32 bytes, the first of which wraps, with one for the indexes', () => {
    const several = parseMinistryKeys(`# current\n2027:${base64(3)}\r\nindex:${base64(2)}\n\n2026:${base64(1)}`);
    expect(several.current).toBe('2027');
    expect([...several.wrapping.keys()]).toEqual(['2027', '2026']);
    expect(several.index).toEqual(keys.index);
  });

  it('may stand in one line, as in a file of variables', () => {
    for (const separator of ['\\n', ',', ' ']) expect(parseMinistryKeys(LIST.trim().replaceAll('\n', separator))).toEqual(keys);
  });

  it.each([
    ['', ['expected an entry index:base64, the key of the blind indexes', 'expected at least one key that wraps']],
    [`index:${base64(2)}`, ['expected at least one key that wraps']],
    [`a:${base64(1)},a:${base64(1)},index:${base64(2)}`, ['entry 2: expected an id that no entry before it has']],
    [`a:${base64(1).slice(4)},index:${base64(2)}`, ['entry 1: expected id:base64 of 32 bytes', 'expected at least one key that wraps']],
  ])('are refused when they are %j, without repeating them', (text, faults) => {
    try {
      parseMinistryKeys(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(KeyListError);
      expect((error as KeyListError).faults).toEqual(faults);
    }
  });

  it('must be said in production, and are made in the data folder in development', () => {
    const development = { DATA_FOLDER: folder };
    expect(loadIdentityConfig(development).keys).toEqual(loadIdentityConfig(development).keys);
    expect(statSync(join(folder, 'keys', 'victims-identity.pem')).mode & 0o777).toBe(0o600);
    expect(() => loadIdentityConfig({ ...development, NODE_ENV: 'production' })).toThrow(ConfigError);
    expect(() => loadIdentityConfig({ ...development, NODE_ENV: 'production' })).toThrow(/^VICTIMS_IDENTITY_KEYS or VICTIMS_IDENTITY_KEYS_FILE: expected/m);
  });

  it('come from a file, or from the environment', () => {
    const file = join(folder, 'ministry-keys');
    writeFileSync(file, LIST);
    expect(loadIdentityConfig({ DATA_FOLDER: folder, VICTIMS_IDENTITY_KEYS_FILE: file })).toMatchObject({ keys, keyFolder: join(folder, 'victim-keys') });
    expect(loadIdentityConfig({ DATA_FOLDER: folder, VICTIMS_IDENTITY_KEYS: LIST, VICTIMS_KEY_FOLDER: '/mnt/keys' })).toMatchObject({
      keys,
      keyFolder: '/mnt/keys',
    });
    expect(() => loadIdentityConfig({ DATA_FOLDER: folder, VICTIMS_IDENTITY_KEYS_FILE: join(folder, 'none') })).toThrow(
      /_FILE: expected a file that can be read \(ENOENT\)/,
    );
  });
});

describe('a sealed value', () => {
  it('is opened with its key in its place, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const dataKey = newDataKey();
        expect(openValue(dataKey, ID, 'name', sealValue(dataKey, ID, 'name', text))).toBe(text.toWellFormed());
      }),
    );
  });

  it('is never twice the same, and does not tell how long it is', () => {
    const dataKey = newDataKey();
    const [a, b] = [sealValue(dataKey, ID, 'name', 'Lý A'), sealValue(dataKey, ID, 'name', 'Lý A')];
    expect(a.equals(b)).toBe(false);
    expect(sealValue(dataKey, ID, 'name', 'Nguyễn Thị Thu Hương').length).toBe(a.length);
  });

  it('IDN-03: in another row, in another column, under another key, or with any bit changed MUST NOT be opened', () => {
    const dataKey = newDataKey();
    const sealed = sealValue(dataKey, ID, 'name', 'Lò Thị Mai');
    const refused = { code: 'DAMAGED' };
    expect(() => openValue(dataKey, OTHER, 'name', sealed)).toThrow(expect.objectContaining(refused));
    expect(() => openValue(dataKey, ID, 'identity_number', sealed)).toThrow(expect.objectContaining(refused));
    expect(() => openValue(dataKey, ID, 'birth_date', sealed)).toThrow(expect.objectContaining(refused));
    expect(() => openValue({ ...dataKey, id: newDataKey().id }, ID, 'name', sealed)).toThrow(expect.objectContaining(refused));
    expect(() => openValue({ ...dataKey, key: randomBytes(32) }, ID, 'name', sealed)).toThrow(expect.objectContaining(refused));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openValue(dataKey, ID, 'name', changed), `bit ${bit}`).toThrow(expect.objectContaining(refused));
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => openValue(dataKey, ID, 'name', sealed.subarray(0, length)), `${length} bytes`).toThrow(expect.objectContaining(refused));
    }
  });

  it("IDN-04: a person's key in another person's file, or under another name of the ministry's key, MUST NOT be unwrapped", () => {
    const text = wrapDataKey(keys, ID, newDataKey());
    expect(() => unwrapDataKey(keys, OTHER, text)).toThrow(expect.objectContaining({ code: 'WRONG_KEY' }));
    const both = parseMinistryKeys(`other:${base64(1)},${LIST}`);
    expect(() => unwrapDataKey(both, ID, text.replace(' 2026 ', ' other '))).toThrow(expect.objectContaining({ code: 'WRONG_KEY' }));
    expect(() => unwrapDataKey(keys, ID, text.replace(' 2026 ', ' 2025 '))).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
    for (const damaged of ['', text.slice(0, -1), text.replace(' ', ''), randomBytes(text.length).toString('latin1')]) {
      expect(() => unwrapDataKey(keys, ID, damaged)).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
    }
  });
});

describe('the blind indexes', () => {
  const person = (name: string, birthDate = '1990-05-12'): Identity => ({ name, birthDate, identityNumber: null });
  const index = (name: string, birthDate?: string) => nameAndBirthIndex(keys, person(name, birthDate))?.toString('hex');

  it('are the same for a name however its letters are composed, in capitals or not, with whatever spaces', () => {
    const name = 'Nguyễn Thị Hường';
    for (const written of [name.normalize('NFD'), name.toUpperCase(), name.toUpperCase().normalize('NFD'), '  nguyễn   thị\u00a0hường '])
      expect(index(written)).toBe(index(name));
    expect(matches(person(name), person(name.normalize('NFD').toUpperCase()))).toBe(true);
  });

  it('differ by name and by birth date, and are not those of another key', () => {
    expect(index('Nguyễn Thị Hường')).not.toBe(index('Nguyễn Thị Hương'));
    expect(index('Nguyễn Thị Hường')).not.toBe(index('Nguyễn Thị Hường', '1990-05-13'));
    const others = parseMinistryKeys(`2026:${base64(1)},index:${base64(9)}`);
    expect(nameAndBirthIndex(others, person('Nguyễn Thị Hường'))?.toString('hex')).not.toBe(index('Nguyễn Thị Hường'));
  });

  it('are too short to tell a person by, even with their key', () => {
    const numbers = Array.from({ length: 20_000 }, (_, n) => numberIndex(keys, { identityNumber: String(1_000_000_000 + n) })?.toString('hex'));
    expect(numbers[0]).toMatch(/^[0-9a-f]{4}$/);
    // Many of them share one with somebody.
    expect(new Set(numbers).size).toBeLessThan(18_000);
    expect(nameAndBirthIndex(keys, { name: 'Lò A', birthDate: null })).toBeNull();
  });
});

describe('an identity that is given', () => {
  it('is stored in one form', () => {
    expect(readIdentity({ name: ' Trần\u00a0 Văn  An'.normalize('NFD'), birthDate: '1990', identityNumber: '001 090.012-345' })).toEqual({
      name: 'Trần Văn An'.normalize('NFC'),
      birthDate: '1990',
      identityNumber: '001090012345',
    });
  });

  it.each([
    ['no object', 'Trần Văn An', ['']],
    ['nothing', {}, ['']],
    ['a field that is none', { name: 'Trần Văn An', phone: '0912345678' }, ['']],
    ['a date that does not exist', { birthDate: '1990-02-30' }, ['birthDate']],
    ['a date of another form', { birthDate: '30/04/1990' }, ['birthDate']],
    ['a number that is too short', { identityNumber: '12' }, ['identityNumber']],
    ['a name without letters', { name: '12345' }, ['name']],
    ['values that are no text', { name: 5, birthDate: ['1990-01-01'], identityNumber: {} }, ['name', 'birthDate', 'identityNumber']],
  ])('is refused when it has %s, without repeating it', (_, given, fields) => {
    const faults = readIdentity(given);
    expect(faults).toMatchObject(fields.map((field) => ({ field })));
    for (const value of ['Trần Văn An', '0912345678', '1990-02-30', '30/04/1990', '12345']) expect(JSON.stringify(faults)).not.toContain(value);
  });
});

describe('the store of keys', () => {
  it('has one file for each person, for its owner alone, and leaves nothing of one that is destroyed', async () => {
    const path = join(folder, 'store');
    const store = await openKeyStore(path);
    await store.write(
      new Map([
        [ID, 'one\n'],
        [OTHER, 'two\n'],
      ]),
    );
    await store.write(new Map([[ID, 'three\n']]));
    expect([await store.read(ID), await store.read(ID.toUpperCase()), await store.read(OTHER)]).toEqual(['three\n', 'three\n', 'two\n']);
    const files = () => readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
    expect(files().map((name) => statSync(join(path, name)).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(path).mode & 0o777).toBe(0o700);

    // A process that was killed while it wrote.
    const [own = ''] = files().filter((name) => name.endsWith(ID));
    writeFileSync(join(path, `${own}.new`), 'four\n');
    const listed: string[] = [];
    for await (const ids of store.lists()) listed.push(...ids);
    expect(listed.sort()).toEqual([ID, OTHER]);
    expect(await store.destroy(ID)).toBe(true);
    expect(await store.destroy(ID)).toBe(false);
    expect(files()).toEqual([expect.stringContaining(OTHER)]);
    expect(files().map((name) => readFileSync(join(path, name), 'utf8'))).toEqual(['two\n']);
  });
});

describe('the command line', () => {
  const OFFICER = ['--agency', 'c02', '--subject', 'officer-7', '--purpose', 'CASE_WORK'];

  it('says which act, on whose behalf and why', () => {
    expect(readRequest(['read', ID.toUpperCase(), ...OFFICER])).toEqual({
      act: 'read',
      victimId: ID,
      officer: { agency: 'c02', subject: 'officer-7', purpose: 'CASE_WORK' },
      file: undefined,
    });
  });

  it.each([
    ['no act', OFFICER, /expected one of record, read/],
    ['no person', ['read', ...OFFICER], /read: expected a person's id/],
    ["another record's id", ['read', ID.replace('-84', '-81'), ...OFFICER], /read: expected a person's id/],
    ['values', ['find', '001090012345', ...OFFICER], /find: expected no id/],
    ['values beside the id', ['record', ID, 'Trần Văn An', ...OFFICER], /nothing else on the command line/],
    ['an option for a value', ['find', '--name=Trần Văn An', ...OFFICER], /expected no other options/],
    ['no agency', ['read', ID, '--subject', 'officer-7', '--purpose', 'CASE_WORK'], /--agency/],
    ['no subject', ['read', ID, '--agency', 'c02', '--purpose', 'CASE_WORK'], /--subject/],
    ['no purpose', ['read', ID, '--agency', 'c02', '--subject', 'officer-7'], /--purpose: expected CASE_WORK or INVESTIGATION/],
    ['a purpose that needs no names', ['read', ID, ...OFFICER.slice(0, 5), 'STATISTICS'], /--purpose: expected CASE_WORK or INVESTIGATION/],
  ])('is refused with %s, and not repeated', (_, args, message) => {
    try {
      readRequest(args);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toMatch(/Trần|001090012345/);
    }
  });
});

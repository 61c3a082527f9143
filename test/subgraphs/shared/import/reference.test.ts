import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#shared/database.ts';
import { importRows } from '#shared/import/importer.ts';
import { agenciesReplica, endsAfterItBegins, provincesReplica, successorInFull } from '#shared/import/reference.ts';
import { imports as ownImports } from '../../../../subgraphs/agencies/import.ts';
import { ENGINE, type ScratchDatabases, scratchDatabases } from '../../../testkit/stack.ts';
import { openTables } from '../../../testkit/tables.ts';

describe('what is valid for a time', () => {
  it.each([
    ['2021-01-01', '2021-01-01', undefined],
    ['2021-01-01', '2025-12-31', undefined],
    ['2021-01-01', null, undefined],
    [null, '2021-01-01', undefined],
    ['-infinity', '2021-01-01', undefined],
    ['2021-01-02', '2021-01-01', 'a day not before validFrom (2021-01-02)'],
  ])('from %s to %s: expected %s', (valid_from, valid_to, expected) => {
    expect(endsAfterItBegins({ valid_from, valid_to })).toBe(expected);
  });
});

describe("a province's successor", () => {
  it('is not the province itself', () => {
    const itself = { scheme: 'VN34', code: '24', successor_scheme: 'VN34', successor_code: '24' };
    expect(successorInFull(itself)).toBe('another province than the one that it follows');
    expect(successorInFull({ ...itself, scheme: 'VN63' })).toBeUndefined();
  });

  it.each([
    ['VN34', '24', undefined],
    [null, null, undefined],
    ['VN34', null, 'successorScheme and successorCode together, or neither'],
    [null, '24', 'successorScheme and successorCode together, or neither'],
  ])('named by scheme %s and code %s: expected %s', (successor_scheme, successor_code, expected) => {
    expect(successorInFull({ successor_scheme, successor_code })).toBe(expected);
  });
});

const province = (scheme: string, code: string, more: Record<string, string> = {}) => ({ scheme, code, nameVi: code, nameEn: code, ...more });
const agency = (id: string, type: string, validFrom: string) => ({ id, type, nameVi: id, nameEn: id, validFrom });

const SPECS = {
  agencies: { provinces: ownImports['provinces'], agencies: ownImports['agencies'] },
  calls: { provinces: provincesReplica, agencies: agenciesReplica },
} as const;

describe.each(['agencies', 'calls'] as const)(`the list of provinces and agencies in %s, on ${ENGINE}`, (name) => {
  let scratch: ScratchDatabases;
  let database: Database;
  beforeAll(async () => {
    scratch = await scratchDatabases();
    database = await openTables(name, scratch.env);
  }, 60_000);
  beforeEach(async () => {
    await database.query('DELETE FROM reference');
    if (name === 'agencies') for (const table of ['province', 'agency_version']) await database.query(`DELETE FROM ${table}`);
  });
  afterAll(async () => {
    await database?.close();
    await scratch?.drop();
  });

  const bring = async (records: 'provinces' | 'agencies', ...rows: Record<string, string>[]) => {
    const spec = SPECS[name][records];
    if (spec === undefined) throw new Error(`no import ${records}`);
    expect(await importRows(database, spec, rows, { recordIdKey: 'a key of sixteen characters or more' })).toMatchObject({ bad: 0, written: true });
  };
  const listed = (columns: string) => database.query(`SELECT id, ${columns} FROM reference ORDER BY id`);

  it('says what became of a province', async () => {
    await bring('provinces', province('OLD', '1', { successorScheme: 'NEW', successorCode: '1' }), province('NEW', '1'));
    expect(await listed('successor')).toEqual([
      { id: 'NEW:1', successor: null },
      { id: 'OLD:1', successor: 'NEW:1' },
    ]);
  });

  it('is filled in where it was written before it said so', async () => {
    const rows = [province('OLD', '1', { successorScheme: 'NEW', successorCode: '1' }), province('NEW', '1')];
    await bring('provinces', ...rows);
    await bring('agencies', agency('a', 'POLICE', ''));
    await database.query('UPDATE reference SET successor = NULL, type = NULL');
    await bring('provinces', ...rows);
    await bring('agencies', agency('a', 'POLICE', ''));
    expect(await listed('successor, type')).toEqual([
      { id: 'NEW:1', successor: null, type: null },
      { id: 'OLD:1', successor: 'NEW:1', type: null },
      { id: 'a', successor: null, type: 'POLICE' },
    ]);
  });

  it('keeps what a file does not speak of', async () => {
    await bring('provinces', province('OLD', '1', { successorScheme: 'NEW', successorCode: '1', validTo: '2025-06-30' }), province('NEW', '1'));
    await bring('provinces', province('OLD', '1'));
    expect(await listed('successor, valid_to::text')).toContainEqual({ id: 'OLD:1', successor: 'NEW:1', valid_to: '2025-06-30' });
  });

  it('has an agency once, with the type of its latest version', async () => {
    await bring('agencies', agency('a', 'NGO', '2017-01-01'), agency('a', 'POLICE', ''), agency('a', 'BORDER_GUARD', '2010-01-01'), agency('b', 'NGO', ''));
    expect(await listed('type')).toEqual([
      { id: 'a', type: 'NGO' },
      { id: 'b', type: 'NGO' },
    ]);
  });
});

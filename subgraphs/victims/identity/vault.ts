/**
 * Identities of one agency's persons: recorded, read, found and erased by its officers. Each of it stands in the access log before anything is
 * opened or has become true, and fails when that cannot be written.
 */
import { hash, randomUUID } from 'node:crypto';
import type { Purpose } from '#schema/access.ts';
import { appendAccess } from '#shared/access-log/append.ts';
import type { AccessEntry } from '#shared/access-log/entry.ts';
import type { Database, Sql } from '#shared/database.ts';
import { IdentityError } from './errors.ts';
import type { KeyStore } from './key-store.ts';
import type { MinistryKeys } from './ministry-keys.ts';
import { type Identity, matches, nameAndBirthIndex, numberIndex } from './person.ts';
import { type DataKey, newDataKey, openValue, readWrapped, type SealedColumn, sealValue, unwrapDataKey, wrapDataKey } from './sealing.ts';

/** On whose behalf it is done, as the access log says it. */
export interface Officer {
  readonly agency: string;
  readonly subject: string;
  readonly purpose: Purpose;
}

/** What an officer does. */
export type IdentityAct = 'record' | 'read' | 'find' | 'erase' | 'import' | 'rewrap';

/** Where identities are, and who is at work. */
export interface Vault {
  readonly database: Database;
  readonly keys: MinistryKeys;
  readonly store: KeyStore;
  readonly officer: Officer;
}

/** Of whom an erasure found what. */
export interface Erasure {
  readonly row: boolean;
  readonly key: boolean;
}

interface SealedRow {
  readonly victim_id: string;
  readonly key_id: string;
  readonly name: Uint8Array | null;
  readonly birth_date: Uint8Array | null;
  readonly identity_number: Uint8Array | null;
}

/** Any number: the key of the advisory lock around what changes files of keys. */
const KEYS_LOCK = 8_111_540;
const COLUMNS = { name: 'name', birthDate: 'birth_date', identityNumber: 'identity_number' } as const satisfies Record<keyof Identity, SealedColumn>;

/** Records the identity of one person, in place of an earlier one. @throws IdentityError NOT_THERE unless the person is the agency's */
export async function recordIdentity(vault: Vault, victimId: string, identity: Identity): Promise<void> {
  const recorded = await recordIdentities(vault, new Map([[victimId.toLowerCase(), identity]]), 'record');
  if (recorded.size === 0) throw notThere();
}

/** Records identities of persons (ids in small letters) of the agency, in one transaction. @returns the ids of those whose they are; the others are left out. */
export async function recordIdentities(vault: Vault, identities: ReadonlyMap<string, Identity>, act: IdentityAct): Promise<Set<string>> {
  return whileKeysStay(vault, async () =>
    asOfficer(vault, async (sql) => {
      const own = new Set(await ownPersons(sql, vault.officer, [...identities.keys()]));
      if (own.size === 0) return own;
      const recorded = [...identities].filter(([victimId]) => own.has(victimId));
      const keys = await dataKeys(vault, sql, [...own]);
      const rows = recorded.map(([victimId, identity]) => sealedRow(vault.keys, victimId, keys.get(victimId) as DataKey, identity));
      await sql.query(
        `INSERT INTO victim_identity (victim_id, key_id, name, birth_date, identity_number, name_and_birth_index, number_index)
         SELECT v, k, decode(n, 'hex'), decode(b, 'hex'), decode(i, 'hex'), decode(x, 'hex'), decode(y, 'hex')
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) t (v, k, n, b, i, x, y)
         ON CONFLICT (victim_id) DO UPDATE SET key_id = excluded.key_id, name = excluded.name, birth_date = excluded.birth_date,
           identity_number = excluded.identity_number, name_and_birth_index = excluded.name_and_birth_index, number_index = excluded.number_index`,
        Array.from({ length: 7 }, (_, column) => rows.map((row) => row[column])),
      );
      await appendAccess(sql, [entry(vault.officer, act, [...own])]);
      return own;
    }),
  );
}

/** The identity of one person. @throws IdentityError NOT_THERE, NOT_RECORDED, ERASED, or what sealing.ts says of keys */
export async function readIdentityOf(vault: Vault, victimId: string): Promise<Identity> {
  const row = await asOfficer(vault, async (sql) => {
    const [own] = await ownPersons(sql, vault.officer, [victimId.toLowerCase()]);
    if (own === undefined) throw notThere();
    const [found] = await sql.query<SealedRow>(`SELECT ${SEALED} FROM victim_identity i WHERE i.victim_id = $1`, [own]);
    await appendAccess(sql, [entry(vault.officer, 'read', [own])]);
    return found;
  });
  if (row === undefined) throw new IdentityError('NOT_RECORDED', 'chưa có danh tính của người này', 'no identity of this person is recorded');
  const identity = await openRow(vault, row);
  if (identity === undefined) throw new IdentityError('ERASED', 'danh tính của người này đã bị xóa', "this person's identity was erased: its key is gone");
  return identity;
}

/**
 * The persons of the agency who are the one that is looked for, by identity number, by name and birth date, or by both: ids only.
 * The log has those whose identity was opened to compare it. @throws IdentityError INVALID unless there is enough to look for.
 */
export async function findIdentity(vault: Vault, wanted: Identity): Promise<string[]> {
  const byNumber = numberIndex(vault.keys, wanted);
  const byName = nameAndBirthIndex(vault.keys, wanted);
  if (byNumber === null && byName === null) {
    throw new IdentityError('INVALID', 'cần số giấy tờ, hoặc họ tên và ngày sinh', 'expected an identityNumber, or a name and a birthDate');
  }
  const rows = await asOfficer(vault, async (sql) => {
    const candidates = await sql.query<SealedRow>(
      `SELECT ${SEALED} FROM victim_identity i JOIN victim v ON v.id = i.victim_id
         WHERE v.agency = $1 AND ($2::text IS NULL OR i.number_index = decode($2, 'hex')) AND ($3::text IS NULL OR i.name_and_birth_index = decode($3, 'hex'))
         ORDER BY i.victim_id`,
      [vault.officer.agency, byNumber?.toString('hex') ?? null, byName?.toString('hex') ?? null],
    );
    await appendAccess(sql, [
      entry(
        vault.officer,
        'find',
        candidates.map((row) => row.victim_id),
      ),
    ]);
    return candidates;
  });
  const found: string[] = [];
  for (const row of rows) {
    const identity = await openRow(vault, row);
    if (identity !== undefined && matches(identity, wanted)) found.push(row.victim_id);
  }
  return found;
}

/**
 * Erases the identity of one person for good: the row, and then the key, without which no backup of the database can be read. Done again it does
 * what an interrupted one left. @throws IdentityError NOT_THERE
 */
export async function eraseIdentity(vault: Vault, victimId: string): Promise<Erasure> {
  return whileKeysStay(vault, async () => {
    const row = await asOfficer(vault, async (sql) => {
      const [own] = await ownPersons(sql, vault.officer, [victimId.toLowerCase()]);
      if (own === undefined) throw notThere();
      const deleted = await sql.query('DELETE FROM victim_identity WHERE victim_id = $1 RETURNING victim_id', [own]);
      await appendAccess(sql, [entry(vault.officer, 'erase', [own])]);
      return deleted.length > 0;
    });
    return { row, key: await vault.store.destroy(victimId) };
  });
}

/** Runs `work` while no other process changes files of keys. */
export async function whileKeysStay<T>({ database }: Pick<Vault, 'database'>, work: () => Promise<T>): Promise<T> {
  return database.session(async (session) => {
    await session.query('SELECT pg_advisory_lock($1)', [KEYS_LOCK]);
    try {
      return await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [KEYS_LOCK]).catch(() => undefined);
    }
  });
}

/** Writes into the access log what is about to be done, apart from any record. */
export async function announce(vault: Vault, act: IdentityAct): Promise<void> {
  await asOfficer(vault, async (sql) => {
    await appendAccess(sql, [entry(vault.officer, act, [])]);
  });
}

/** A transaction as the application, to which row-level security shows the identities of the officer's agency and no others. */
function asOfficer<T>({ database, officer }: Vault, work: (sql: Sql) => Promise<T>): Promise<T> {
  return database.acting(() => ({ agency: officer.agency, scopes: SCOPES, passes: [], all: false }), work);
}

/** The first is none of schema/access.ts: no token has it, and the rows of identities are shown with it alone. */
const SCOPES = ['identity', 'victims:read', 'access-log:append'];

const SEALED = 'i.victim_id, i.key_id, i.name, i.birth_date, i.identity_number';

/** Those of the ids who are persons that the agency registered; nobody changes them meanwhile. */
async function ownPersons(sql: Sql, { agency }: Officer, victimIds: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>('SELECT id FROM victim WHERE id = ANY($1::uuid[]) AND agency = $2 ORDER BY id', [victimIds, agency]);
  return rows.map(({ id }) => id);
}

/**
 * The keys to seal identities with: the same as before for those who have one in use, so that a transaction that fails leaves their rows
 * readable; for the others new ones, which the store has before any row is sealed with them.
 */
async function dataKeys({ keys, store }: Vault, sql: Sql, victimIds: readonly string[]): Promise<Map<string, DataKey>> {
  const rows = await sql.query<{ victim_id: string; key_id: string }>('SELECT victim_id, key_id FROM victim_identity WHERE victim_id = ANY($1::uuid[])', [
    victimIds,
  ]);
  const inUse = new Map(rows.map((row) => [row.victim_id, row.key_id]));
  const known = new Map<string, DataKey>();
  const made = new Map<string, string>();
  for (const victimId of victimIds) {
    const text = inUse.has(victimId) ? await store.read(victimId) : undefined;
    const usable = text !== undefined && readWrapped(text).id === inUse.get(victimId);
    const dataKey = usable ? unwrapDataKey(keys, victimId, text) : newDataKey();
    known.set(victimId, dataKey);
    if (!usable) made.set(victimId, wrapDataKey(keys, victimId, dataKey));
  }
  if (made.size > 0) await store.write(made);
  return known;
}

function sealedRow(keys: MinistryKeys, victimId: string, dataKey: DataKey, identity: Identity): (string | null)[] {
  const sealed = (field: keyof Identity) => {
    const value = identity[field];
    return value === null ? null : sealValue(dataKey, victimId, COLUMNS[field], value).toString('hex');
  };
  const indexes = [nameAndBirthIndex(keys, identity), numberIndex(keys, identity)].map((index) => index?.toString('hex') ?? null);
  return [victimId, dataKey.id, sealed('name'), sealed('birthDate'), sealed('identityNumber'), ...indexes];
}

/** What a row says; undefined when its key is gone, or another one has been made since. */
async function openRow({ keys, store }: Vault, row: SealedRow): Promise<Identity | undefined> {
  const text = await store.read(row.victim_id);
  if (text === undefined || readWrapped(text).id !== row.key_id) return undefined;
  const dataKey = unwrapDataKey(keys, row.victim_id, text);
  const opened = (field: keyof Identity) => {
    const sealed = row[COLUMNS[field]];
    return sealed === null ? null : openValue(dataKey, row.victim_id, COLUMNS[field], sealed);
  };
  return { name: opened('name'), birthDate: opened('birthDate'), identityNumber: opened('identityNumber') };
}

function notThere(): IdentityError {
  return new IdentityError('NOT_THERE', 'cơ quan này không có người như vậy', 'this agency has registered no such person');
}

function entry({ agency, subject, purpose }: Officer, act: IdentityAct, records: readonly string[]): AccessEntry {
  const name = `identity${act.charAt(0).toUpperCase()}${act.slice(1)}`;
  const reads = act === 'read' || act === 'find';
  return {
    at: new Date().toISOString(),
    subject,
    agency,
    purpose,
    // No client's operation: the command's name stands for one.
    operationHash: hash('sha256', name, 'base64url'),
    operationName: name,
    requestId: randomUUID(),
    kind: reads ? 'read' : 'act',
    fields: Object.keys(COLUMNS).map((field) => `VictimIdentity.${field}`),
    records,
    ...(reads ? {} : { details: { act: name } }),
  };
}

/** Writing into the access log and signing it, each inside a transaction that is given. */
import type { KeyObject } from 'node:crypto';
import type { Sql } from '../database.ts';
import { cosign, signCheckpoint } from './checkpoint.ts';
import { type AccessEntry, entryText } from './entry.ts';
import { appendLeaf, type Frontier, leafHash, packFrontier, rootOf, unpackFrontier } from './merkle.ts';

/** Whose log it is, and the Ed25519 private key that signs for it. */
export interface LogIdentity {
  readonly origin: string;
  readonly signingKey: KeyObject;
}

/**
 * Appends entries inside a transaction, in which it should be the last statement: until the end of the transaction all other appends wait.
 * @returns how many entries the log has then. @throws AccessEntryError when one may not be written.
 */
export function appendAccess(sql: Sql, entries: readonly AccessEntry[]): Promise<number> {
  return appendTexts(sql, entries.map(entryText));
}

/** {@link appendAccess} with the entries' texts. */
export async function appendTexts(sql: Sql, texts: readonly string[]): Promise<number> {
  const before = await readTree(sql, 'FOR UPDATE');
  if (texts.length === 0) return before.size;
  const leaves = texts.map(leafHash);
  const after = leaves.reduce(appendLeaf, before);
  // The columns are taken from the text itself: the two cannot say different things.
  await sql.query(
    `INSERT INTO access_log (seq, at, subject, agency, purpose, operation_hash, operation_name, request_id, kind, records, entry, leaf)
     SELECT $1::bigint + t.n - 1, (e->>'at')::timestamptz, e->>'subject', e->>'agency', e->>'purpose', e->>'operationHash', e->>'operationName',
       e->>'requestId', e->>'kind', ARRAY(SELECT r.id FROM jsonb_array_elements_text(e->'records') WITH ORDINALITY AS r (id, n) ORDER BY r.n), t.entry,
       decode(t.leaf, 'hex')
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t (entry, leaf, n), LATERAL (SELECT t.entry::jsonb AS e) AS parsed`,
    [before.size, texts, leaves.map((leaf) => leaf.toString('hex'))],
  );
  await sql.query("UPDATE access_tree SET size = $1, frontier = decode($2, 'hex')", [after.size, packFrontier(after).toString('hex')]);
  return after.size;
}

/** Signs what the log is now, and keeps the checkpoint; one of the same size is kept as it is. @returns the signed note. */
export async function writeCheckpoint(sql: Sql, { origin, signingKey }: LogIdentity, at: Date): Promise<string> {
  const tree = await readTree(sql);
  const root = rootOf(tree);
  const seconds = new Date(Math.floor(at.getTime() / 1000) * 1000);
  const note = cosign(signCheckpoint({ origin, size: tree.size, root }, signingKey), origin, signingKey, seconds);
  await sql.query("INSERT INTO access_checkpoint (size, root, note, at) VALUES ($1, decode($2, 'hex'), $3, $4) ON CONFLICT (size) DO NOTHING", [
    tree.size,
    root.toString('hex'),
    note,
    seconds.toISOString(),
  ]);
  const [kept] = await sql.query<{ note: string }>('SELECT note FROM access_checkpoint WHERE size = $1', [tree.size]);
  return kept?.note ?? note;
}

/** How many entries the log has, and how many of them are signed for. */
export async function readSizes(sql: Sql): Promise<{ readonly size: number; readonly signed: number }> {
  const [row] = await sql.query<{ size: string; signed: string }>(
    'SELECT size::text, (SELECT coalesce(max(size), 0)::text FROM access_checkpoint) AS signed FROM access_tree',
  );
  return { size: Number(row?.size ?? 0), signed: Number(row?.signed ?? 0) };
}

async function readTree(sql: Sql, lock: 'FOR UPDATE' | '' = ''): Promise<Frontier> {
  const [row] = await sql.query<{ size: string; frontier: Uint8Array }>(`SELECT size::text, frontier FROM access_tree ${lock}`);
  if (row === undefined) throw new Error('access_tree has lost its row: the access log cannot be continued');
  return unpackFrontier(Number(row.size), row.frontier);
}

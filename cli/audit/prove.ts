import { type Verifier, verifyCheckpoint } from '#shared/access-log/checkpoint.ts';
import { consistencyProof, HASH_LENGTH, inclusionProof, leafHash, verifyConsistency, verifyInclusion } from '#shared/access-log/merkle.ts';
import type { Sql } from '#shared/database.ts';
import { SourceError } from './source.ts';

/** Shows that an entry is in the log that a checkpoint stands for. As a file: JSON. */
export interface InclusionProof {
  readonly kind: 'inclusion';
  readonly index: number;
  /** The entry's text, of which the leaf is the hash. */
  readonly entry: string;
  /** Hashes, base64. */
  readonly proof: readonly string[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
}

/** Shows that the log that one checkpoint stands for is the beginning of that of another. */
export interface ConsistencyProof {
  readonly kind: 'consistency';
  readonly proof: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** Proves that entry `index` is in the log of `size` entries; by default of the newest checkpoint. @throws SourceError when it is not, or there is no such checkpoint. */
export async function proveEntry(sql: Sql, index: number, size?: number): Promise<InclusionProof> {
  const checkpoint = await checkpointOf(sql, size);
  const leaves = await leavesOf(sql, checkpoint.size);
  if (index >= leaves.length) throw new SourceError(`expected an entry from 0 to ${leaves.length - 1}, got ${index}: the checkpoint stands for no others`);
  const [row] = await sql.query<{ entry: string }>('SELECT entry FROM access_log WHERE seq = $1', [index]);
  return { kind: 'inclusion', index, entry: row?.entry ?? '', proof: inclusionProof(leaves, index).map(encode), checkpoint: checkpoint.note };
}

/** Proves that the log of `from` entries is the beginning of that of `to`. @throws SourceError when there are no checkpoints of these sizes. */
export async function proveGrowth(sql: Sql, from: number, to: number): Promise<ConsistencyProof> {
  const [first, second] = [await checkpointOf(sql, from), await checkpointOf(sql, to)];
  if (from < 1 || from > to) throw new SourceError(`expected 1 entry or more, and no more than ${to}; got ${from}`);
  return { kind: 'consistency', proof: consistencyProof(await leavesOf(sql, to), from).map(encode), from: first.note, to: second.note };
}

/**
 * Checks a proof, without any database.
 * @returns what it shows, in a line. @throws CheckpointError when a checkpoint is not the log's; SourceError when the proof shows nothing.
 */
export function checkProof(text: string, log: Verifier): string {
  const proof = parseProof(text);
  const hashes = proof.proof.map((hash) => Buffer.from(hash, 'base64'));
  if (hashes.some(({ length }) => length !== HASH_LENGTH)) throw new SourceError('expected hashes of 32 bytes in base64');
  if (proof.kind === 'inclusion') {
    const { size, root } = verifyCheckpoint(proof.checkpoint, log);
    if (!verifyInclusion(leafHash(proof.entry), proof.index, size, root, hashes))
      throw new SourceError('the proof does not lead to the root of the checkpoint');
    return `entry ${proof.index} is in the log of ${size} entries: ${proof.entry}`;
  }
  const [from, to] = [verifyCheckpoint(proof.from, log), verifyCheckpoint(proof.to, log)];
  if (!verifyConsistency(from.size, to.size, from.root, to.root, hashes)) throw new SourceError('the proof does not lead from one root to the other');
  return `the log of ${from.size} entries is the beginning of that of ${to.size}`;
}

function parseProof(text: string): InclusionProof | ConsistencyProof {
  try {
    const proof = JSON.parse(text);
    const strings = (...values: unknown[]) => values.every((value) => typeof value === 'string');
    const wellFormed =
      Array.isArray(proof.proof) &&
      strings(...proof.proof) &&
      (proof.kind === 'inclusion'
        ? strings(proof.entry, proof.checkpoint) && Number.isSafeInteger(proof.index)
        : proof.kind === 'consistency' && strings(proof.from, proof.to));
    if (wellFormed) return proof;
  } catch {
    // As below.
  }
  throw new SourceError('expected a proof that npm run audit -- prove has written');
}

async function checkpointOf(sql: Sql, size: number | undefined): Promise<{ readonly size: number; readonly note: string }> {
  const [row] = await sql.query<{ size: string; note: string }>(
    'SELECT size::text, note FROM access_checkpoint WHERE $1::bigint IS NULL OR access_checkpoint.size = $1 ORDER BY access_checkpoint.size DESC LIMIT 1',
    [size ?? null],
  );
  if (row !== undefined) return { size: Number(row.size), note: row.note };
  const [near] = await sql.query<{ below: string | null; above: string | null }>(
    'SELECT max(size) FILTER (WHERE size < $1)::text AS below, min(size) FILTER (WHERE size > $1)::text AS above FROM access_checkpoint',
    [size ?? 0],
  );
  const sizes = [near?.below, near?.above].filter((each) => each !== null && each !== undefined).join(' and ');
  throw new SourceError(`there is no checkpoint${size === undefined ? '' : ` of ${size} entries`}${sizes && `; the nearest are of ${sizes}`}`);
}

/** The first leaves of the log: 32 bytes each, all in memory. */
async function leavesOf(sql: Sql, size: number): Promise<Buffer[]> {
  const rows = await sql.query<{ leaf: Uint8Array }>('SELECT leaf FROM access_log WHERE seq < $1 ORDER BY seq', [size]);
  if (rows.length !== size) throw new SourceError(`the log has lost entries: ${rows.length} are there of ${size}; run verify`);
  return rows.map(({ leaf }) => Buffer.from(leaf));
}

function encode(hash: Buffer): string {
  return hash.toString('base64');
}

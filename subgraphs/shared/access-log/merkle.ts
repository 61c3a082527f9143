/**
 * The Merkle tree of RFC 6962, section 2.1: one hash stands for a whole log, and short proofs show that an entry is in it and that an earlier
 * state of the log is the beginning of a later one. Entries are numbered from 0. Nothing here reads or writes.
 */
import { createHash } from 'node:crypto';

/** The right edge of a tree: all that appending needs. */
export interface Frontier {
  /** How many entries the tree has. */
  readonly size: number;
  /** Roots of the full subtrees from left to right, the largest first: one for each binary digit 1 of the size. */
  readonly peaks: readonly Buffer[];
}

/** Bytes of a hash. */
export const HASH_LENGTH = 32;

/** The tree of a log without entries. */
export const EMPTY: Frontier = { size: 0, peaks: [] };

/** The hash of an entry as a leaf. */
export function leafHash(entry: string | Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

/** The tree with one more leaf. Takes as many hashes as the size has binary digits 1 at its end. */
export function appendLeaf({ size, peaks }: Frontier, leaf: Buffer): Frontier {
  const grown = [...peaks];
  let right = leaf;
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) right = nodeHash(grown.pop() as Buffer, right);
  return { size: size + 1, peaks: [...grown, right] };
}

/** The root of a tree. */
export function rootOf({ peaks }: Frontier): Buffer {
  return peaks.length === 0 ? createHash('sha256').digest() : peaks.reduceRight((right, left) => nodeHash(left, right));
}

/** The frontier as bytes: its peaks one after the other. */
export function packFrontier({ peaks }: Frontier): Buffer {
  return Buffer.concat(peaks);
}

/** The frontier of a tree of `size` entries from its bytes. @throws RangeError when they are not those of such a tree. */
export function unpackFrontier(size: number, bytes: Uint8Array): Frontier {
  const peaks = Array.from({ length: Math.floor(bytes.length / HASH_LENGTH) }, (_, n) => Buffer.from(bytes.subarray(n * HASH_LENGTH, (n + 1) * HASH_LENGTH)));
  if (bytes.length !== digitsOne(size) * HASH_LENGTH) {
    throw new RangeError(`expected the edge of a tree of ${size} entries, ${digitsOne(size) * HASH_LENGTH} bytes, got ${bytes.length}`);
  }
  return { size, peaks };
}

/** The path that shows that the leaf at `index` is in the tree of these leaves. @throws RangeError when there is no such leaf. */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`expected an entry from 0 to ${leaves.length - 1}, got ${index}`);
  return path(leaves, index, 0, leaves.length);
}

/** What shows that the tree of the first `from` leaves is the beginning of the tree of all. @throws RangeError when there are not so many. */
export function consistencyProof(leaves: readonly Buffer[], from: number): Buffer[] {
  if (!Number.isInteger(from) || from < 1 || from > leaves.length) throw new RangeError(`expected a size from 1 to ${leaves.length}, got ${from}`);
  return subproof(leaves, from, 0, leaves.length, true);
}

/** Whether `proof` shows that `leaf` is entry `index` of the log of `size` entries with this `root`. RFC 9162, section 2.1.3.2. */
export function verifyInclusion(leaf: Buffer, index: number, size: number, root: Buffer, proof: readonly Buffer[]): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/**
 * Whether `proof` shows that the log of `from` entries with the root `fromRoot` is the beginning of the log of `to` entries with the root
 * `toRoot`. RFC 9162, section 2.1.4.2.
 */
export function verifyConsistency(from: number, to: number, fromRoot: Buffer, toRoot: Buffer, proof: readonly Buffer[]): boolean {
  if (!isSize(from) || !isSize(to) || from < 1 || from > to) return false;
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot);
  const [first, ...rest] = digitsOne(from) === 1 ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let [at, last] = [from - 1, to - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [old, now] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [old, now] = [nodeHash(sibling, old), nodeHash(sibling, now)];
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      now = nodeHash(now, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && old.equals(fromRoot) && now.equals(toRoot);
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** PATH of the RFC, over the leaves from `begin` to before `end`. */
function path(leaves: readonly Buffer[], index: number, begin: number, end: number): Buffer[] {
  if (end - begin === 1) return [];
  const middle = begin + splitOf(end - begin);
  return index < middle
    ? [...path(leaves, index, begin, middle), subtree(leaves, middle, end)]
    : [...path(leaves, index, middle, end), subtree(leaves, begin, middle)];
}

/** SUBPROOF of the RFC, over the leaves from `begin` to before `end`; `whole` while the verifier knows the hash of the old part already. */
function subproof(leaves: readonly Buffer[], from: number, begin: number, end: number, whole: boolean): Buffer[] {
  if (from === end) return whole ? [] : [subtree(leaves, begin, end)];
  const middle = begin + splitOf(end - begin);
  return from <= middle
    ? [...subproof(leaves, from, begin, middle, whole), subtree(leaves, middle, end)]
    : [...subproof(leaves, from, middle, end, false), subtree(leaves, begin, middle)];
}

/** The root of the leaves from `begin` to before `end`, at least one. */
function subtree(leaves: readonly Buffer[], begin: number, end: number): Buffer {
  let frontier = EMPTY;
  for (let n = begin; n < end; n += 1) frontier = appendLeaf(frontier, leaves[n] as Buffer);
  return rootOf(frontier);
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Not by bit operations: those are of 32 bits. */
function half(n: number): number {
  return Math.floor(n / 2);
}

function digitsOne(n: number): number {
  let count = 0;
  for (let rest = n; rest > 0; rest = half(rest)) count += rest % 2;
  return count;
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendLeaf,
  consistencyProof,
  EMPTY,
  inclusionProof,
  leafHash,
  packFrontier,
  rootOf,
  unpackFrontier,
  verifyConsistency,
  verifyInclusion,
} from '#shared/access-log/merkle.ts';

/** Entries, roots and proofs of the reference implementation of Certificate Transparency (merkle_tree_test.cc). */
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const SECOND_LEAF = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const LEAVES_2_3 = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const LEAVES_4_7 = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const FIFTH_LEAF = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const LEAVES_6_7 = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const LEAVES_4_5 = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';
const INCLUSION: readonly (readonly [index: number, size: number, proof: readonly (string | undefined)[]])[] = [
  [0, 1, []],
  [0, 8, [SECOND_LEAF, LEAVES_2_3, LEAVES_4_7]],
  [5, 8, [FIFTH_LEAF, LEAVES_6_7, ROOTS[4]]],
  [2, 3, [ROOTS[2]]],
  [1, 5, [ROOTS[1], LEAVES_2_3, FIFTH_LEAF]],
];
const CONSISTENCY: readonly (readonly [from: number, to: number, proof: readonly (string | undefined)[]])[] = [
  [1, 1, []],
  [1, 8, [SECOND_LEAF, LEAVES_2_3, LEAVES_4_7]],
  [6, 8, [LEAVES_4_5, LEAVES_6_7, ROOTS[4]]],
  [2, 5, [LEAVES_2_3, FIFTH_LEAF]],
];

const hex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'));
const treeOf = (leaves: readonly Buffer[]) => leaves.reduce(appendLeaf, EMPTY);
const leaves = ENTRIES.map(leafHash);

describe('the tree of RFC 6962', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))('of the first %i entries has the root of the reference', (size, root) => {
    expect(rootOf(treeOf(leaves.slice(0, size))).toString('hex')).toBe(root);
  });

  it.each(INCLUSION)('proves entry %i in %i entries as the reference does', (index, size, proof) => {
    expect(hex(inclusionProof(leaves.slice(0, size), index))).toEqual(proof);
  });

  it.each(CONSISTENCY)('proves that %i entries are the beginning of %i as the reference does', (from, to, proof) => {
    expect(hex(consistencyProof(leaves.slice(0, to), from))).toEqual(proof);
  });

  it('has no proof for what is not in it', () => {
    expect(() => inclusionProof(leaves, 8)).toThrow(RangeError);
    expect(() => inclusionProof(leaves, -1)).toThrow(RangeError);
    expect(() => consistencyProof(leaves, 0)).toThrow(RangeError);
    expect(() => consistencyProof(leaves, 9)).toThrow(RangeError);
  });

  it('does not take bytes for the edge of a tree of another size', () => {
    expect(() => unpackFrontier(3, packFrontier(treeOf(leaves)))).toThrow(RangeError);
    expect(() => unpackFrontier(1, Buffer.alloc(31))).toThrow(RangeError);
  });
});

/** The RFC's definitions as they stand, recursive and slow. */
const sha = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
function naiveRoot(entries: readonly Buffer[]): Buffer {
  if (entries.length === 0) return sha();
  if (entries.length === 1) return sha(Buffer.of(0), entries[0] as Buffer);
  const k = split(entries.length);
  return sha(Buffer.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}
function naivePath(m: number, entries: readonly Buffer[]): Buffer[] {
  if (entries.length === 1) return [];
  const k = split(entries.length);
  return m < k ? [...naivePath(m, entries.slice(0, k)), naiveRoot(entries.slice(k))] : [...naivePath(m - k, entries.slice(k)), naiveRoot(entries.slice(0, k))];
}
function naiveSubproof(m: number, entries: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === entries.length) return whole ? [] : [naiveRoot(entries)];
  const k = split(entries.length);
  return m <= k
    ? [...naiveSubproof(m, entries.slice(0, k), whole), naiveRoot(entries.slice(k))]
    : [...naiveSubproof(m - k, entries.slice(k), false), naiveRoot(entries.slice(0, k))];
}

const seed = Date.now() % 2 ** 31;

describe(`the tree against the definitions of the RFC, seed ${seed}`, () => {
  const entries = fc.array(
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 70 },
  );
  const cases = fc.record({ entries, a: fc.nat(), b: fc.nat(), bit: fc.nat(255), at: fc.nat() });

  it('has the same roots and proofs, which verify, and no longer when anything in them is changed', () => {
    fc.assert(
      fc.property(cases, ({ entries, a, b, bit, at }) => {
        const leaves = entries.map(leafHash);
        const size = leaves.length;
        const root = rootOf(treeOf(leaves));
        expect(root).toEqual(naiveRoot(entries));
        expect(rootOf(unpackFrontier(size, packFrontier(treeOf(leaves))))).toEqual(root);

        const index = a % size;
        const inclusion = inclusionProof(leaves, index);
        expect(inclusion).toEqual(naivePath(index, entries));
        const leaf = leaves[index] as Buffer;
        expect(verifyInclusion(leaf, index, size, root, inclusion)).toBe(true);

        const from = (b % size) + 1;
        const old = rootOf(treeOf(leaves.slice(0, from)));
        const consistency = consistencyProof(leaves, from);
        expect(consistency).toEqual(naiveSubproof(from, entries, true));
        expect(verifyConsistency(from, size, old, root, consistency)).toBe(true);

        const flip = (hash: Buffer) => hash.map((byte, n) => (n === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte)) as Buffer;
        const damage = (proof: Buffer[]) => proof.map((hash, n) => (n === at % proof.length ? Buffer.from(flip(hash)) : hash));
        expect(verifyInclusion(Buffer.from(flip(leaf)), index, size, root, inclusion)).toBe(false);
        expect(verifyInclusion(leaf, index, size, Buffer.from(flip(root)), inclusion)).toBe(false);
        expect(verifyInclusion(leaf, index, size, root, [...inclusion, root])).toBe(false);
        expect(verifyConsistency(from, size, Buffer.from(flip(old)), root, consistency)).toBe(false);
        expect(verifyConsistency(from, size, old, Buffer.from(flip(root)), consistency)).toBe(false);
        expect(verifyConsistency(from, size, old, root, [...consistency, root])).toBe(false);
        if (inclusion.length > 0) {
          expect(verifyInclusion(leaf, index, size, root, damage(inclusion))).toBe(false);
          expect(verifyInclusion(leaf, index, size, root, inclusion.slice(1))).toBe(false);
        }
        if (consistency.length > 0) {
          expect(verifyConsistency(from, size, old, root, damage(consistency))).toBe(false);
          expect(verifyConsistency(from, size, old, root, consistency.slice(1))).toBe(false);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it('proves every entry of every size up to 33, and nothing of another place or size', () => {
    const leaves = Array.from({ length: 33 }, (_, n) => leafHash(String(n)));
    for (let size = 1; size <= 33; size += 1) {
      const some = leaves.slice(0, size);
      const root = rootOf(treeOf(some));
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(some, index);
        for (let other = 0; other < size; other += 1) {
          expect(verifyInclusion(leaves[index] as Buffer, other, size, root, proof), `${index} as ${other} of ${size}`).toBe(other === index);
        }
      }
      for (let from = 1; from <= size; from += 1) {
        const old = rootOf(treeOf(leaves.slice(0, from)));
        expect(verifyConsistency(from, size, old, root, consistencyProof(some, from)), `${from} to ${size}`).toBe(true);
      }
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, takeList } from '../../gateway/alignment.ts';

const list = (...keys: string[]) => ({ keys, entities: keys.map((of) => ({ of })) });

describe('a list put into an order', () => {
  it('stays the very list where it is in that order', () => {
    const given = list('a', 'b');
    expect(align(given, ['a', 'b'])).toEqual({ entities: given.entities, holes: [], surplus: 0 });
    expect(align(given, ['a', 'b']).entities).toBe(given.entities);
  });

  it.each([
    [['b', 'a'], ['a', 'b'], [], 0],
    [['a'], ['a', 'b'], [1], 0],
    [[], ['a', 'b'], [0, 1], 0],
    [['a', 'b'], [], [], 2],
    [['c', 'a'], ['a', 'b'], [1], 1],
    [['a', 'b'], ['a', 'b', 'a'], [], 0],
    [['a', 'a'], ['a'], [], 0],
  ])('%j into %j: holes %j, %i too many', (keys, order, holes, surplus) => {
    const { entities, ...rest } = align(list(...keys), order);
    expect(rest).toEqual({ holes, surplus });
    expect(entities).toEqual(order.map((of) => (keys.includes(of) ? { of } : undefined)));
  });

  it('has at every place the entity of its key or none, each an object of its own, whatever the lists', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8 });
    fc.assert(
      fc.property(keys, keys, (own, order) => {
        const { entities, holes } = align(list(...own), order);
        expect(entities.map((entity) => entity?.['of'])).toEqual(order.map((key) => (own.includes(key) ? key : undefined)));
        expect(holes).toEqual(order.flatMap((key, place) => (own.includes(key) ? [] : [place])));
        const there = entities.filter((entity) => entity !== undefined);
        expect(new Set(there).size).toBe(there.length);
      }),
    );
  });
});

describe('a list of an answer', () => {
  it('gives up the keys', () => {
    const answer = [
      { total: 1, key: 'a' },
      { total: 2, key: 'b' },
    ];
    expect(takeList(answer, 'key')).toEqual({ keys: ['a', 'b'], entities: [{ total: 1 }, { total: 2 }] });
  });

  it.each([null, undefined])('may be missing: %s', (value) => {
    expect(takeList(value, 'key')).toBeNull();
  });

  it.each([[{ length: 0 }], ['text'], [[null]], [[1]], [[{ total: 1 }]], [[{ key: 1 }]], [[[]]]])('is none of entities with keys: %j', (value) => {
    expect(takeList(value, 'key')).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinct, type Representation, spread } from '../../gateway/representations.ts';

/** Representations as the executor writes them: few different ones, with keys, required objects and nulls. */
const representation: fc.Arbitrary<Representation> = fc.record({
  __typename: fc.constantFrom('Province', 'StatisticsCell'),
  id: fc.constantFrom('a', 'b', 'c', 'á', '', '"'),
  calls: fc.option(fc.record({ total: fc.integer({ min: 0, max: 2 }) })),
});
const representations = fc.array(representation, { maxLength: 60 });

/** What a subgraph would answer: an object of its own for each representation, or null. */
const entityOf = (given: Representation) => (given['id'] === '' ? null : { of: JSON.stringify(given), parts: [{ list: [1, 'two', null] }], none: null });

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

describe('representations', () => {
  it('come back as if each had been asked for', () => {
    fc.assert(
      fc.property(representations, (all) => {
        const found = distinct(all);
        expect(spread(found, found.representations.map(entityOf))).toEqual(all.map(entityOf));
      }),
    );
  });

  it('are asked for once each, in the order of their first place', () => {
    fc.assert(
      fc.property(representations, (all) => {
        const { representations: asked, texts: written, firsts, counts, indexes } = distinct(all);
        const texts = all.map((given) => JSON.stringify(given));
        expect(asked.map((given) => JSON.stringify(given))).toEqual([...new Set(texts)]);
        expect(written).toEqual([...new Set(texts)]);
        expect(firsts).toEqual(asked.map((given) => texts.indexOf(JSON.stringify(given))));
        expect(counts).toEqual(asked.map((given) => texts.filter((text) => text === JSON.stringify(given)).length));
        expect(indexes.map((index) => asked[index])).toEqual(all);
      }),
    );
  });

  it('never share an object in what comes back', () => {
    fc.assert(
      fc.property(representations, (all) => {
        const found = distinct(all);
        const objects = objectsIn(spread(found, found.representations.map(entityOf))).slice(1);
        expect(new Set(objects).size).toBe(objects.length);
      }),
    );
  });

  it('may have a field that is called __proto__', () => {
    const all = [0, 1].map(() => ({ __typename: 'Province', id: 'a' }));
    const entity = JSON.parse('{"__proto__": {"polluted": true}, "id": "a"}') as object;
    const [, second] = spread(distinct(all), [entity]);
    expect(Object.keys(second ?? {})).toEqual(['__proto__', 'id']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Composition } from '../../gateway/composition.ts';
import { createCompositions } from '../../gateway/compositions.ts';

/** A composition that only tells whether it has been closed. */
function composition(): Composition & { closed: boolean } {
  const made = {
    apiSchema: buildSchema('type Query { a: Int }'),
    supergraph: { sdl: '' },
    closed: false,
    close: async () => {
      made.closed = true;
    },
  };
  return made as unknown as Composition & { closed: boolean };
}

describe('a composition that has been replaced', () => {
  it('is closed once the requests that were under way then have ended, however they did', async () => {
    const [first, second] = [composition(), composition()];
    const compositions = createCompositions(first);
    const [answered, failed] = [Promise.withResolvers<number>(), Promise.withResolvers<never>()];
    const answers = Promise.allSettled([compositions.during(answered.promise), compositions.during(failed.promise)]);
    compositions.replace(second);
    const retired = compositions.retire(first);
    // One that comes later is none of its business.
    void compositions.during(new Promise(() => undefined));
    answered.resolve(1);
    await new Promise(setImmediate);
    expect(first.closed).toBe(false);
    failed.reject(new Error('no answer'));
    await retired;
    expect([first.closed, second.closed]).toEqual([true, false]);
    expect(await answers).toMatchObject([{ value: 1 }, { reason: new Error('no answer') }]);
  });

  it('stays open until it is given up, because it may be served again', async () => {
    const [first, second] = [composition(), composition()];
    const compositions = createCompositions(first);
    compositions.replace(second);
    await new Promise(setImmediate);
    compositions.replace(first);
    await compositions.retire(second);
    expect([compositions.current === first, first.closed, second.closed]).toEqual([true, false, true]);
  });

  it('is closed when the gateway stops, like the one that is served', async () => {
    const [first, second] = [composition(), composition()];
    const compositions = createCompositions(first);
    compositions.replace(second);
    await compositions.stop?.();
    expect([first.closed, second.closed]).toEqual([true, true]);
  });
});

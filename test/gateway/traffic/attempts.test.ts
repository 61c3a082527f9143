import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptOptions, sendPatiently } from '../../../gateway/traffic/attempts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PASSING = new Error('connection refused');
const LASTING = new Error('500');

/** Sends a request whose attempts go as told: an answer or an error, after so many milliseconds. */
function sending(outcomes: readonly (readonly [number, string | Error])[], given: Partial<AttemptOptions> & { readonly retries?: number } = {}) {
  let left = given.retries ?? 1;
  const aborted: number[] = [];
  let attempts = 0;
  const send = (signal: AbortSignal) =>
    new Promise<string>((done, fail) => {
      const own = attempts++;
      const [after, outcome] = outcomes[own] as readonly [number, string | Error];
      signal.addEventListener('abort', () => {
        aborted.push(own);
        fail(signal.reason);
      });
      setTimeout(() => (typeof outcome === 'string' ? done(outcome) : fail(outcome)), after);
    });
  const budget = { earn: () => undefined, spend: () => left-- > 0 };
  const options: AttemptOptions = {
    signal: new AbortController().signal,
    idempotent: true,
    budget,
    passing: (error) => error === PASSING,
    hedgeAfterMs: 0,
    ...given,
  };
  const outcome = sendPatiently(send, options).catch((error: Error) => error.message);
  return {
    result: async (after = 10_000) => {
      await vi.advanceTimersByTimeAsync(after);
      return { outcome: await outcome, attempts, aborted };
    },
    attempts: () => attempts,
  };
}

describe('a request', () => {
  it('is sent once more when it failed in passing', async () => {
    expect(
      await sending([
        [1, PASSING],
        [1, 'answer'],
      ]).result(),
    ).toEqual({ outcome: 'answer', attempts: 2, aborted: [] });
  });

  it('is sent once more at most', async () => {
    expect(
      await sending(
        [
          [1, PASSING],
          [1, PASSING],
        ],
        { retries: 9 },
      ).result(),
    ).toEqual({ outcome: PASSING.message, attempts: 2, aborted: [] });
  });

  it.each([
    ['it failed otherwise', LASTING, {}],
    ['it is an act', PASSING, { idempotent: false }],
    ['there is no budget left', PASSING, { retries: 0 }],
    ['its client has gone', PASSING, { signal: AbortSignal.abort() }],
  ])('is not sent again when %s', async (_, error, options) => {
    expect(await sending([[1, error]], options).result()).toMatchObject({ outcome: error.message, attempts: 1 });
  });
});

describe('a request that may be hedged', () => {
  it('is sent a second time when it takes long, and the slower one is given up', async () => {
    const request = sending(
      [
        [5_000, 'slow'],
        [10, 'fast'],
      ],
      { hedgeAfterMs: 100 },
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(request.attempts()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(request.attempts()).toBe(2);
    expect(await request.result()).toEqual({ outcome: 'fast', attempts: 2, aborted: [0, 1] });
  });

  it('is not when it is fast, when it is an act, or when there is no budget left', async () => {
    expect(await sending([[99, 'answer']], { hedgeAfterMs: 100 }).result()).toMatchObject({ outcome: 'answer', attempts: 1 });
    expect(await sending([[500, 'done']], { hedgeAfterMs: 100, idempotent: false }).result()).toMatchObject({ outcome: 'done', attempts: 1 });
    expect(await sending([[500, 'answer']], { hedgeAfterMs: 100, retries: 0 }).result()).toMatchObject({ outcome: 'answer', attempts: 1 });
  });

  it('is sent at once when the first attempt fails in passing, and twice at most', async () => {
    expect(
      await sending(
        [
          [1, PASSING],
          [500, 'answer'],
        ],
        { hedgeAfterMs: 100, retries: 9 },
      ).result(),
    ).toMatchObject({ outcome: 'answer', attempts: 2 });
  });

  it('has failed when both attempts have', async () => {
    expect(
      await sending(
        [
          [300, LASTING],
          [400, LASTING],
        ],
        { hedgeAfterMs: 100 },
      ).result(),
    ).toMatchObject({ outcome: LASTING.message, attempts: 2 });
  });

  it('waits for the other attempt when one fails', async () => {
    expect(
      await sending(
        [
          [200, LASTING],
          [400, 'answer'],
        ],
        { hedgeAfterMs: 100 },
      ).result(),
    ).toMatchObject({ outcome: 'answer', attempts: 2 });
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPatience } from '../../../gateway/traffic/patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function patient({ timeoutMs = 1_000, operationMs = 5_000, idempotent = true } = {}) {
  const client = new AbortController();
  const patience = startPatience({ signal: client.signal, deadline: performance.now() + operationMs, idempotent }, timeoutMs);
  return { client, patience, reason: () => (patience.signal.reason as Error | undefined)?.name };
}

describe('patience', () => {
  it.each([
    ['the time-out of a request', { timeoutMs: 1_000, operationMs: 5_000 }],
    ['the deadline of the operation', { timeoutMs: 5_000, operationMs: 1_000 }],
  ])('ends with %s where that comes first', (_, times) => {
    const { patience, reason } = patient(times);
    vi.advanceTimersByTime(999);
    expect(patience.remaining()).toBe(1);
    expect(reason()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(patience.remaining()).toBe(0);
    expect(reason()).toBe('TimeoutError');
  });

  it('has ended from the beginning where the deadline is past or the client gone', () => {
    expect(patient({ operationMs: -1 }).reason()).toBe('TimeoutError');
    const gone = startPatience({ signal: AbortSignal.abort(), deadline: Number.POSITIVE_INFINITY, idempotent: false }, 1_000);
    expect((gone.signal.reason as Error).name).toBe('AbortError');
  });

  it('ends when the client leaves: of an act, only before it was sent', () => {
    const query = patient();
    query.patience.sent();
    query.client.abort();
    expect(query.reason()).toBe('AbortError');
    const early = patient({ idempotent: false });
    early.client.abort();
    expect(early.reason()).toBe('AbortError');
    const sent = patient({ idempotent: false });
    sent.patience.sent();
    sent.client.abort();
    expect(sent.reason()).toBeUndefined();
    vi.advanceTimersByTime(1_000);
    expect(sent.reason()).toBe('TimeoutError');
  });

  it('leaves no timer behind', () => {
    patient().patience[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});

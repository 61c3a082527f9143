import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../../gateway/traffic/breaker.ts';

/** A breaker, and a clock that only the test moves. */
function simulated() {
  let time = 0;
  const changes: string[] = [];
  const breaker = createBreaker({ now: () => time, onChange: (state) => changes.push(`${state} at ${time}`) });
  const attempt = (outcome: 'succeeded' | 'failed' | 'abandoned') => breaker.begin()?.[outcome]();
  return {
    breaker,
    changes,
    attempt,
    fail: (times: number) => {
      for (let n = 0; n < times; n++) attempt('failed');
    },
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe('a breaker', () => {
  it('opens at the fifth failure in a row, and lets nothing through', () => {
    const { breaker, fail, attempt } = simulated();
    fail(4);
    attempt('succeeded');
    fail(4);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    expect(breaker.begin()).toBeUndefined();
  });

  it('does not count what hung since before the server answered again', () => {
    const { breaker, attempt, pass } = simulated();
    const hanging = Array.from({ length: 5 }, () => breaker.begin());
    pass(400);
    attempt('succeeded');
    pass(600);
    for (const one of hanging) one?.failed();
    expect(breaker.state).toBe('closed');
    for (let n = 0; n < 5; n++) attempt('failed');
    expect(breaker.state).toBe('open');
  });

  it('opens when half of at least twenty attempts of ten seconds failed, never five in a row', () => {
    const { breaker, fail, attempt, pass } = simulated();
    for (let n = 0; n < 9; n++) {
      fail(1);
      attempt('succeeded');
    }
    pass(10_001);
    for (let n = 0; n < 9; n++) {
      fail(1);
      attempt('succeeded');
    }
    expect(breaker.state).toBe('closed');
    fail(2);
    expect(breaker.state).toBe('open');
  });

  it('takes no client that went away for a failure', () => {
    const { breaker, attempt } = simulated();
    for (let n = 0; n < 30; n++) attempt('abandoned');
    expect(breaker.state).toBe('closed');
  });

  it('is due after half a second, and stays open for twice as long each time the server does not answer, five seconds at most', () => {
    const { breaker, fail, pass } = simulated();
    fail(5);
    for (const wait of [500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
      pass(wait - 1);
      expect(breaker.state).toBe('open');
      pass(1);
      expect(breaker.state).toBe('due');
      expect(breaker.begin()).toBeUndefined();
      breaker.tried(false);
    }
  });

  it('lets one request try a server that answers again, and closes when that succeeds', () => {
    const { breaker, fail, pass, changes } = simulated();
    fail(5);
    pass(500);
    breaker.tried(true);
    expect(breaker.state).toBe('half-open');
    const trial = breaker.begin();
    expect(breaker.state).toBe('trying');
    expect(breaker.begin()).toBeUndefined();
    trial?.succeeded();
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual(['open at 0', 'closed at 500']);
  });

  it('opens again when the request that tries it fails, and lets another try when it was abandoned', () => {
    const { breaker, attempt, fail, pass } = simulated();
    fail(5);
    pass(500);
    breaker.tried(true);
    attempt('abandoned');
    expect(breaker.state).toBe('half-open');
    attempt('failed');
    pass(999);
    expect(breaker.state).toBe('open');
    pass(1);
    expect(breaker.state).toBe('due');
  });

  it('does not count what was sent before it opened and fails after', () => {
    const { breaker, fail, pass } = simulated();
    const late = Array.from({ length: 50 }, () => breaker.begin());
    fail(5);
    pass(500);
    breaker.tried(true);
    for (const attempt of late) attempt?.failed();
    expect(breaker.state).toBe('half-open');
  });

  it('opens at once for a server that does not even say how it is, and once only', () => {
    const { breaker, changes, pass } = simulated();
    breaker.condemn();
    pass(100);
    breaker.condemn();
    pass(400);
    expect(breaker.state).toBe('due');
    expect(changes).toEqual(['open at 0']);
  });

  it('never opens when it is told so', () => {
    const breaker = createBreaker({ failures: 0 });
    for (let n = 0; n < 100; n++) breaker.begin()?.failed();
    breaker.condemn();
    expect(breaker.state).toBe('closed');
  });
});

import { describe, expect, it } from 'vitest';
import type { Breaker } from '../../../gateway/traffic/breaker.ts';
import { chooseReplica } from '../../../gateway/traffic/replicas.ts';

const replica = (name: string, active = 0, state: Breaker['state'] = 'closed') => ({ name, active, breaker: { state } as Breaker });
const choose = (replicas: ReturnType<typeof replica>[], { turn = 0, tried = [] as unknown[], idempotent = true } = {}) =>
  chooseReplica(replicas, { turn, tried: new Set(tried), idempotent })?.name;

describe('a choice between replicas', () => {
  it('takes the one with the fewest requests under way, in turn where they have as many', () => {
    expect(choose([replica('a', 3), replica('b', 1), replica('c', 2)])).toBe('b');
    const idle = [replica('a'), replica('b'), replica('c')];
    expect([0, 1, 2, 3].map((turn) => choose(idle, { turn }))).toEqual(['a', 'b', 'c', 'a']);
  });

  it('takes none that fails, and nothing when all do', () => {
    expect(choose([replica('a', 0, 'open'), replica('b', 9), replica('c', 0, 'due'), replica('d', 0, 'trying')])).toBe('b');
    expect(choose([replica('a', 0, 'open'), replica('b', 0, 'trying')])).toBeUndefined();
  });

  it('has a query try the one that answers again, and an act only where there is no other', () => {
    const replicas = [replica('a', 5), replica('b', 0, 'half-open')];
    expect(choose(replicas)).toBe('b');
    expect(choose(replicas, { idempotent: false })).toBe('a');
    expect(choose(replicas.slice(1), { idempotent: false })).toBe('b');
  });

  it('rather takes one that was not asked yet', () => {
    const [a, b] = [replica('a'), replica('b', 50)];
    expect(choose([a, b], { tried: [a] })).toBe('b');
    expect(choose([a], { tried: [a] })).toBe('a');
  });
});

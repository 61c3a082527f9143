import { describe, expect, it } from 'vitest';
import { BulkheadFull, createBulkhead } from '../../../gateway/traffic/bulkhead.ts';
import type { Priority } from '../../../gateway/traffic/call.ts';

const STAYING = new AbortController().signal;

/** A bulkhead whose one place is taken, and the names of those who got in after. */
async function taken(waiting: number) {
  const bulkhead = createBulkhead({ places: 1, waiting });
  await bulkhead.enter('interactive', STAYING);
  const admitted: string[] = [];
  const refused: string[] = [];
  const come = (name: string, priority: Priority, signal = STAYING) =>
    bulkhead.enter(priority, signal).then(
      () => void admitted.push(name),
      (error: unknown) => void refused.push(`${name}: ${error instanceof BulkheadFull ? 'full' : (error as Error).name}`),
    );
  const leave = async () => {
    bulkhead.leave();
    await new Promise(setImmediate);
  };
  return { bulkhead, admitted, refused, come, leave };
}

describe('a bulkhead', () => {
  it('lets those in who wait, the most urgent first, each in turn', async () => {
    const { admitted, come, leave } = await taken(10);
    void come('dashboard', 'dashboard');
    void come('reader 1', 'interactive');
    void come('act', 'act');
    void come('reader 2', 'interactive');
    for (let n = 0; n < 4; n++) await leave();
    expect(admitted).toEqual(['act', 'reader 1', 'reader 2', 'dashboard']);
  });

  it('refuses whoever comes when no more may wait; the last of the least urgent when somebody more urgent comes', async () => {
    const { admitted, refused, come, leave } = await taken(2);
    void come('dashboard 1', 'dashboard');
    void come('dashboard 2', 'dashboard');
    await come('dashboard 3', 'dashboard');
    expect(refused).toEqual(['dashboard 3: full']);
    void come('act', 'act');
    await leave();
    expect(refused).toEqual(['dashboard 3: full', 'dashboard 2: full']);
    await leave();
    expect(admitted).toEqual(['act', 'dashboard 1']);
  });

  it('keeps no place for whoever gave up', async () => {
    const { admitted, refused, come, leave } = await taken(1);
    const client = new AbortController();
    const waiting = come('gone', 'act', client.signal);
    client.abort();
    await waiting;
    void come('next', 'dashboard');
    await leave();
    expect({ admitted, refused }).toEqual({ admitted: ['next'], refused: ['gone: AbortError'] });
  });

  it('has as many places after all of that as before', async () => {
    const { bulkhead, come, leave, refused } = await taken(0);
    await leave();
    await bulkhead.enter('dashboard', STAYING);
    await come('more', 'interactive');
    expect(refused).toEqual(['more: full']);
  });
});

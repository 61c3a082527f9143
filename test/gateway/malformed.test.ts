import { describe, expect, it } from 'vitest';
import { runMalformed } from '../campaigns/malformed/malformed.ts';

describe('FUZZ-01 malformed requests', () => {
  it('MUST be answered without anything internal, without a fault of the server, and without end of it', { timeout: 120_000 }, async () => {
    const { statuses, problems } = await runMalformed({ seed: 20261126, runs: 500 });
    expect(problems).toEqual([]);
    // The attempts are not all refused for the same reason.
    for (const status of ['200', '400', '401', '403', '404', '413', '415']) expect(statuses[status] ?? 0, status).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../gateway/rate-limit.ts';
import type { AskAs } from '../testkit/tokens.ts';
import { startGatewayUnderTest } from './kit/gateway.ts';

describe('the bucket of a caller', () => {
  const bucket = (options: { perMinute: number; callers?: number }) => {
    const clock = { now: 0 };
    return { clock, take: createRateLimit({ ...options, now: () => clock.now }) };
  };

  it('gives a quarter of a minute’s requests at once, then one at a time', () => {
    const { clock, take } = bucket({ perMinute: 600 });
    expect(Array.from({ length: 150 }, () => take('a')).every((wait) => wait === 0)).toBe(true);
    expect(take('a')).toBe(100);
    clock.now = 100;
    expect([take('a'), take('a')]).toEqual([0, 100]);
  });

  it('fills again, and never gives more than its rate and one burst in any minute', () => {
    const { clock, take } = bucket({ perMinute: 60 });
    let taken = 0;
    for (; clock.now < 60_000; clock.now += 10) if (take('a') === 0) taken += 1;
    expect(taken).toBe(15 + 59);
  });

  it('is each caller’s own, and of those who ask last only so many are kept', () => {
    const { take } = bucket({ perMinute: 4, callers: 2 });
    expect([take('a'), take('a') > 0, take('b'), take('c'), take('a')]).toEqual([0, true, 0, 0, 0]);
  });

  it('is bottomless when switched off', () => {
    const { take } = bucket({ perMinute: 0 });
    expect(Array.from({ length: 1_000 }, () => take('a')).every((wait) => wait === 0)).toBe(true);
  });
});

describe('RATE-01 a caller that asks too often', () => {
  const someone = (subject: string): { as: AskAs } => ({ as: { roles: ['developer'], subject } });

  it('MUST be refused with the time to wait, and others are not', async () => {
    await using gateway = await startGatewayUnderTest({ env: { RATE_LIMIT_PER_MINUTE: '8' } });
    const ask = (subject: string) => gateway.ask('{ __typename }', {}, {}, someone(subject));
    expect([(await ask('one')).status, (await ask('one')).status]).toEqual([200, 200]);
    const refused = await ask('one');
    expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(8);
    expect((await ask('two')).status).toBe(200);
  });

  it('MUST be refused by address without a token and with tokens that do not hold, which count together', async () => {
    await using gateway = await startGatewayUnderTest({ env: { RATE_LIMIT_PER_MINUTE: '8' } });
    const forged = () => gateway.ask('{ __typename }', {}, { authorization: 'Bearer a.b.c' }, { as: null });
    expect([(await gateway.ask('{ __typename }', {}, {}, { as: null })).status, (await forged()).status, (await forged()).status]).toEqual([401, 401, 429]);
    expect((await gateway.ask('{ __typename }', {}, { 'x-forwarded-for': '10.9.9.9' }, { as: null })).status).toBe(429);
  });

  it('is known by the address that a trusted proxy names', async () => {
    await using gateway = await startGatewayUnderTest({ env: { RATE_LIMIT_PER_MINUTE: '4', TRUSTED_PROXIES: '127.0.0.1' } });
    const from = (address: string) => gateway.ask('{ __typename }', {}, { 'x-forwarded-for': address }, { as: null });
    expect([(await from('10.0.0.1')).status, (await from('10.0.0.1')).status, (await from('10.0.0.2')).status]).toEqual([401, 429, 401]);
    expect([(await from('2001:db8::1')).status, (await from('2001:db8:0:0:9::2')).status, (await from('2001:db8:0:1::1')).status]).toEqual([401, 429, 401]);
  });
});

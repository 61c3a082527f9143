/** Hop tokens from both ends: what the gateway signs at once, and what a subgraph remembers of it. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHopSigner } from '#schema/hop-signer.ts';
import { bodyHash, createHopVerifier, digestOf, type HopClaims, HopTokenError } from '#schema/hop-token.ts';
import { EVERYBODY, GATEWAY_KEY, GATEWAY_PUBLIC_KEY } from '../testkit/hop.ts';

const CLAIMS: HopClaims = { caller: EVERYBODY, requestId: 'r-1', operationHash: 'hash', operationName: null };
const SUBGRAPHS = ['calls', 'victims', 'referrals', 'agencies'];

const jwtOf = (token: string) => String(token.split('~')[0]);
const disclosureOf = (token: string) => String(token.split('~')[1]);
const digestsOf = (token: string) => decodeJwt(jwtOf(token))['_sd'] as string[];
const verify = (subgraph: string, token: string, keys: readonly KeyObject[] = [GATEWAY_PUBLIC_KEY]) => createHopVerifier(keys, subgraph)(token);

/** The sizes of the batches that tokens were signed in. */
function batchesOf(tokens: readonly string[]): number[] {
  return [...Map.groupBy(tokens, jwtOf).values()].map((batch) => batch.length);
}

describe('the gateway', () => {
  const signer = createHopSigner(GATEWAY_KEY);
  const sign = (count: number) => Promise.all(Array.from({ length: count }, (_, at) => signer.sign('calls', `body ${at}`, CLAIMS)));

  it('signs once for hops that are sent at the same moment, and each is taken by its own subgraph only', async () => {
    const tokens = await Promise.all(SUBGRAPHS.map((subgraph) => signer.sign(subgraph, `to ${subgraph}`, CLAIMS)));
    expect(batchesOf(tokens)).toEqual([4]);
    for (const [at, token] of tokens.entries()) {
      for (const [other, subgraph] of SUBGRAPHS.entries()) {
        if (at === other) expect(await verify(subgraph, token)).toEqual({ ...CLAIMS, bodyHash: bodyHash(`to ${subgraph}`) });
        else await expect(verify(subgraph, token)).rejects.toThrow(HopTokenError);
      }
    }
  });

  it('signs when they were made and digests, and nothing that they say', async () => {
    const tokens = await sign(3);
    const token = String(tokens[0]);
    expect(decodeProtectedHeader(jwtOf(token))).toEqual({ alg: 'EdDSA', typ: 'hop+sd-jwt' });
    const { iat, nbf, exp, ...rest } = decodeJwt(jwtOf(token));
    expect([Number(nbf) - Number(iat), Number(exp) - Number(iat)]).toEqual([0, 30]);
    expect(rest).toEqual({ iss: 'gateway', _sd_alg: 'sha-256', _sd: tokens.map((each) => digestOf(disclosureOf(each))).sort() });
  });

  it('salts each hop with a random UUID of its own, so that those who see a digest cannot guess what it stands for', async () => {
    const tokens = await Promise.all(Array.from({ length: 16 }, () => signer.sign('calls', 'the same', CLAIMS)));
    const salts = tokens.map((token) => (JSON.parse(Buffer.from(disclosureOf(token), 'base64url').toString()) as [string])[0]);
    expect(new Set(salts).size).toBe(16);
    for (const salt of salts) expect(salt).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set(digestsOf(String(tokens[0]))).size).toBe(16);
  });

  it('signs no more than sixteen hops at once', async () => {
    expect(batchesOf(await sign(16))).toEqual([16]);
    expect(batchesOf(await sign(17))).toEqual([16, 1]);
    expect(batchesOf(await sign(40))).toEqual([16, 16, 8]);
  });

  it('signs anew when the event loop has turned', async () => {
    const first = sign(2);
    await setImmediate();
    const second = sign(2);
    expect(batchesOf([...(await first), ...(await second)])).toEqual([2, 2]);
  });

  it('takes in what comes in microtasks', async () => {
    const later = Promise.resolve().then(() => sign(1));
    expect(batchesOf([...(await sign(1)), ...(await later)])).toEqual([2]);
  });

  it('fails for all hops of a batch where it cannot sign, and begins another', async () => {
    const broken = createHopSigner(GATEWAY_PUBLIC_KEY);
    for (let turn = 0; turn < 2; turn++) {
      const results = await Promise.allSettled([broken.sign('calls', '', CLAIMS), broken.sign('victims', '', CLAIMS)]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    }
  });

  it('says of a caller without a subject that it has none', async () => {
    const claims = { ...CLAIMS, caller: { ...EVERYBODY, subject: null, agency: null, purpose: null }, operationName: 'Totals' };
    expect(await verify('calls', await signer.sign('calls', '', claims))).toEqual({ ...claims, bodyHash: bodyHash('') });
  });
});

describe('a subgraph', () => {
  const signer = createHopSigner(GATEWAY_KEY);
  const pair = () => Promise.all([signer.sign('calls', 'one', CLAIMS), signer.sign('calls', 'two', CLAIMS)]);
  const bodies = (hops: readonly { bodyHash: string }[]) => hops.map((hop) => hop.bodyHash);

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('verifies one signature for the hops of a batch, whether they come at once or one after the other', async () => {
    const verifying = vi.spyOn(crypto.subtle, 'verify');
    const [one, two] = await pair();
    const calls = createHopVerifier([GATEWAY_PUBLIC_KEY], 'calls');
    expect(bodies(await Promise.all([calls(one), calls(two)]))).toEqual([bodyHash('one'), bodyHash('two')]);
    expect(bodies([await calls(one), await calls(two)])).toEqual([bodyHash('one'), bodyHash('two')]);
    expect(verifying).toHaveBeenCalledOnce();
  });

  it('looks at the rest each time', async () => {
    const [one, other] = await Promise.all([signer.sign('calls', 'one', CLAIMS), signer.sign('victims', 'other', CLAIMS)]);
    const calls = createHopVerifier([GATEWAY_PUBLIC_KEY], 'calls');
    await calls(one);
    await expect(calls(other)).rejects.toThrow('expected a token for subgraph:calls');
    await expect(calls(`${jwtOf(one)}~`)).rejects.toThrow('expected a JWT and one disclosure');
    await expect(calls(`${jwtOf(one)}~${disclosureOf(one)}A~`)).rejects.toThrow('expected a disclosure whose digest was signed');
    // A signature that differs by a letter is another JWT.
    const altered = jwtOf(one).replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'));
    await expect(calls(`${altered}~${disclosureOf(one)}~`)).rejects.toThrow(HopTokenError);
  });

  it('does not take what it remembers after its time, or before it where the clock was put back', async () => {
    const [one] = await pair();
    const calls = createHopVerifier([GATEWAY_PUBLIC_KEY], 'calls');
    await calls(one);
    const { iat, exp } = decodeJwt(jwtOf(one)) as { iat: number; exp: number };
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const [now, taken] of [
      [exp + 9, true],
      [exp + 10, false],
      [iat - 10, true],
      [iat - 11, false],
    ] as const) {
      vi.setSystemTime(now * 1000);
      if (taken) await calls(one);
      else await expect(calls(one)).rejects.toThrow('expected a token that holds now');
    }
  });

  it('does not take what it remembers of a key that is gone', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const keys = [publicKey, GATEWAY_PUBLIC_KEY];
    const calls = createHopVerifier(keys, 'calls');
    const [old, current] = [await createHopSigner(privateKey).sign('calls', '', CLAIMS), await signer.sign('calls', '', CLAIMS)];
    for (const token of [old, current]) await calls(token);
    keys.shift();
    await expect(calls(old)).rejects.toThrow('expected the signature of a key that is known');
    await calls(current);
  });

  it('remembers none that it has refused', async () => {
    const verifying = vi.spyOn(crypto.subtle, 'verify');
    const token = await createHopSigner(generateKeyPairSync('ed25519').privateKey).sign('calls', '', CLAIMS);
    const calls = createHopVerifier([GATEWAY_PUBLIC_KEY], 'calls');
    for (let turn = 0; turn < 2; turn++) await expect(calls(token)).rejects.toThrow('signature verification failed');
    expect(verifying).toHaveBeenCalledTimes(2);
  });
});

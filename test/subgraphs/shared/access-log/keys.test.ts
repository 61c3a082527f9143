import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicHalf } from '#schema/hop-token.ts';
import { verifierText } from '#shared/access-log/checkpoint.ts';
import type { KeySource } from '#schema/keys.ts';
import { findVerifier, readLogKey, readWitnessedLogs } from '#shared/access-log/keys.ts';
import { loadConfig, loadToolConfig } from '#shared/config.ts';

const KEY = generateKeyPairSync('ed25519').privateKey;
const PEM = KEY.export({ type: 'pkcs8', format: 'pem' }).toString();
const WRONG = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const VERIFIER = verifierText({ name: 'hotline/victims', key: publicHalf(KEY) });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-log-keys-'));
  writeFileSync(join(folder, 'calls.pem'), PEM);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = (env: NodeJS.ProcessEnv, production = true, dataFolder = join(folder, 'data')): KeySource => ({ env, project: folder, dataFolder, production });
const bytes = (key: KeyObject | undefined) => key?.export({ type: 'pkcs8', format: 'pem' });

describe('the key of an access log', () => {
  it.each([[{ CALLS_LOG_KEY: PEM }], [{ CALLS_LOG_KEY: PEM.replaceAll('\n', '\\n') }], [{ CALLS_LOG_KEY_FILE: 'calls.pem' }]])(
    'comes from the environment or a file',
    (env) => {
      const faults: string[] = [];
      expect(bytes(readLogKey('calls', source(env), faults))).toBe(PEM);
      expect(faults).toEqual([]);
    },
  );

  const PRIVATE = 'an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)';
  it.each([
    [{}, 'CALLS_LOG_KEY', PRIVATE],
    [{ CALLS_LOG_KEY: '', CALLS_LOG_KEY_FILE: '' }, 'CALLS_LOG_KEY', PRIVATE],
    [{ CALLS_LOG_KEY: 'secret' }, 'CALLS_LOG_KEY', PRIVATE],
    [{ CALLS_LOG_KEY: WRONG }, 'CALLS_LOG_KEY', `${PRIVATE}, got one of x25519`],
    [{ CALLS_LOG_KEY_FILE: 'nowhere.pem' }, 'CALLS_LOG_KEY_FILE', PRIVATE],
    [{ CALLS_LOG_KEY: PEM, CALLS_LOG_KEY_FILE: 'calls.pem' }, 'CALLS_LOG_KEY_FILE', 'none beside CALLS_LOG_KEY'],
    [{ VICTIMS_LOG_KEY: PEM }, 'CALLS_LOG_KEY', PRIVATE],
  ])('MUST be given in production, and be one (LOG-01): not %j', (env, variable, expected) => {
    const faults: string[] = [];
    expect(readLogKey('calls', source(env), faults)).toBeUndefined();
    expect(faults).toEqual([`${variable}: expected ${expected}`]);
    expect(() => loadConfig({ name: 'calls', port: 4001 }, { ...env, NODE_ENV: 'production' })).toThrow(`${variable}: expected`);
  });

  it('is not asked of a command that works on the records', () => {
    const env = {
      NODE_ENV: 'production',
      RECORD_ID_KEY: 'sixteen letters.',
    };
    expect(loadToolConfig({ name: 'calls', port: 4001 }, env)).not.toHaveProperty('logKey');
  });

  it('is made once in development, and there all services are witnesses of all others', () => {
    const development = source({}, false);
    const key = readLogKey('calls', development, []);
    expect(bytes(readLogKey('calls', development, []))).toBe(bytes(key));
    const logs = readWitnessedLogs('victims', development, []);
    expect(logs.map(({ name }) => name).sort()).toEqual(['hotline/agencies', 'hotline/calls', 'hotline/referrals']);
    expect(verifierText(findVerifier('calls', development, []) as never)).toBe(logs.map(verifierText).find((text) => text.startsWith('hotline/calls')));
  });

  it('is found for an audit without making one', () => {
    const elsewhere = join(folder, 'elsewhere');
    expect(findVerifier('calls', source({}, false, elsewhere), [])).toBeUndefined();
    expect(existsSync(elsewhere)).toBe(false);
    expect(verifierText(findVerifier('victims', source({ LOG_VERIFIERS: VERIFIER }), []) as never)).toBe(VERIFIER);
  });

  it('is told as LOG_VERIFIERS to witnesses, which are none of their own logs', () => {
    const faults: string[] = [];
    const env = { LOG_VERIFIERS: `${VERIFIER}  ${verifierText({ name: 'hotline/calls', key: publicHalf(KEY) })}` };
    expect(readWitnessedLogs('calls', source(env), faults).map(verifierText)).toEqual([VERIFIER]);
    expect(readWitnessedLogs('calls', source({}), faults)).toEqual([]);
    expect(faults).toEqual([]);
    readWitnessedLogs('calls', source({ LOG_VERIFIERS: 'x' }), faults);
    expect(faults).toEqual([expect.stringMatching(/^LOG_VERIFIERS: expected the public key of a log/)]);
  });
});

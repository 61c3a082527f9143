import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '#shared/config.ts';

const KEY = 'sixteen letters.';
const CALLS = { name: 'calls', port: 4001 };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
/** What production cannot do without. */
const SECRETS = {
  RECORD_ID_KEY: KEY,
  GATEWAY_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  CALLS_LOG_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

/** The faults of an environment, one each. */
function faults(env: NodeJS.ProcessEnv, configurable = CALLS): string[] {
  try {
    loadConfig(configurable, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('the configuration of a subgraph', () => {
  it('has defaults for development', () => {
    expect(loadConfig(CALLS, {})).toEqual({
      name: 'calls',
      host: '127.0.0.1',
      port: 4001,
      database: { engine: 'pglite', folder: resolve('.data/calls') },
      demoRecords: true,
      recordIdKey: 'development only: not a secret',
      production: false,
      gatewayKeys: [expect.objectContaining({ type: 'public' })],
      grantsFile: resolve('subgraphs/calls/grants.json'),
      logKey: expect.objectContaining({ type: 'private' }),
      witnessedLogs: ['agencies', 'referrals', 'victims'].map((name) => ({ name: `hotline/${name}`, key: expect.anything() })),
      logLevel: 'info',
      failpoints: {},
      settings: {},
    });
  });

  it('takes what is set', () => {
    const env = {
      ...SECRETS,
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      CALLS_PORT: '8080',
      VICTIMS_PORT: '1',
      CALLS_DATABASE_URL: 'postgres://calls:pw@db/calls',
      DEMO_RECORDS: 'true',
      LOG_LEVEL: 'debug',
    };
    expect(loadConfig(CALLS, env)).toEqual({
      name: 'calls',
      host: '0.0.0.0',
      port: 8080,
      database: { engine: 'postgresql', url: 'postgres://calls:pw@db/calls' },
      demoRecords: true,
      recordIdKey: KEY,
      production: true,
      gatewayKeys: [publicKey],
      grantsFile: resolve('subgraphs/calls/grants.json'),
      logKey: privateKey,
      witnessedLogs: [],
      logLevel: 'debug',
      failpoints: {},
      settings: {},
    });
    expect(loadConfig(CALLS, { CALLS_PORT: '0' }).port).toBe(0);
    // Development's keys are made there.
    const folder = mkdtempSync(join(tmpdir(), 'hotline-config-'));
    expect(loadConfig(CALLS, { DATA_FOLDER: folder }).database).toEqual({ engine: 'pglite', folder: join(folder, 'calls') });
    rmSync(folder, { recursive: true });
    expect(loadConfig(CALLS, { CALLS_DATABASE_URL: 'postgresql://db/calls' }).database).toMatchObject({ engine: 'postgresql' });
  });

  it('takes variables that are empty for not set, as compose files pass them', () => {
    const names = ['NODE_ENV', 'HOST', 'CALLS_PORT', 'CALLS_DATABASE_URL', 'DATA_FOLDER', 'DEMO_RECORDS', 'RECORD_ID_KEY', 'LOG_LEVEL'];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(loadConfig(CALLS, empty)).toEqual(loadConfig(CALLS, {}));
    const production = { ...empty, ...SECRETS, NODE_ENV: 'production' };
    expect(loadConfig(CALLS, production)).toEqual(loadConfig(CALLS, { ...SECRETS, NODE_ENV: 'production' }));
  });

  it('in production has no demo records and no key unless they are given', () => {
    expect(loadConfig(CALLS, { ...SECRETS, NODE_ENV: 'production' }).demoRecords).toBe(false);
    expect(faults({ NODE_ENV: 'production' })).toEqual([
      'CALLS_LOG_KEY: expected an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)',
      'GATEWAY_PUBLIC_KEY: expected Ed25519 public keys in PEM (openssl pkey -in gateway.pem -pubout)',
      'RECORD_ID_KEY: expected at least 16 characters, the same in every subgraph',
    ]);
  });

  it('in production has no key of other ministries’ ids unless it is given, where it keeps such ids', () => {
    const victims = { name: 'victims', port: 4002 };
    const missing = 'VICTIMS_REFERENCE_KEY: expected 32 bytes in base64 (openssl rand -base64 32)';
    expect(faults({ NODE_ENV: 'production' }, victims)).toContain(missing);
    expect(faults({ NODE_ENV: 'production', VICTIMS_REFERENCE_KEY: Buffer.alloc(32).toString('base64') }, victims)).not.toContain(missing);
    expect(loadConfig(victims, {}).referenceKeys?.current).toHaveLength(32);
    expect(loadConfig(CALLS, {}).referenceKeys).toBeUndefined();
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig(CALLS, {}))).toBe(true);
  });

  it('has all its faults reported at once, without a password', () => {
    const env = {
      NODE_ENV: 'prod',
      CALLS_PORT: '99999',
      CALLS_DATABASE_URL: 'mysql://calls:secret@db/calls',
      DEMO_RECORDS: 'yes',
      RECORD_ID_KEY: 'short',
      LOG_LEVEL: 'loud',
    };
    expect(faults(env)).toEqual([
      'NODE_ENV: expected development, test or production, got "prod"',
      'CALLS_PORT: expected a port, 0 to 65535, got "99999"',
      'CALLS_DATABASE_URL: expected postgres://user:password@host:port/database',
      'DEMO_RECORDS: expected true or false, got "yes"',
      'RECORD_ID_KEY: expected at least 16 characters, the same in every subgraph',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
    ]);
  });

  it.each(['-1', '65536', '4001.5', 'http', '4001/tcp', 'NaN', 'Infinity'])('has no port %s', (port) => {
    expect(faults({ CALLS_PORT: port })).toEqual([`CALLS_PORT: expected a port, 0 to 65535, got "${port}"`]);
  });

  it('does not heed the faults of other subgraphs', () => {
    expect(faults({ VICTIMS_PORT: 'x', VICTIMS_DATABASE_URL: 'x' })).toEqual([]);
  });
});

describe('the settings of one subgraph', () => {
  const settings = {
    DAYS: { default: 3, min: 1, max: 30, description: 'days' },
    COUNTRY: { default: 'VN', pattern: /^[A-Z]{2}$/, expected: 'two capital letters', description: 'a country' },
  } as const;
  const set = (env: NodeJS.ProcessEnv) => loadConfig({ ...CALLS, settings }, env).settings;

  it('have defaults, which what is empty leaves as they are', () => {
    expect(set({})).toEqual({ DAYS: 3, COUNTRY: 'VN' });
    expect(set({ CALLS_DAYS: '', CALLS_COUNTRY: '' })).toEqual({ DAYS: 3, COUNTRY: 'VN' });
  });

  it('are taken from variables that begin with its name', () => {
    expect(set({ CALLS_DAYS: '30', CALLS_COUNTRY: 'LA' })).toEqual({ DAYS: 30, COUNTRY: 'LA' });
    expect(set({ DAYS: '30', VICTIMS_COUNTRY: 'LA' })).toEqual({ DAYS: 3, COUNTRY: 'VN' });
    expect(Object.isFrozen(set({}))).toBe(true);
  });

  it.each(['0', '31', '-1', '3.5', '1e1', ' 3', 'three'])('have no whole number %s', (given) => {
    expect(() => set({ CALLS_DAYS: given })).toThrow(`CALLS_DAYS: expected a whole number from 1 to 30, got "${given}"`);
  });

  it('have their faults reported with the others', () => {
    expect(() => set({ CALLS_COUNTRY: 'vn', CALLS_DAYS: '0', LOG_LEVEL: 'loud' })).toThrow(
      [
        'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
        'CALLS_DAYS: expected a whole number from 1 to 30, got "0"',
        'CALLS_COUNTRY: expected two capital letters, got "vn"',
      ].join('\n'),
    );
  });
});

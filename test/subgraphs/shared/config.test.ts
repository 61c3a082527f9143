import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '#shared/config.ts';

const KEY = 'sixteen letters.';

/** The faults of an environment, one each. */
function faults(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig('calls', 4001, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('the configuration of a subgraph', () => {
  it('has defaults for development', () => {
    expect(loadConfig('calls', 4001, {})).toEqual({
      name: 'calls',
      host: '127.0.0.1',
      port: 4001,
      database: { engine: 'pglite', folder: resolve('.data/calls') },
      demoRecords: true,
      recordIdKey: 'development only: not a secret',
      production: false,
      logLevel: 'info',
    });
  });

  it('takes what is set', () => {
    const env = {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      CALLS_PORT: '8080',
      VICTIMS_PORT: '1',
      CALLS_DATABASE_URL: 'postgres://calls:pw@db/calls',
      DEMO_RECORDS: 'true',
      RECORD_ID_KEY: KEY,
      LOG_LEVEL: 'debug',
    };
    expect(loadConfig('calls', 4001, env)).toEqual({
      name: 'calls',
      host: '0.0.0.0',
      port: 8080,
      database: { engine: 'postgresql', url: 'postgres://calls:pw@db/calls' },
      demoRecords: true,
      recordIdKey: KEY,
      production: true,
      logLevel: 'debug',
    });
    expect(loadConfig('calls', 4001, { CALLS_PORT: '0' }).port).toBe(0);
    expect(loadConfig('calls', 4001, { DATA_FOLDER: '/srv/data' }).database).toEqual({ engine: 'pglite', folder: join('/srv/data', 'calls') });
    expect(loadConfig('calls', 4001, { CALLS_DATABASE_URL: 'postgresql://db/calls' }).database).toMatchObject({ engine: 'postgresql' });
  });

  it('takes variables that are empty for not set, as compose files pass them', () => {
    const names = ['NODE_ENV', 'HOST', 'CALLS_PORT', 'CALLS_DATABASE_URL', 'DATA_FOLDER', 'DEMO_RECORDS', 'RECORD_ID_KEY', 'LOG_LEVEL'];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(loadConfig('calls', 4001, empty)).toEqual(loadConfig('calls', 4001, {}));
    const production = { ...empty, NODE_ENV: 'production', RECORD_ID_KEY: KEY };
    expect(loadConfig('calls', 4001, production)).toEqual(loadConfig('calls', 4001, { NODE_ENV: 'production', RECORD_ID_KEY: KEY }));
  });

  it('in production has no demo records and no key unless they are given', () => {
    expect(loadConfig('calls', 4001, { NODE_ENV: 'production', RECORD_ID_KEY: KEY }).demoRecords).toBe(false);
    expect(faults({ NODE_ENV: 'production' })).toEqual(['RECORD_ID_KEY: expected at least 16 characters, the same in every subgraph']);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig('calls', 4001, {}))).toBe(true);
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

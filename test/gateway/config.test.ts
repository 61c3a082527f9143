import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../gateway/config.ts';

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has a usable default for everything', () => {
    expect(loadConfig({})).toEqual({
      host: '127.0.0.1',
      port: 4000,
      production: false,
      logLevel: 'info',
      supergraphFile: resolve(import.meta.dirname, '../../schema/supergraph.graphql'),
      subgraphUrls: {
        agencies: 'http://127.0.0.1:4004/graphql',
        calls: 'http://127.0.0.1:4001/graphql',
        referrals: 'http://127.0.0.1:4003/graphql',
        victims: 'http://127.0.0.1:4002/graphql',
      },
      subgraphTimeoutMs: 10_000,
      subgraphResponseLimit: 64 * 1024 * 1024,
      bodyLimit: 256 * 1024,
      operationsFolder: resolve(import.meta.dirname, '../../schema/operations'),
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = ['NODE_ENV', 'LOG_LEVEL', 'HOST', 'GATEWAY_PORT', 'CALLS_URL', 'CALLS_PORT', 'SUPERGRAPH_FILE', 'SUBGRAPH_TIMEOUT_MS', 'REQUEST_LIMIT_KIB'];
    expect(loadConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(loadConfig({}));
  });

  it('finds a subgraph at its URL, else at its port', () => {
    const { subgraphUrls } = loadConfig({ CALLS_URL: 'https://calls.example/graphql', CALLS_PORT: '9', VICTIMS_PORT: '5209' });
    expect(subgraphUrls).toMatchObject({ calls: 'https://calls.example/graphql', victims: 'http://127.0.0.1:5209/graphql' });
  });

  it('names all faults at once, each with what was expected and what came, and no password', () => {
    expect(
      faultsOf({
        NODE_ENV: 'prod',
        LOG_LEVEL: 'loud',
        GATEWAY_PORT: '65536',
        AGENCIES_URL: 'ftp://me:hunter2@host/graphql',
        CALLS_URL: 'calls:4001',
        VICTIMS_PORT: 'four',
        SUBGRAPH_TIMEOUT_MS: '0',
        SUBGRAPH_RESPONSE_LIMIT_MIB: '-1',
        REQUEST_LIMIT_KIB: '1.5',
      }),
    ).toEqual([
      'NODE_ENV: expected development, test or production, got "prod"',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
      'AGENCIES_URL: expected http://host:port/graphql, got "ftp://…@host/graphql"',
      'CALLS_URL: expected http://host:port/graphql, got "calls:4001"',
      'VICTIMS_PORT: expected a port, 1 to 65535, got "four"',
      'GATEWAY_PORT: expected a port, 0 to 65535, got "65536"',
      'SUBGRAPH_TIMEOUT_MS: expected milliseconds, 1 to 600000, got "0"',
      'SUBGRAPH_RESPONSE_LIMIT_MIB: expected a size in MiB, 1 to 512, got "-1"',
      'REQUEST_LIMIT_KIB: expected a size in KiB, 1 to 65536, got "1.5"',
    ]);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
    expect(Object.isFrozen(loadConfig({}).subgraphUrls)).toBe(true);
  });
});

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { developmentKey } from '#schema/development-keys.ts';
import { ConfigError, loadConfig } from '../../gateway/config.ts';
import { pemOf } from './kit/issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = pemOf();
const PRODUCTION = {
  NODE_ENV: 'production',
  OIDC_ISSUER: 'https://id.example',
  OIDC_AUDIENCE: 'https://graph.example',
  GATEWAY_SIGNING_KEY: KEY,
};

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
    const { signingKey, issuer, ...rest } = loadConfig({ DATA_FOLDER: folder });
    expect(rest).toEqual({
      host: '127.0.0.1',
      port: 4000,
      production: false,
      logLevel: 'info',
      supergraphFile: resolve(import.meta.dirname, '../../schema/supergraph.graphql'),
      supergraphUrl: undefined,
      supergraphPollMs: 2_000,
      supergraphTrialMs: 30_000,
      overrideLabels: [],
      planAhead: false,
      subgraphUrls: {
        agencies: ['http://127.0.0.1:4004/graphql'],
        calls: ['http://127.0.0.1:4001/graphql'],
        referrals: ['http://127.0.0.1:4003/graphql'],
        victims: ['http://127.0.0.1:4002/graphql'],
      },
      operationTimeoutMs: 10_000,
      subgraphTimeoutMs: 10_000,
      hedgeAfterMs: 0,
      breakerFailures: 5,
      loadShedding: false,
      drainMs: 0,
      subgraphResponseLimit: 32 * 1024 * 1024,
      trustedDocumentsFile: resolve(import.meta.dirname, '../../schema/trusted-documents.json'),
      rateLimitPerMinute: 0,
      corsOrigins: [],
      trustedProxies: [],
      bodyLimit: 64 * 1024,
      tls: undefined,
      operationsFolder: resolve(import.meta.dirname, '../../schema/operations'),
      claims: { agency: 'agency', roles: 'roles' },
    });
    expect(issuer).toMatchObject({ kind: 'development', served: true });
    expect(signingKey.equals(developmentKey(folder, 'gateway'))).toBe(true);
  });

  it('has no key of development and no issuer of its own in production', () => {
    expect(faultsOf({ NODE_ENV: 'production', DATA_FOLDER: join(folder, 'production') })).toEqual([
      'OIDC_ISSUER: expected the URL of the OpenID Connect issuer',
      "OIDC_AUDIENCE: expected what the issuer's tokens are made for",
      'GATEWAY_SIGNING_KEY: expected an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)',
    ]);
    expect(existsSync(join(folder, 'production'))).toBe(false);
    expect(loadConfig(PRODUCTION).issuer).toEqual({ kind: 'oidc', url: 'https://id.example', audience: 'https://graph.example', jwksUrl: undefined });
  });

  it('takes its signing key from a file, or as text with or without line breaks', () => {
    const file = join(folder, 'key.pem');
    writeFileSync(file, KEY);
    const { GATEWAY_SIGNING_KEY: _, ...rest } = PRODUCTION;
    for (const key of [{ GATEWAY_SIGNING_KEY: KEY }, { GATEWAY_SIGNING_KEY: KEY.replaceAll('\n', '\\n') }, { GATEWAY_SIGNING_KEY_FILE: file }]) {
      expect(loadConfig({ ...rest, ...key }).signingKey.equals(createPrivateKey(KEY))).toBe(true);
    }
    expect(faultsOf({ ...PRODUCTION, GATEWAY_SIGNING_KEY_FILE: file })).toEqual(['GATEWAY_SIGNING_KEY_FILE: expected none beside GATEWAY_SIGNING_KEY']);
    expect(faultsOf({ ...rest, GATEWAY_SIGNING_KEY_FILE: join(folder, 'none.pem') })).toHaveLength(1);
    expect(faultsOf({ ...rest, GATEWAY_SIGNING_KEY: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) })).toEqual([
      expect.stringMatching(/^GATEWAY_SIGNING_KEY: expected an Ed25519 private key .*, got one of ec$/),
    ]);
  });

  it('trusts no issuer whose answers could come from anybody', () => {
    for (const OIDC_ISSUER of ['http://id.example', 'ftp://id.example', 'id.example', 'https://me:secret@id.example', 'http://127.0.0.1.id.example']) {
      expect(faultsOf({ ...PRODUCTION, OIDC_ISSUER }), OIDC_ISSUER).toEqual([expect.stringMatching(/^OIDC_ISSUER: expected https:/)]);
    }
    expect(faultsOf({ ...PRODUCTION, OIDC_JWKS_URL: 'http://id.example/keys' })).toEqual([expect.stringMatching(/^OIDC_JWKS_URL: expected https:/)]);
    for (const OIDC_ISSUER of ['http://127.0.0.1:3000', 'http://localhost:3000/realm', 'http://[::1]:3000']) {
      expect(faultsOf({ ...PRODUCTION, OIDC_ISSUER }), OIDC_ISSUER).toEqual([]);
    }
  });

  it('wants an issuer to have an audience while developing too, and does not serve tokens where others could reach it', () => {
    expect(faultsOf({ OIDC_ISSUER: 'https://id.example' })).toEqual(["OIDC_AUDIENCE: expected what the issuer's tokens are made for"]);
    expect(faultsOf({ OIDC_AUDIENCE: 'https://graph.example' })).toEqual(['OIDC_ISSUER: expected the URL of the OpenID Connect issuer']);
    for (const HOST of ['0.0.0.0', '::', '192.168.1.7', 'gateway.example', '127.0.0.1.example']) {
      expect(loadConfig({ HOST, DATA_FOLDER: folder }).issuer, HOST).toMatchObject({ served: false });
    }
  });

  it('takes an empty variable for one that is not set', () => {
    const names = [
      'OIDC_ISSUER',
      'OIDC_AUDIENCE',
      'OIDC_JWKS_URL',
      'OIDC_AGENCY_CLAIM',
      'OIDC_ROLES_CLAIM',
      'GATEWAY_SIGNING_KEY',
      'NODE_ENV',
      'LOG_LEVEL',
      'HOST',
      'GATEWAY_PORT',
      'CALLS_URL',
      'CALLS_PORT',
      'SUPERGRAPH_FILE',
      'SUBGRAPH_TIMEOUT_MS',
      'REQUEST_LIMIT_KIB',
    ];
    expect(loadConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(loadConfig({}));
  });

  it('finds a subgraph at its URL, else at its port', () => {
    const { subgraphUrls } = loadConfig({ CALLS_URL: 'https://calls.example/graphql', CALLS_PORT: '9', VICTIMS_PORT: '5209' });
    expect(subgraphUrls).toMatchObject({ calls: ['https://calls.example/graphql'], victims: ['http://127.0.0.1:5209/graphql'] });
  });

  it('finds replicas of a subgraph at its URLs', () => {
    const { subgraphUrls } = loadConfig({ CALLS_URL: 'https://a.example/graphql, https://b.example/graphql' });
    expect(subgraphUrls['calls']).toEqual(['https://a.example/graphql', 'https://b.example/graphql']);
    expect(faultsOf({ CALLS_URL: 'https://a.example/graphql,' })).toHaveLength(1);
  });

  it('refuses what is too much, and takes its time to stop, in production alone', () => {
    expect(loadConfig(PRODUCTION)).toMatchObject({ loadShedding: true, drainMs: 5_000 });
    expect(loadConfig({ ...PRODUCTION, LOAD_SHEDDING: 'false', DRAIN_MS: '0' })).toMatchObject({ loadShedding: false, drainMs: 0 });
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
        OPERATION_TIMEOUT_MS: '0',
        SUBGRAPH_TIMEOUT_MS: '0',
        HEDGE_AFTER_MS: '-1',
        CIRCUIT_BREAKER_FAILURES: 'some',
        LOAD_SHEDDING: 'yes',
        DRAIN_MS: '70000',
        SUBGRAPH_RESPONSE_LIMIT_MIB: '-1',
        REQUEST_LIMIT_KIB: '1.5',
        RATE_LIMIT_PER_MINUTE: 'many',
        CORS_ORIGINS: 'https://a.example, https://b.example/path',
        TRUSTED_PROXIES: '10.0.0.0/33',
      }),
    ).toEqual([
      'NODE_ENV: expected development, test or production, got "prod"',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
      'AGENCIES_URL: expected http://host:port/graphql, several separated by commas, got "ftp://…@host/graphql"',
      'CALLS_URL: expected http://host:port/graphql, several separated by commas, got "calls:4001"',
      'VICTIMS_PORT: expected a port, 1 to 65535, got "four"',
      'GATEWAY_PORT: expected a port, 0 to 65535, got "65536"',
      'SUBGRAPH_TIMEOUT_MS: expected milliseconds, 1 to 600000, got "0"',
      'OPERATION_TIMEOUT_MS: expected milliseconds, 1 to 600000, got "0"',
      'HEDGE_AFTER_MS: expected milliseconds, 0 to 600000, got "-1"',
      'CIRCUIT_BREAKER_FAILURES: expected a number of failures, 0 to 1000, got "some"',
      'LOAD_SHEDDING: expected true or false, got "yes"',
      'DRAIN_MS: expected milliseconds, 0 to 60000, got "70000"',
      'SUBGRAPH_RESPONSE_LIMIT_MIB: expected a size in MiB, 1 to 512, got "-1"',
      'RATE_LIMIT_PER_MINUTE: expected a number of requests, 0 to 1000000, got "many"',
      'CORS_ORIGINS: expected origins such as https://dashboard.example.vn, separated by commas, got "https://b.example/path"',
      'TRUSTED_PROXIES: expected addresses such as 10.0.0.7 or networks such as 10.0.0.0/24, separated by commas, got "10.0.0.0/33"',
      'REQUEST_LIMIT_KIB: expected a size in KiB, 1 to 65536, got "1.5"',
    ]);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
    expect(Object.isFrozen(loadConfig({}).subgraphUrls)).toBe(true);
  });
});

import { join, resolve } from 'node:path';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import type { Verifier } from '#shared/access-log/checkpoint.ts';
import { findVerifier } from '#shared/access-log/keys.ts';
import { type ReferenceKeys, readReferenceKeys } from '#shared/foreign-ids/keys.ts';
import { ConfigError, type DatabaseConfig, keySource, loadConfig, loadToolConfig, type ToolConfig } from '#shared/config.ts';
import type { Service } from './start/service.ts';

/** What `npm start` reads from its environment. */
export interface StartConfig {
  /** The subgraphs and, last, the gateway. */
  readonly services: readonly Service[];
  /** Where each subgraph keeps its records, by its name. */
  readonly engines: Readonly<Record<string, DatabaseConfig['engine']>>;
  /** The project's folder, in which the services run. */
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  /** Whether DATA_FOLDER says another folder than the usual one. */
  readonly usualFolder: boolean;
  readonly demoRecords: boolean;
  readonly production: boolean;
  /** Whether the gateway takes the tokens of `npm run token`. */
  readonly tokens: boolean;
  /** Whether the terminal cannot draw in place. */
  readonly plain: boolean;
  /** What every service inherits. */
  readonly environment: NodeJS.ProcessEnv;
}

const GATEWAY_PORT = 4000;

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * The configuration of `npm start` from `env`. Reads the subgraphs' variables as they do themselves, so that a fault is known before
 * anything starts, and hands every service its port and folder, so that all agree.
 * @throws ConfigError naming every variable that is wrong, and what was expected.
 */
export function loadStartConfig(env: NodeJS.ProcessEnv = process.env): StartConfig {
  const dataFolder = resolve(PROJECT, env['DATA_FOLDER'] || '.data');
  const faults = new Set<string>();
  const subgraphs = Object.entries(SUBGRAPHS).flatMap(([name, { port }]) => attempt(faults, () => loadConfig({ name, port }, env)) ?? []);
  const gatewayPort = readPort(faults, 'GATEWAY_PORT', env['GATEWAY_PORT'] || String(GATEWAY_PORT));
  const host = env['HOST'] || '127.0.0.1';
  const services = [
    ...subgraphs.map(({ name, port }) => service(`subgraphs/${name}/main.ts`, name, host, port)),
    {
      ...service('gateway/main.ts', 'gateway', host, gatewayPort),
      environment: Object.fromEntries([
        ['GATEWAY_PORT', String(gatewayPort)],
        ...subgraphs.map(({ name, port }) => [urlVariable(name), env[urlVariable(name)] || `http://${reachable(host)}:${port}/graphql`]),
      ]) as Record<string, string>,
    },
  ];
  samePorts(faults, services);
  if (faults.size > 0) throw new ConfigError([...faults].join('\n'));
  return Object.freeze({
    services,
    engines: Object.fromEntries(subgraphs.map(({ name, database }) => [name, database.engine])),
    folder: PROJECT,
    dataFolder,
    logFolder: join(dataFolder, 'logs'),
    usualFolder: dataFolder === join(PROJECT, '.data'),
    demoRecords: subgraphs.every(({ demoRecords }) => demoRecords),
    production: env['NODE_ENV'] === 'production',
    tokens: env['NODE_ENV'] !== 'production' && !env['OIDC_ISSUER'],
    plain: env['TERM'] === 'dumb',
    environment: {
      // Compiled code is kept between starts: a quarter less time to load the libraries.
      NODE_COMPILE_CACHE: join(dataFolder, 'cache', 'node'),
      ...env,
      APOLLO_TELEMETRY_DISABLED: '1',
      DATA_FOLDER: dataFolder,
    },
  });
}

/** How a subgraph is configured for imports. */
export interface ImportToolConfig extends ToolConfig {
  /**
   * Under which it keeps other ministries' ids; undefined where it keeps none. Read when it is needed: a ministry that imports has no other's key.
   * @throws ConfigError
   */
  readonly referenceKeys: () => ReferenceKeys | undefined;
}

/** What `npm run import` reads from its environment. */
export interface ImportConfig {
  /** How each subgraph is configured, by its name. */
  readonly subgraphs: Readonly<Record<string, ImportToolConfig>>;
  /** The folder in which the command was given: npm itself changes to the project's. */
  readonly folder: string;
  /** The project's folder, in which subgraphs are found. */
  readonly project: string;
}

/**
 * The configuration of `npm run import` from `env`.
 * @throws ConfigError naming every variable that is wrong, and what was expected.
 */
export function loadImportConfig(env: NodeJS.ProcessEnv = process.env): ImportConfig {
  const faults = new Set<string>();
  const configs = Object.entries(SUBGRAPHS).flatMap(([name, { port }]) => {
    const config = attempt(faults, () => loadToolConfig({ name, port }, env));
    return config === undefined ? [] : [{ ...config, referenceKeys: () => requireReferenceKeys(name, env) }];
  });
  if (faults.size > 0) throw new ConfigError([...faults].join('\n'));
  const subgraphs = Object.fromEntries(configs.map((config) => [config.name, config]));
  return Object.freeze({ subgraphs, folder: env['INIT_CWD'] || process.cwd(), project: PROJECT });
}

function requireReferenceKeys(name: string, env: NodeJS.ProcessEnv): ReferenceKeys | undefined {
  const faults: string[] = [];
  const keys = readReferenceKeys(name, keySource(env), faults);
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return keys;
}

/** What `npm run audit` reads from its environment. */
export interface AuditConfig {
  /** Where each subgraph keeps its records, by its name. */
  readonly databases: Readonly<Record<string, DatabaseConfig>>;
  /** What the log of a subgraph is verified with; undefined where no key is known. */
  readonly verifiers: Readonly<Record<string, Verifier | undefined>>;
  /** The folder in which the command was given: npm itself changes to the project's. */
  readonly folder: string;
}

/**
 * The configuration of `npm run audit` from `env`. An auditor has no service's secrets: only where databases are, and public keys, is read.
 * @throws ConfigError naming every variable that is wrong, and what was expected.
 */
export function loadAuditConfig(env: NodeJS.ProcessEnv = process.env): AuditConfig {
  const faults: string[] = [];
  const source = keySource(env);
  const names = Object.keys(SUBGRAPHS);
  const databases = names.map((name) => [name, databaseOf(name, env)] as const);
  const verifiers = names.map((name) => [name, findVerifier(name, source, faults)] as const);
  if (faults.length > 0) throw new ConfigError([...new Set(faults)].join('\n'));
  return Object.freeze({ databases: Object.fromEntries(databases), verifiers: Object.fromEntries(verifiers), folder: env['INIT_CWD'] || process.cwd() });
}

function databaseOf(name: string, env: NodeJS.ProcessEnv): DatabaseConfig {
  const url = env[`${name.toUpperCase()}_DATABASE_URL`];
  return url ? { engine: 'postgresql', url } : { engine: 'pglite', folder: resolve(PROJECT, env['DATA_FOLDER'] || '.data', name) };
}

/** What `npm run token` reads from its environment. */
export interface TokenConfig {
  /** Where the services that `npm start` runs have their keys. */
  readonly dataFolder: string;
}

/**
 * The configuration of `npm run token` from `env`.
 * @throws ConfigError where no token that could be made would be taken.
 */
export function loadTokenConfig(env: NodeJS.ProcessEnv = process.env): TokenConfig {
  if (env['NODE_ENV'] === 'production') throw new ConfigError('NODE_ENV: tokens are made in development only; in production they come from OIDC_ISSUER');
  if (env['OIDC_ISSUER']) throw new ConfigError('OIDC_ISSUER: the gateway takes the tokens of this issuer only; get one there, or leave it empty');
  return Object.freeze({ dataFolder: resolve(PROJECT, env['DATA_FOLDER'] || '.data') });
}

/** The host under which a service that listens on `host` is reached from this machine, as it stands in a URL. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function service(script: string, name: string, host: string, port: number): Service {
  const portVariable = `${name.toUpperCase()}_PORT`;
  return { name, script: join(PROJECT, script), host, port, portVariable, environment: { [portVariable]: String(port) } };
}

function urlVariable(subgraph: string): string {
  return `${subgraph.toUpperCase()}_URL`;
}

function readPort(faults: Set<string>, variable: string, value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) faults.add(`${variable}: expected a port, 1 to 65535, got "${value}"`);
  return port;
}

function samePorts(faults: Set<string>, services: readonly Service[]): void {
  for (const [port, sharers] of Map.groupBy(services, (each) => each.port)) {
    const variables = sharers.map((each) => each.portVariable).join(' and ');
    if (port === 0) faults.add(`${variables}: npm start needs a port, 1 to 65535, got "0"`);
    else if (sharers.length > 1) faults.add(`${variables}: expected different ports, got ${port}`);
  }
}

function attempt<T>(faults: Set<string>, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.message.split('\n')) faults.add(fault);
    return undefined;
  }
}

import type { KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { type KeySource, readPublicKeys } from '#schema/keys.ts';
import type { Verifier } from './access-log/checkpoint.ts';
import { type ReferenceKeys, readReferenceKeys } from './foreign-ids/keys.ts';
import { readLogKey, readWitnessedLogs } from './access-log/keys.ts';
import { readTlsIdentity, type TlsIdentity } from '#schema/tls.ts';
import { FAILPOINTS, type FailpointChances, parseFailpoints } from './acts/failpoints.ts';
import { readSettings, type Settings, type SettingSpecs } from './settings.ts';

/** Where a subgraph keeps its records: PostgreSQL in the process, kept in a folder, or a PostgreSQL server. */
export type DatabaseConfig =
  | { readonly engine: 'pglite'; readonly folder: string }
  | { readonly engine: 'postgresql'; readonly url: string; readonly migratorUrl?: string };

/** What a command that works on a subgraph's records reads from its environment: none of the keys that only the service signs with. */
export interface ToolConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: DatabaseConfig;
  /** Whether an empty database is filled with synthetic records at start. */
  readonly demoRecords: boolean;
  /** Keys the ids of records, see record-id.ts; the same in every subgraph. */
  readonly recordIdKey: string;
  readonly production: boolean;
  /** The certificates with which the service and the gateway know each other besides; undefined: plain HTTP. */
  readonly tls: TlsIdentity | undefined;
  /** The file with what the ministry grants other agencies. */
  readonly grantsFile: string;
  readonly logLevel: string;
  /** How likely acts make the process die at each of their steps: for tests of what happens then. */
  readonly failpoints: FailpointChances;
  /** Of this subgraph alone, see settings.ts. */
  readonly settings: Settings;
}

/** Everything that a subgraph's process reads from its environment. */
export interface SubgraphConfig extends ToolConfig {
  /** What the gateway's tokens are verified with; several while it changes its key. */
  readonly gatewayKeys: readonly KeyObject[];
  /** Signs checkpoints of the access log: an Ed25519 private key. */
  readonly logKey: KeyObject;
  /** Under which it keeps other ministries' ids; undefined where it keeps none. */
  readonly referenceKeys: ReferenceKeys | undefined;
  /** The other services' logs, of which this one keeps checkpoints as a witness. */
  readonly witnessedLogs: readonly Verifier[];
}

/** What the configuration of a subgraph depends on, besides its environment. */
export interface Configurable {
  readonly name: string;
  /** Where it listens unless it is told otherwise. */
  readonly port: number;
  readonly settings?: SettingSpecs;
}

const PROJECT = resolve(import.meta.dirname, '../..');

/** Faults of the environment, all at once; `message` has one line each. */
export class ConfigError extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const DEVELOPMENT_RECORD_ID_KEY = 'development only: not a secret';

/**
 * The configuration of a subgraph from `env`. Variables are described in `.env.example`; those of one subgraph begin with its
 * name, such as CALLS_PORT and CALLS_DATABASE_URL. One that is empty counts as not set: compose files pass them so.
 * @throws ConfigError naming every variable that is wrong, and what was expected.
 */
export function loadConfig(configurable: Configurable, env: NodeJS.ProcessEnv = process.env): SubgraphConfig {
  const faults: string[] = [];
  const logKey = readLogKey(configurable.name, keySource(env), faults);
  const witnessedLogs = readWitnessedLogs(configurable.name, keySource(env), faults);
  const gatewayKeys = readPublicKeys('GATEWAY_PUBLIC_KEY', 'gateway', keySource(env), faults);
  const referenceKeys = readReferenceKeys(configurable.name, keySource(env), faults);
  const config = readConfig(configurable, env, faults);
  return Object.freeze({ ...config, referenceKeys, gatewayKeys: gatewayKeys as KeyObject[], logKey: logKey as KeyObject, witnessedLogs });
}

/** The configuration of a command that works on the subgraph's records. @throws ConfigError as {@link loadConfig} does. */
export function loadToolConfig(configurable: Configurable, env: NodeJS.ProcessEnv = process.env): ToolConfig {
  return Object.freeze(readConfig(configurable, env, []));
}

/** Where keys are looked for. */
export function keySource(env: NodeJS.ProcessEnv = process.env): KeySource {
  return { env, project: PROJECT, dataFolder: resolve(PROJECT, env['DATA_FOLDER'] || '.data'), production: env['NODE_ENV'] === 'production' };
}

/** @throws ConfigError when there are `faults` already, or more. */
function readConfig({ name, port: usualPort, settings: specs = {} }: Configurable, env: NodeJS.ProcessEnv, faults: string[]): ToolConfig {
  const prefix = name.toUpperCase();

  const environment = env['NODE_ENV'] || 'development';
  if (!['development', 'test', 'production'].includes(environment)) faults.push(`NODE_ENV: expected development, test or production, got "${environment}"`);
  const production = environment === 'production';

  const port = Number(env[`${prefix}_PORT`] || usualPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) faults.push(`${prefix}_PORT: expected a port, 0 to 65535, got "${env[`${prefix}_PORT`]}"`);

  const url = env[`${prefix}_DATABASE_URL`];
  if (url && !/^postgres(ql)?:\/\//.test(url)) faults.push(`${prefix}_DATABASE_URL: expected postgres://user:password@host:port/database`);

  const migratorUrl = env[`${prefix}_MIGRATOR_DATABASE_URL`];
  if (migratorUrl && !/^postgres(ql)?:\/\//.test(migratorUrl))
    faults.push(`${prefix}_MIGRATOR_DATABASE_URL: expected postgres://user:password@host:port/database`);

  const demo = env['DEMO_RECORDS'] || String(!production);
  if (demo !== 'true' && demo !== 'false') faults.push(`DEMO_RECORDS: expected true or false, got "${demo}"`);

  const recordIdKey = env['RECORD_ID_KEY'] || (production ? '' : DEVELOPMENT_RECORD_ID_KEY);
  if (recordIdKey.length < 16) faults.push('RECORD_ID_KEY: expected at least 16 characters, the same in every subgraph');

  const logLevel = env['LOG_LEVEL'] || 'info';
  if (!LOG_LEVELS.includes(logLevel)) faults.push(`LOG_LEVEL: expected one of ${LOG_LEVELS.join(', ')}, got "${logLevel}"`);

  const failpoints = parseFailpoints(env['FAILPOINTS'] ?? '');
  if (failpoints === undefined) faults.push(`FAILPOINTS: expected steps and chances from 0 to 1, such as committed=0.01 (steps: ${FAILPOINTS.join(', ')})`);
  else if (production && Object.keys(failpoints).length > 0) faults.push('FAILPOINTS: expected none in production');

  const settings = readSettings(specs, prefix, env, faults);

  const dataFolder = resolve(PROJECT, env['DATA_FOLDER'] || '.data');
  const grantsFolder = env['GRANTS_FOLDER'];
  const tls = readTlsIdentity('SUBGRAPH_TLS', env, PROJECT, faults);
  const database: DatabaseConfig = url
    ? { engine: 'postgresql', url, ...(migratorUrl ? { migratorUrl } : {}) }
    : { engine: 'pglite', folder: resolve(dataFolder, name) };

  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return {
    name,
    host: env['HOST'] || '127.0.0.1',
    port,
    database,
    demoRecords: demo === 'true',
    recordIdKey,
    production,
    tls,
    grantsFile: grantsFolder ? resolve(PROJECT, grantsFolder, `${name}.json`) : resolve(PROJECT, 'subgraphs', name, 'grants.json'),
    logLevel,
    failpoints: failpoints ?? {},
    settings,
  };
}

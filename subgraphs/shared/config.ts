import { resolve } from 'node:path';
import { FAILPOINTS, type FailpointChances, parseFailpoints } from './acts/failpoints.ts';
import { readSettings, type Settings, type SettingSpecs } from './settings.ts';

/** Where a subgraph keeps its records: PostgreSQL in the process, kept in a folder, or a PostgreSQL server. */
export type DatabaseConfig = { readonly engine: 'pglite'; readonly folder: string } | { readonly engine: 'postgresql'; readonly url: string };

/** Everything that a subgraph's process reads from its environment. */
export interface SubgraphConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: DatabaseConfig;
  /** Whether an empty database is filled with synthetic records at start. */
  readonly demoRecords: boolean;
  /** Keys the ids of records, see record-id.ts; the same in every subgraph. */
  readonly recordIdKey: string;
  readonly production: boolean;
  readonly logLevel: string;
  /** How likely acts make the process die at each of their steps: for tests of what happens then. */
  readonly failpoints: FailpointChances;
  /** Of this subgraph alone, see settings.ts. */
  readonly settings: Settings;
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
export function loadConfig({ name, port: usualPort, settings: specs = {} }: Configurable, env: NodeJS.ProcessEnv = process.env): SubgraphConfig {
  const faults: string[] = [];
  const prefix = name.toUpperCase();

  const environment = env['NODE_ENV'] || 'development';
  if (!['development', 'test', 'production'].includes(environment)) faults.push(`NODE_ENV: expected development, test or production, got "${environment}"`);
  const production = environment === 'production';

  const port = Number(env[`${prefix}_PORT`] || usualPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) faults.push(`${prefix}_PORT: expected a port, 0 to 65535, got "${env[`${prefix}_PORT`]}"`);

  const url = env[`${prefix}_DATABASE_URL`];
  if (url && !/^postgres(ql)?:\/\//.test(url)) faults.push(`${prefix}_DATABASE_URL: expected postgres://user:password@host:port/database`);

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

  const database: DatabaseConfig = url ? { engine: 'postgresql', url } : { engine: 'pglite', folder: resolve(PROJECT, env['DATA_FOLDER'] || '.data', name) };

  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze({
    name,
    host: env['HOST'] || '127.0.0.1',
    port,
    database,
    demoRecords: demo === 'true',
    recordIdKey,
    production,
    logLevel,
    failpoints: failpoints ?? {},
    settings,
  });
}

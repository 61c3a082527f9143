import { resolve } from 'node:path';
import { defaultUrl, SUBGRAPHS } from '#schema/subgraphs.ts';

/** Everything that the gateway's process reads from its environment. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly production: boolean;
  readonly logLevel: string;
  /** The composed supergraph; read at start, never made here. */
  readonly supergraphFile: string;
  /** Where subgraphs answer, by name; one that is missing answers where the supergraph says. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** How long one fetch from a subgraph may take, the last byte included. Milliseconds. */
  readonly subgraphTimeoutMs: number;
  /** The largest answer that is taken from a subgraph. Bytes. */
  readonly subgraphResponseLimit: number;
  /** The largest request that is taken from a client. Bytes. */
  readonly bodyLimit: number;
  /** Documents that GraphiQL has at hand. */
  readonly operationsFolder: string;
}

/** Faults of the environment, all at once; `message` has one line each. */
export class ConfigError extends Error {}

const PROJECT = resolve(import.meta.dirname, '..');
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const MIB = 1024 * 1024;

/**
 * The gateway's configuration from `env`. A subgraph is looked for at `<NAME>_URL`, else on this machine at `<NAME>_PORT`, else on its
 * usual port. Variables are described in `.env.example`.
 * @throws ConfigError naming every variable that is wrong, and what was expected.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const faults: string[] = [];
  const number = (name: string, fallback: number, least: number, most: number, what: string) => {
    const text = env[name] || String(fallback);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    faults.push(`${name}: expected ${what}, ${least} to ${most}, got "${text}"`);
    return fallback;
  };

  const environment = env['NODE_ENV'] || 'development';
  if (!['development', 'test', 'production'].includes(environment)) faults.push(`NODE_ENV: expected development, test or production, got "${environment}"`);
  const logLevel = env['LOG_LEVEL'] || 'info';
  if (!LOG_LEVELS.includes(logLevel)) faults.push(`LOG_LEVEL: expected one of ${LOG_LEVELS.join(', ')}, got "${logLevel}"`);

  const subgraphUrls: Record<string, string> = {};
  for (const [name, { port }] of Object.entries(SUBGRAPHS)) {
    const prefix = name.toUpperCase();
    const url = env[`${prefix}_URL`] || defaultUrl(number(`${prefix}_PORT`, port, 1, 65_535, 'a port'));
    if (!isHttpUrl(url)) faults.push(`${prefix}_URL: expected http://host:port/graphql, got ${JSON.stringify(withoutCredentials(url))}`);
    subgraphUrls[name] = url;
  }

  const config: GatewayConfig = {
    host: env['HOST'] || '127.0.0.1',
    port: number('GATEWAY_PORT', 4000, 0, 65_535, 'a port'),
    production: environment === 'production',
    logLevel,
    supergraphFile: resolve(PROJECT, env['SUPERGRAPH_FILE'] || 'schema/supergraph.graphql'),
    subgraphUrls: Object.freeze(subgraphUrls),
    subgraphTimeoutMs: number('SUBGRAPH_TIMEOUT_MS', 10_000, 1, 600_000, 'milliseconds'),
    // 10,000 cells with every breakdown of one ministry are some 30 MB.
    subgraphResponseLimit: number('SUBGRAPH_RESPONSE_LIMIT_MIB', 64, 1, 512, 'a size in MiB') * MIB,
    bodyLimit: number('REQUEST_LIMIT_KIB', 256, 1, 65_536, 'a size in KiB') * 1024,
    operationsFolder: resolve(PROJECT, 'schema/operations'),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze(config);
}

/**
 * Keeps @apollo/gateway (2.14 and newer) from reporting to its maker every hour. It reads this variable when it is constructed, so this
 * is called first, whatever the environment said.
 */
export function disableTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A URL as it may be printed. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}

import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { developmentKey } from '#schema/development-keys.ts';
import { readPrivateKey } from '#schema/keys.ts';
import { defaultUrl, SUBGRAPHS } from '#schema/subgraphs.ts';
import { readTlsIdentity, type TlsIdentity } from '#schema/tls.ts';

/**
 * Who makes the tokens that clients bring: an OpenID Connect issuer; or, while one develops, whoever can read the key `issuer` of the data
 * folder (development/tokens.ts).
 */
export type IssuerConfig =
  | {
      readonly kind: 'oidc';
      /** What tokens name as their issuer; its discovery document is found under it. */
      readonly url: string;
      /** What tokens must be made for. */
      readonly audience: string;
      /** Where its keys are; looked up in the discovery document unless it is said. */
      readonly jwksUrl: string | undefined;
    }
  | {
      readonly kind: 'development';
      /** Ed25519, private. */
      readonly key: KeyObject;
      /** Whether clients may ask the gateway for tokens: only where it is reached from this machine alone. */
      readonly served: boolean;
    };

/** What tokens of development name as their issuer, and what they are made for. */
export const DEVELOPMENT_ISSUER = 'urn:hotline-graph:development';
export const DEVELOPMENT_AUDIENCE = 'hotline-graph';

/** Everything that the gateway's process reads from its environment. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly production: boolean;
  readonly logLevel: string;
  /** The composed supergraph; read at start, never made here. */
  readonly supergraphFile: string;
  /** Where it comes from instead: a URL that is asked again, for new ones. */
  readonly supergraphUrl: string | undefined;
  /** How often it is looked whether there is a new one; milliseconds. */
  readonly supergraphPollMs: number;
  /** How long a new supergraph is watched, to be given up when many more answers fail with it; milliseconds. */
  readonly supergraphTrialMs: number;
  /** The labels of progressive overrides (`@override(from:, label:)`) that are on. */
  readonly overrideLabels: readonly string[];
  /** Whether all trusted documents are planned before the first request is taken. */
  readonly planAhead: boolean;
  /** Where subgraphs answer, by name: each of their replicas; one that is missing answers where the supergraph says. */
  readonly subgraphUrls: Readonly<Record<string, readonly string[]>>;
  /** How long one fetch from a subgraph may take, the last byte included. Milliseconds. */
  readonly subgraphTimeoutMs: number;
  /** How long a client's operation may take in all. Milliseconds. */
  readonly operationTimeoutMs: number;
  /** After how long a query is sent to a subgraph a second time; 0: never. Milliseconds. */
  readonly hedgeAfterMs: number;
  /** Failures in a row after which a server of a subgraph is not asked for a while; 0: it always is. */
  readonly breakerFailures: number;
  /** Whether operations are refused when there are more than can be answered in good time. */
  readonly loadShedding: boolean;
  /** How long requests are still taken after the gateway says that it is not ready any more. Milliseconds. */
  readonly drainMs: number;
  /** The largest answer that is taken from a subgraph. Bytes. */
  readonly subgraphResponseLimit: number;
  /** Documents that are answered by their hash, those of schema/operations/. */
  readonly trustedDocumentsFile: string;
  /** Requests that a caller may send in a minute; 0: as many as it likes. */
  readonly rateLimitPerMinute: number;
  /** Origins whose pages may ask the graph from a browser. */
  readonly corsOrigins: readonly string[];
  /** Addresses or networks of proxies whose word on a client's address is taken. */
  readonly trustedProxies: readonly string[];
  /** The largest request that is taken from a client. Bytes. */
  readonly bodyLimit: number;
  /** Who makes the tokens that clients bring. */
  readonly issuer: IssuerConfig;
  /** Names of the claims in which a token says for which agency its subject acts, and in which roles. */
  readonly claims: { readonly agency: string; readonly roles: string };
  /** Signs what the gateway tells subgraphs about a request; an Ed25519 private key. */
  readonly signingKey: KeyObject;
  /** The certificates with which the gateway and the subgraphs know each other besides; undefined: none. */
  readonly tls: TlsIdentity | undefined;
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

  const subgraphUrls: Record<string, readonly string[]> = {};
  for (const [name, { port }] of Object.entries(SUBGRAPHS)) {
    const prefix = name.toUpperCase();
    const usual = defaultUrl(number(`${prefix}_PORT`, port, 1, 65_535, 'a port'));
    const urls = (env[`${prefix}_URL`] || usual).split(',').map((url) => url.trim());
    for (const url of urls.filter((text) => !isHttpUrl(text))) {
      faults.push(`${prefix}_URL: expected http://host:port/graphql, several separated by commas, got ${JSON.stringify(withoutCredentials(url))}`);
    }
    subgraphUrls[name] = Object.freeze(urls);
  }

  const production = environment === 'production';
  const dataFolder = resolve(PROJECT, env['DATA_FOLDER'] || '.data');
  const host = env['HOST'] || '127.0.0.1';
  const issuer = readIssuer(env, production, faults);
  const signingKey = readPrivateKey('GATEWAY_SIGNING_KEY', 'gateway', { env, project: PROJECT, dataFolder, production }, faults);

  const supergraphUrl = env['SUPERGRAPH_URL'];
  if (supergraphUrl && !isTrustworthyUrl(supergraphUrl)) {
    faults.push(`SUPERGRAPH_URL: expected https://… (http:// on this machine only), got ${JSON.stringify(withoutCredentials(supergraphUrl))}`);
  }
  const config = {
    host,
    port: number('GATEWAY_PORT', 4000, 0, 65_535, 'a port'),
    production,
    logLevel,
    supergraphFile: resolve(PROJECT, env['SUPERGRAPH_FILE'] || 'schema/supergraph.graphql'),
    supergraphUrl: supergraphUrl || undefined,
    supergraphPollMs: number('SUPERGRAPH_POLL_MS', 2_000, 100, 3_600_000, 'milliseconds'),
    supergraphTrialMs: number('SUPERGRAPH_TRIAL_MS', 30_000, 0, 50_000, 'milliseconds'),
    overrideLabels: readList(env, 'OVERRIDE_LABELS', (label) => /^[A-Za-z][\w.:/-]*$/.test(label), 'labels of @override such as calls-moved', faults),
    planAhead: readSwitch(env, 'PLAN_AHEAD', production, faults),
    subgraphUrls: Object.freeze(subgraphUrls),
    subgraphTimeoutMs: number('SUBGRAPH_TIMEOUT_MS', 10_000, 1, 600_000, 'milliseconds'),
    operationTimeoutMs: number('OPERATION_TIMEOUT_MS', 10_000, 1, 600_000, 'milliseconds'),
    hedgeAfterMs: number('HEDGE_AFTER_MS', 0, 0, 600_000, 'milliseconds'),
    breakerFailures: number('CIRCUIT_BREAKER_FAILURES', 5, 0, 1_000, 'a number of failures'),
    loadShedding: readSwitch(env, 'LOAD_SHEDDING', production, faults),
    drainMs: number('DRAIN_MS', production ? 5_000 : 0, 0, 60_000, 'milliseconds'),
    // 10,000 cells with every breakdown of one ministry are some 30 MB; an answer that is larger must not cost more memory than that.
    subgraphResponseLimit: number('SUBGRAPH_RESPONSE_LIMIT_MIB', 32, 1, 512, 'a size in MiB') * MIB,
    trustedDocumentsFile: resolve(PROJECT, env['TRUSTED_DOCUMENTS_FILE'] || 'schema/trusted-documents.json'),
    rateLimitPerMinute: number('RATE_LIMIT_PER_MINUTE', production ? 600 : 0, 0, 1_000_000, 'a number of requests'),
    corsOrigins: readList(env, 'CORS_ORIGINS', isOrigin, 'origins such as https://dashboard.example.vn', faults),
    trustedProxies: readList(env, 'TRUSTED_PROXIES', isNetwork, 'addresses such as 10.0.0.7 or networks such as 10.0.0.0/24', faults),
    bodyLimit: number('REQUEST_LIMIT_KIB', 64, 1, 65_536, 'a size in KiB') * 1024,
    tls: readTlsIdentity('GATEWAY_TLS', env, PROJECT, faults),
    operationsFolder: resolve(PROJECT, 'schema/operations'),
    claims: Object.freeze({ agency: env['OIDC_AGENCY_CLAIM'] || 'agency', roles: env['OIDC_ROLES_CLAIM'] || 'roles' }),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze({
    ...config,
    issuer: issuer ?? Object.freeze({ kind: 'development' as const, key: developmentKey(dataFolder, 'issuer'), served: isLoopback(host) }),
    // Where there is none, the faults say so.
    signingKey: signingKey as KeyObject,
  });
}

/**
 * Keeps @apollo/gateway (2.14 and newer) from reporting to its maker every hour. It reads this variable when it is constructed, so this
 * is called first, whatever the environment said.
 */
export function disableTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
}

/** The issuer that the environment names; `undefined` where it may be the built-in one, or where something is wrong. */
function readIssuer(env: NodeJS.ProcessEnv, production: boolean, faults: string[]): IssuerConfig | undefined {
  const { OIDC_ISSUER: url = '', OIDC_AUDIENCE: audience = '', OIDC_JWKS_URL: jwksUrl = '' } = env;
  if (production || url || audience || jwksUrl) {
    if (!url) faults.push('OIDC_ISSUER: expected the URL of the OpenID Connect issuer');
    if (!audience) faults.push("OIDC_AUDIENCE: expected what the issuer's tokens are made for");
  }
  for (const [name, value] of Object.entries({ OIDC_ISSUER: url, OIDC_JWKS_URL: jwksUrl })) {
    if (value === '' || isTrustworthyUrl(value)) continue;
    faults.push(`${name}: expected https://… (http:// on this machine only), got ${JSON.stringify(withoutCredentials(value))}`);
  }
  return url ? Object.freeze({ kind: 'oidc' as const, url, audience, jwksUrl: jwksUrl || undefined }) : undefined;
}

function readSwitch(env: NodeJS.ProcessEnv, name: string, fallback: boolean, faults: string[]): boolean {
  const text = env[name] || String(fallback);
  if (text !== 'true' && text !== 'false') faults.push(`${name}: expected true or false, got "${text}"`);
  return text === 'true';
}

/** A list that stands in a variable, its entries separated by commas. */
function readList(env: NodeJS.ProcessEnv, name: string, fits: (entry: string) => boolean, expected: string, faults: string[]): readonly string[] {
  const entries = (env[name] ?? '').split(',').flatMap((entry) => entry.trim() || []);
  const odd = entries.find((entry) => !fits(entry));
  if (odd !== undefined) faults.push(`${name}: expected ${expected}, separated by commas, got "${odd}"`);
  return Object.freeze(entries);
}

/** Whether a text is an origin as browsers write it: no path, and no `*`. */
function isOrigin(text: string): boolean {
  return isHttpUrl(text) && new URL(text).origin === text;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)));
}

/** Whether a host or an address is one that only the machine itself reaches. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/.test(host);
}

/** Whether what answers at a URL is what the URL names: by TLS, or because it is this machine. */
export function isTrustworthyUrl(text: string): boolean {
  if (!isHttpUrl(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return (protocol === 'https:' || isLoopback(hostname)) && username === '' && password === '';
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A URL as it may be printed. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { developmentKey } from '#schema/development-keys.ts';
import { ConfigError, loadToolConfig, type ToolConfig } from '#shared/config.ts';
import { derived, KeyListError, type MinistryKeys, ministryKeys, parseMinistryKeys } from './ministry-keys.ts';

/** What `npm run identity` reads from its environment. The service itself is given neither the keys nor the folder. */
export interface IdentityConfig {
  readonly subgraph: ToolConfig;
  readonly keys: MinistryKeys;
  /** Where the wrapped data keys are. */
  readonly keyFolder: string;
  /** The folder in which the command was given: npm itself changes to the project's. */
  readonly folder: string;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
const MAKE = 'Make them with: printf "2026:%s\\nindex:%s\\n" "$(openssl rand -base64 32)" "$(openssl rand -base64 32)"';

/**
 * The configuration from `env`.
 * @throws ConfigError naming every variable that is wrong, and what was expected; never with a key.
 */
export function loadIdentityConfig(env: NodeJS.ProcessEnv = process.env): IdentityConfig {
  const faults: string[] = [];
  let subgraph: ToolConfig | undefined;
  try {
    subgraph = loadToolConfig({ name: 'victims', port: SUBGRAPHS.victims.port }, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(error.message);
  }
  const dataFolder = resolve(PROJECT, env['DATA_FOLDER'] || '.data');
  const keys = readKeys(env, dataFolder, faults);
  if (faults.length > 0 || subgraph === undefined || keys === undefined) throw new ConfigError(faults.join('\n'));
  return Object.freeze({
    subgraph,
    keys,
    keyFolder: env['VICTIMS_KEY_FOLDER'] ? resolve(PROJECT, env['VICTIMS_KEY_FOLDER']) : resolve(dataFolder, 'victim-keys'),
    folder: env['INIT_CWD'] || process.cwd(),
  });
}

function readKeys(env: NodeJS.ProcessEnv, dataFolder: string, faults: string[]): MinistryKeys | undefined {
  const given = env['VICTIMS_IDENTITY_KEYS'];
  const file = env['VICTIMS_IDENTITY_KEYS_FILE'];
  if (!given && !file) {
    if (env['NODE_ENV'] !== 'production') return developmentKeys(dataFolder);
    faults.push(`VICTIMS_IDENTITY_KEYS or VICTIMS_IDENTITY_KEYS_FILE: expected the ministry's keys. ${MAKE}`);
    return undefined;
  }
  const variable = given ? 'VICTIMS_IDENTITY_KEYS' : 'VICTIMS_IDENTITY_KEYS_FILE';
  try {
    return parseMinistryKeys(given || readFileSync(resolve(PROJECT, file ?? ''), 'utf8'));
  } catch (error) {
    const reasons = error instanceof KeyListError ? error.faults : [`expected a file that can be read (${(error as NodeJS.ErrnoException).code})`];
    faults.push(...reasons.map((reason) => `${variable}: ${reason}`));
    return undefined;
  }
}

/** Of a key that this data folder keeps. */
function developmentKeys(dataFolder: string): MinistryKeys {
  const secret = developmentKey(dataFolder, 'victims-identity').export({ type: 'pkcs8', format: 'der' });
  return ministryKeys('development', new Map([['development', derived(secret, 'wrapping')]]), derived(secret, 'index'));
}

/** The keys of access logs, from the environment: a service's own, and those of the logs that it is a witness of. */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { developmentKey } from '#schema/development-keys.ts';
import { publicHalf } from '#schema/hop-token.ts';
import { type KeySource, readPrivateKey } from '#schema/keys.ts';
import { logOrigin } from '#schema/log-checkpoints.ts';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { CheckpointError, parseVerifier, type Verifier } from './checkpoint.ts';

/** The key that signs the log of `name`: `<NAME>_LOG_KEY`, or the file `<NAME>_LOG_KEY_FILE`; in development one of its own. Faults go to `faults`. */
export function readLogKey(name: string, source: KeySource, faults: string[]): KeyObject | undefined {
  return readPrivateKey(`${name.toUpperCase()}_LOG_KEY`, keyName(name), source, faults);
}

/** The logs of other services of which `name` keeps checkpoints: LOG_VERIFIERS; in development, all. Faults go to `faults`. */
export function readWitnessedLogs(name: string, source: KeySource, faults: string[]): Verifier[] {
  const listed = listedVerifiers(source.env, faults);
  const all =
    listed.length > 0 || source.production
      ? listed
      : Object.keys(SUBGRAPHS).map((other) => ({ name: logOrigin(other), key: publicHalf(developmentKey(source.dataFolder, keyName(other))) }));
  return all.filter((log) => log.name !== logOrigin(name));
}

/** With what the log of `name` is verified where its service need not run; undefined where no key is known. Makes none. */
export function findVerifier(name: string, source: KeySource, faults: string[]): Verifier | undefined {
  const listed = listedVerifiers(source.env, faults).find((log) => log.name === logOrigin(name));
  if (listed !== undefined) return listed;
  const variable = `${name.toUpperCase()}_LOG_KEY`;
  const given = Boolean(source.env[variable] || source.env[`${variable}_FILE`]);
  const made = !source.production && existsSync(join(source.dataFolder, 'keys', `${keyName(name)}.pem`));
  const key = given || made ? readLogKey(name, source, faults) : undefined;
  return key && { name: logOrigin(name), key: publicHalf(key) };
}

function listedVerifiers(env: NodeJS.ProcessEnv, faults: string[]): Verifier[] {
  const lines = (env['LOG_VERIFIERS'] ?? '').split(/\s+/).filter((line) => line !== '');
  try {
    return lines.map(parseVerifier);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    faults.push(`LOG_VERIFIERS: ${error.message}, separated by spaces (npm run audit -- key <service>)`);
    return [];
  }
}

/** The name under which development keeps a log's key. */
function keyName(name: string): string {
  return `${name}-log`;
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** What one side of a mutually authenticated connection has: its certificate and key, and the authority that the other side's must be of. PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/**
 * Reads `<PREFIX>_CERT_FILE`, `<PREFIX>_KEY_FILE` and `<PREFIX>_CA_FILE`: all three or none. `faults` is told what is wrong; paths are from `folder` on.
 */
export function readTlsIdentity(prefix: string, env: NodeJS.ProcessEnv, folder: string, faults: string[]): TlsIdentity | undefined {
  const names = { cert: `${prefix}_CERT_FILE`, key: `${prefix}_KEY_FILE`, ca: `${prefix}_CA_FILE` };
  if (!Object.values(names).some((name) => env[name])) return undefined;
  const read = (name: string) => {
    const file = env[name];
    if (!file) {
      faults.push(`${name}: expected a PEM file beside ${Object.values(names).join(', ')}`);
      return '';
    }
    try {
      return readFileSync(resolve(folder, file), 'utf8');
    } catch {
      faults.push(`${name}: cannot read ${file}`);
      return '';
    }
  };
  return { cert: read(names.cert), key: read(names.key), ca: read(names.ca) };
}

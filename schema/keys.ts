/** Ed25519 keys from the environment: as text (PEM), or as the path of a file; in development made in the data folder. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { developmentKey } from './development-keys.ts';
import { publicHalf } from './hop-token.ts';

/** Where keys are looked for. */
export interface KeySource {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that paths begin at. */
  readonly project: string;
  /** Where development keeps its keys. */
  readonly dataFolder: string;
  readonly production: boolean;
}

/**
 * The private key in `<variable>`, or in the file `<variable>_FILE`; in development, where neither is given, the one that it has as
 * `developmentName`. `undefined` where something is wrong, which `faults` are told; of the key they hold nothing.
 */
export function readPrivateKey(variable: string, developmentName: string, source: KeySource, faults: string[]): KeyObject | undefined {
  const read = (pem: string) => [createPrivateKey(pem)];
  const expected = 'an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)';
  return readKeys(variable, { source, faults, read, expected, development: () => developmentKey(source.dataFolder, developmentName) })?.[0];
}

/** The public keys in `<variable>` or its file, one after the other; otherwise as {@link readPrivateKey}. */
export function readPublicKeys(variable: string, developmentName: string, source: KeySource, faults: string[]): KeyObject[] | undefined {
  const read = (pem: string) => (pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []).map((one) => createPublicKey(one));
  const expected = 'Ed25519 public keys in PEM (openssl pkey -in gateway.pem -pubout)';
  return readKeys(variable, { source, faults, read, expected, development: () => publicHalf(developmentKey(source.dataFolder, developmentName)) });
}

interface Reading {
  readonly source: KeySource;
  readonly faults: string[];
  readonly read: (pem: string) => KeyObject[];
  readonly expected: string;
  readonly development: () => KeyObject;
}

function readKeys(variable: string, { source, faults, read, expected, development }: Reading): KeyObject[] | undefined {
  const file = source.env[`${variable}_FILE`];
  // Files of variables often cannot hold line breaks.
  const text = source.env[variable]?.replaceAll('\\n', '\n');
  if (!text && !file && !source.production) return [development()];
  if (text && file) {
    faults.push(`${variable}_FILE: expected none beside ${variable}`);
    return undefined;
  }
  let got = '';
  try {
    const keys = read(text || readFileSync(resolve(source.project, file ?? ''), 'utf8'));
    const other = keys.find(({ asymmetricKeyType }) => asymmetricKeyType !== 'ed25519');
    if (keys.length > 0 && other === undefined) return keys;
    if (other !== undefined) got = `, got one of ${other.asymmetricKeyType}`;
  } catch {
    // As below: what was wrong with a secret is not told.
  }
  faults.push(`${variable}${file ? '_FILE' : ''}: expected ${expected}${got}`);
  return undefined;
}

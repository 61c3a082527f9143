/** Keys from the environment: as text, or as the path of a file; in development made in the data folder. */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { developmentKey } from './development-keys.ts';
import { publicHalf } from './hop-token.ts';

/** Bytes of a secret key. */
const SECRET_BYTES = 32;

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

/**
 * The 32 bytes in `<variable>`, or in the file `<variable>_FILE`, in base64; where neither is given, in development those that it has as
 * `developmentName`. Without that name the key may be missing. `undefined` where there is none or something is wrong, which `faults` are told.
 */
export function readSecretKey(variable: string, developmentName: string | undefined, source: KeySource, faults: string[]): Buffer | undefined {
  const file = source.env[`${variable}_FILE`];
  const text = source.env[variable];
  if (!text && !file) {
    if (developmentName === undefined) return undefined;
    if (!source.production) return developmentSecret(source.dataFolder, developmentName);
  }
  if (text && file) {
    faults.push(`${variable}_FILE: expected none beside ${variable}`);
    return undefined;
  }
  try {
    const given = (text || readFileSync(resolve(source.project, file ?? ''), 'utf8')).trim();
    const key = Buffer.from(given, 'base64');
    if (key.length === SECRET_BYTES && key.toString('base64') === given) return key;
  } catch {
    // As below: what was wrong with a secret is not told.
  }
  faults.push(`${variable}${file ? '_FILE' : ''}: expected ${SECRET_BYTES} bytes in base64 (openssl rand -base64 ${SECRET_BYTES})`);
  return undefined;
}

function developmentSecret(dataFolder: string, name: string): Buffer {
  const secret = developmentKey(dataFolder, name).export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(hkdfSync('sha256', secret, '', name, SECRET_BYTES));
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

/**
 * Keys that services of one machine share while they are developed: made once, in the data folder, by whichever comes first. In production
 * every key comes from the configuration, and nothing here is called.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Ed25519 private key `name` of a data folder. Two processes that ask at once get the same. */
export function developmentKey(dataFolder: string, name: string): KeyObject {
  const folder = join(dataFolder, 'keys');
  const file = join(folder, `${name}.pem`);
  try {
    return createPrivateKey(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const making = `${file}.${process.pid}`;
  writeFileSync(making, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    // A link is made or not: the key is never seen half written, and never replaced.
    linkSync(making, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(making, { force: true });
  }
  return createPrivateKey(readFileSync(file, 'utf8'));
}

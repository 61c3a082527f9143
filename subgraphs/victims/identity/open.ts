import { join } from 'node:path';
import { openDatabase } from '#shared/database.ts';
import { entities } from '../entities.ts';
import type { IdentityConfig } from './config.ts';
import { IdentityError } from './errors.ts';
import { openKeyStore } from './key-store.ts';
import type { Officer, Vault } from './vault.ts';

/**
 * Opens the identities for an officer, with the database's tables up to date. Whoever opens them closes `vault.database`.
 * @throws FolderLocked while the service has an embedded database open; IdentityError WRONG_KEY when the blind indexes were made with another key.
 */
export async function openVault({ subgraph, keys, keyFolder }: IdentityConfig, officer: Officer): Promise<Vault> {
  const store = await openKeyStore(keyFolder);
  const made = await store.keepFirst('index-key', `${keys.index.fingerprint}\n`);
  if (made.trim() !== keys.index.fingerprint) {
    // Nobody would be found any more, and nothing would say why.
    const english = 'the entry "index" of VICTIMS_IDENTITY_KEYS is not the one that the blind indexes were made with';
    throw new IdentityError('WRONG_KEY', 'khóa "index" của bộ không đúng', english);
  }
  const database = await openDatabase(subgraph.database, { name: 'victims', entities, migrations: join(import.meta.dirname, '../migrations') });
  try {
    await database.exclusively(() => database.migrate());
    return { database, keys, store, officer };
  } catch (error) {
    await database.close();
    throw error;
  }
}

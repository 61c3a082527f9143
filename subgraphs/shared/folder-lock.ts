import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Says that another process has the folder open. */
export class FolderLocked extends Error {}

/**
 * Takes the folder for this process alone, and makes it when it is not there. PGlite corrupts a folder that two processes open.
 *
 * The lock is a transaction on an SQLite file: the one lock in Node's own library that the operating system drops by itself when the
 * process dies, `kill -9` included. A file with a process id was rejected, since after a crash nobody can tell whose it is.
 * @returns a function that gives the folder back; called again it does nothing.
 * @throws FolderLocked when another process has it, or this one already; a system error (EACCES …) when the folder cannot be made or written.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // SQLite would not say why.
  accessSync(folder, constants.W_OK);
  const file = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (error instanceof Error && /locked/.test(error.message)) throw new FolderLocked(`${folder} is in use by another process`);
    throw error;
  }
  return () => {
    if (file.isOpen) file.close();
  };
}

/**
 * Where the wrapped data keys are: a folder, and not the database, since a backup of the database would keep what is erased. One small file for
 * each person. What is written is on the disk when it is reported; whoever changes files holds the lock of vault.ts.
 */
import { hash, randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface KeyStore {
  /** What the file of a person says; undefined when there is none. */
  read(victimId: string): Promise<string | undefined>;
  /** Writes files, in place of those that were there. A crash leaves of each either the old or the new. */
  write(texts: ReadonlyMap<string, string>): Promise<void>;
  /** Overwrites and removes the file. @returns whether there was one. */
  destroy(victimId: string): Promise<boolean>;
  /** Keeps a text of the whole store under this name unless one is kept already. @returns the one that is. */
  keepFirst(name: string, text: string): Promise<string>;
  /** The ids of all who have a file, a finished one or not, in lists of those whose files lie together. */
  lists(): AsyncGenerator<readonly string[], void, undefined>;
  /** Removes what a crash left unfinished of these persons' files. */
  tidy(victimIds: readonly string[]): Promise<void>;
}

/** Files that are being written; there are none while nobody holds the lock, unless a process was killed. */
const UNFINISHED = '.new';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The store in this folder, which is made when it is not there. */
export async function openKeyStore(folder: string): Promise<KeyStore> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  // Ids are alike at their beginning where a source made them so; their hashes are not.
  const fileOf = (victimId: string) => join(folder, hash('sha256', victimId.toLowerCase(), 'hex').slice(0, 2), victimId.toLowerCase());
  return {
    read: (victimId) => unlessMissing(readFile(fileOf(victimId), 'utf8')),
    write: async (texts) => {
      const files = [...texts].map(([victimId, text]) => [fileOf(victimId), text] as const);
      const folders = new Set(files.map(([file]) => dirname(file)));
      const made = await Promise.all([...folders].map((path) => mkdir(path, { recursive: true, mode: FOLDER_MODE })));
      if (made.some((path) => path !== undefined)) await syncFolder(folder);
      const olds: FileHandle[] = [];
      try {
        for (const [file, text] of files) {
          await writeSynced(file + UNFINISHED, text);
          const old = await unlessMissing(open(file, 'r+'));
          if (old !== undefined) olds.push(old);
          await rename(file + UNFINISHED, file);
        }
        for (const path of folders) await syncFolder(path);
        // Only now that the new ones are there for good: what a retired key of the ministry still opens is not left on the disk.
        for (const old of olds) await overwrite(old);
      } finally {
        for (const old of olds) await old.close();
      }
    },
    destroy: async (victimId) => {
      const file = fileOf(victimId);
      await destroyFile(file + UNFINISHED);
      return destroyFile(file);
    },
    keepFirst: async (name, text) => {
      const file = join(folder, name);
      const kept = await unlessMissing(readFile(file, 'utf8'));
      if (kept !== undefined) return kept;
      const making = `${file}.${process.pid}${UNFINISHED}`;
      await writeSynced(making, text);
      try {
        // A link is made or not: of two processes at once one is first.
        await link(making, file);
        await syncFolder(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        await rm(making);
      }
      return readFile(file, 'utf8');
    },
    lists: async function* () {
      // A volume may have folders of its own beside ours.
      for (const name of (await readdir(folder)).filter((each) => /^[0-9a-f]{2}$/.test(each)).sort()) {
        const files = await readdir(join(folder, name));
        yield [...new Set(files.map((file) => (file.endsWith(UNFINISHED) ? file.slice(0, -UNFINISHED.length) : file)))].sort();
      }
    },
    tidy: async (victimIds) => {
      for (const victimId of victimIds) await destroyFile(fileOf(victimId) + UNFINISHED);
    },
  };
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names in a folder last. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function destroyFile(file: string): Promise<boolean> {
  const handle = await unlessMissing(open(file, 'r+'));
  if (handle === undefined) return false;
  try {
    await overwrite(handle);
  } finally {
    await handle.close();
  }
  await rm(file);
  await syncFolder(dirname(file));
  return true;
}

async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size > 0) await handle.write(randomBytes(size), 0, size, 0);
  await handle.sync();
}

async function unlessMissing<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

import { existsSync, statfsSync } from 'node:fs';
import { databasesNamed } from './stack.ts';
import { beginTemplates } from './templates.ts';

/** A file system in memory, as Linux has one, and the room that tests need at most, with some to spare; bytes. */
const MEMORY = '/dev/shm';
const ROOM = 4 * 1024 ** 3;

/**
 * What vitest does once around all test files. Databases are made by the hundred, of a thousand files each, which a disk takes longer for than
 * all else that is done with them: they are made in memory where there is room, unless TMPDIR says where. For templates see templates.ts.
 */
export default function setup(): () => Promise<void> {
  if (process.env['TMPDIR'] === undefined && existsSync(MEMORY) && roomIn(MEMORY) >= ROOM) process.env['TMPDIR'] = MEMORY;
  return beginTemplates((name) => databasesNamed(name).drop());
}

/** Bytes that are free there. */
function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

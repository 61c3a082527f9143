import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLocked, lockFolder } from '#shared/folder-lock.ts';

const LOCK = resolve(import.meta.dirname, '../../../subgraphs/shared/folder-lock.ts');

/** Takes the folder, says how that went, gives it back when it is told to, and lives on either way. */
const HOLDER = `
import { lockFolder } from ${JSON.stringify(LOCK)};
setInterval(() => undefined, 1000);
try {
  const release = lockFolder(process.argv[1]);
  process.on('message', () => { release(); process.send('released'); });
  process.send('locked');
} catch (error) {
  process.send(error.constructor.name + ': ' + error.message);
}`;

let parent: string;
let folder: string;
const processes: ChildProcess[] = [];
const releases: (() => void)[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'folder-lock-'));
  folder = join(parent, 'calls');
});

afterEach(() => {
  for (const release of releases.splice(0)) release();
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  rmSync(parent, { recursive: true });
});

/** This process takes the folder; it is given back after the test. */
function lock(): () => void {
  const release = lockFolder(folder);
  releases.push(release);
  return release;
}

/** Another process tries to take the folder. @returns it, and what it says. */
async function another(): Promise<{ child: ChildProcess; says: string }> {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', HOLDER, folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  processes.push(child);
  const [says] = await once(child, 'message');
  return { child, says };
}

const inUse = () => `FolderLocked: ${folder} is in use by another process`;

describe('a folder', () => {
  it('is made, its parents too, and belongs to one process', async () => {
    folder = join(parent, 'deep', 'below');
    lock();
    expect(existsSync(folder)).toBe(true);
    expect((await another()).says).toBe(inUse());
  });

  it('that another process has is refused until that gives it back', async () => {
    const { child, says } = await another();
    expect(says).toBe('locked');
    expect(lock).toThrow(FolderLocked);
    expect((await another()).says).toBe(inUse());
    child.send('release');
    expect(await once(child, 'message')).toEqual(['released', undefined]);
    expect(lock).not.toThrow();
  });

  it('is free at once when the process that has it is killed, again and again', async () => {
    for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
      const { child, says } = await another();
      expect(says).toBe('locked');
      child.kill(signal);
      await once(child, 'exit');
    }
    lock();
    expect((await another()).says).toBe(inUse());
  });

  it('goes to exactly one of several that come at once', async () => {
    const answers = await Promise.all([another(), another(), another()]);
    expect(answers.map(({ says }) => says).sort()).toEqual([inUse(), inUse(), 'locked']);
  });

  it('cannot be taken twice by one process, and can be given back twice', () => {
    const release = lock();
    expect(lock).toThrow(FolderLocked);
    release();
    expect(release).not.toThrow();
    const again = lock();
    release();
    expect(lock, 'an old release does not touch a new lock').toThrow(FolderLocked);
    again();
  });

  it('is another than the one beside it', async () => {
    lock();
    folder = join(parent, 'victims');
    expect((await another()).says).toBe('locked');
  });

  it('that cannot be made or written is told by the system, with its path', () => {
    writeFileSync(join(parent, 'file'), '');
    folder = join(parent, 'file');
    expect(lock).toThrow(expect.objectContaining({ code: 'EEXIST', path: folder }));
    folder = join(parent, 'file', 'below');
    expect(lock).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });

  it.skipIf(process.getuid?.() === 0)('without permission is told by the system, with its path', () => {
    mkdirSync(folder, { mode: 0o500 });
    expect(lock).toThrow(expect.objectContaining({ code: 'EACCES', path: folder }));
  });
});

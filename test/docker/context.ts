import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** The files that a build may copy: those of a clean checkout that `.dockerignore` lets through. Paths from the project's folder. */
export function contextFiles(project: string): string[] {
  const checkedOut = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'], { cwd: project, encoding: 'utf8' });
  const patterns = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return checkedOut.split('\0').filter((file) => file !== '' && !isIgnored(file, patterns));
}

/** As Docker reads it: the last pattern that fits the file or a folder above it decides. */
function isIgnored(file: string, patterns: readonly string[]): boolean {
  const parts = file.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const last = patterns.findLast((pattern) => paths.some((path) => matchesGlob(path, pattern.replace(/^!/, ''))));
  return last !== undefined && !last.startsWith('!');
}

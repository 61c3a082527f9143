import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(ROOT, file)));

describe('what the documents say is there, is there', () => {
  it.each(documents)('%s: links', (file) => {
    const targets = [...read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '').filter((target) => !/^https?:/.test(target));
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(file), target)))).toEqual([]);
  });

  it.each(documents)('%s: paths', (file) => {
    const paths = [...read(file).matchAll(/`((?:\.ci|cli|docker|gateway|schema|subgraphs|test)\/[^`\s]*)`/g)].map((match) => match[1] ?? '');
    // `subgraphs/<name>/main.ts` stands for some file of that form.
    const missing = paths.filter((path) => globSync(path.replaceAll(/<\w+>/g, '*').replace(/\/$/, ''), { cwd: ROOT }).length === 0);
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s: commands', (file) => {
    const text = read(file);
    const named = [...text.matchAll(/npm run ([\w:]+)/g), ...text.matchAll(/npm (start|test)\b/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    for (const [, script = ''] of text.matchAll(/\bnode ((?:cli|gateway|schema|subgraphs)\/[\w/.-]+)/g))
      expect(existsSync(join(ROOT, script)), script).toBe(true);
  });
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

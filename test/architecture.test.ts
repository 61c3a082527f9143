import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'];
/** Nouns of one ministry's domain (not `call`, which is a verb too, nor `caller`, who asks); provinces and agencies are dimensions that all have in common. */
const DOMAIN_NOUNS = /\b(victims?|handovers?|referrals?|hotlines?|supports?)\b/i;

const files = listed('*.ts').filter((file) => !file.startsWith('test/'));

describe('the house', () => {
  it('has the same files in every subgraph', () => {
    const expected = [
      'README.md',
      'acts.ts',
      'entities.ts',
      'grants.json',
      'import.ts',
      'loaders.ts',
      'main.ts',
      'migrations',
      'resolvers.ts',
      'rules.ts',
      'schema.graphql',
      'statistics.ts',
    ];
    for (const name of SUBGRAPHS) {
      const files = readdirSync(join(ROOT, 'subgraphs', name)).sort();
      // Who persons are is what the victims' service alone has, apart from its records and from the graph.
      expect(name === 'victims' ? files.filter((file) => file !== 'identity') : files, name).toEqual(expected);
    }
  });

  it("keeps the victims' identity from everything that answers the graph", () => {
    const readers = files.filter(
      (file) => !file.startsWith('subgraphs/victims/identity/') && imports(file).some((target) => /^subgraphs\/victims\/identity\//.test(target)),
    );
    expect(readers.filter((file) => !file.startsWith('cli/identity'))).toEqual([]);
    expect(readers).toContain('cli/identity.ts');
  });

  it('keeps subgraphs apart: none imports another or the gateway', () => {
    for (const file of files) {
      const own = /^subgraphs\/(\w+)\//.exec(file)?.[1];
      if (own === undefined || !SUBGRAPHS.includes(own)) continue;
      const strangers = imports(file).filter(
        (target) => target.startsWith('gateway/') || SUBGRAPHS.some((name) => name !== own && target.startsWith(`subgraphs/${name}/`)),
      );
      expect(strangers, file).toEqual([]);
    }
  });

  it('lets subgraphs/shared import no subgraph, no gateway and no demo records', () => {
    for (const file of files.filter((name) => name.startsWith('subgraphs/shared/'))) {
      expect(
        imports(file).filter((target) => !target.startsWith('subgraphs/shared/') && !target.startsWith('schema/')),
        file,
      ).toEqual([]);
    }
  });

  it('lets the gateway import no subgraph', () => {
    for (const file of files.filter((name) => name.startsWith('gateway/'))) {
      expect(
        imports(file).filter((target) => target.startsWith('subgraphs/')),
        file,
      ).toEqual([]);
    }
  });

  it('names no noun of the domain in subgraphs/shared', () => {
    for (const file of files.filter((name) => name.startsWith('subgraphs/shared/'))) {
      const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, '');
      expect(DOMAIN_NOUNS.exec(code)?.[0], file).toBeUndefined();
    }
  });

  it('has in subgraphs/shared only what three subgraphs use, directly or through other shared files', () => {
    const used = new Map<string, Set<string>>();
    const visit = (file: string, from: string) => {
      const by = used.get(file) ?? used.set(file, new Set()).get(file);
      if (by?.has(from)) return;
      by?.add(from);
      for (const target of imports(file).filter((name) => name.startsWith('subgraphs/shared/'))) visit(target, from);
    };
    for (const name of SUBGRAPHS) {
      for (const file of files.filter((path) => path.startsWith(`subgraphs/${name}/`))) {
        for (const target of imports(file).filter((path) => path.startsWith('subgraphs/shared/'))) visit(target, name);
      }
    }
    for (const file of files.filter((name) => name.startsWith('subgraphs/shared/'))) expect(used.get(file)?.size ?? 0, file).toBeGreaterThanOrEqual(3);
  });

  it('reads the environment only in config.ts files', () => {
    const readers = files.filter((file) => /process\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')) && !file.endsWith('/config.ts'));
    expect(readers).toEqual([]);
  });

  it('has no source file over 300 lines', () => {
    const long = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('imports only files that are there', () => {
    for (const file of files) for (const target of imports(file)) expect(existsSync(join(ROOT, target)), `${file} -> ${target}`).toBe(true);
  });
});

/** Files of the project that git tracks or would track. */
function listed(pattern: string): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
}

/** The project's own files that a file imports, as paths from the root. */
function imports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return found.flatMap((name) => {
    if (name.startsWith('.')) return [relative(ROOT, normalize(join(ROOT, dirname(file), name)))];
    const alias = /^#(schema|shared|demo)\/(.*)$/.exec(name);
    if (alias === null) return [];
    return [alias[1] === 'schema' ? `schema/${alias[2]}` : `subgraphs/${alias[1]}/${alias[2]}`];
  });
}

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { SUBGRAPHS } from '#schema/subgraphs.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** A copy of the contract that a test may spoil. */
export interface ContractCopy extends Disposable {
  readonly folder: string;
  read(file: string): string;
  write(file: string, content: string): void;
  remove(file: string): void;
  /** Replaces what stands exactly once in a file. */
  edit(file: string, from: string, to: string): void;
  /** Runs `schema/compose.ts` there. */
  run(...given: string[]): Promise<{ code: number | null; said: string }>;
}

/** Copies `schema/` and the subgraphs' schemas, from the project or from another copy, into a folder of their own. */
export function copyContract(from: { readonly folder: string } = { folder: PROJECT }): ContractCopy {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-contract-'));
  const schemas = Object.keys(SUBGRAPHS).map((name) => `subgraphs/${name}/schema.graphql`);
  for (const path of ['package.json', 'schema', ...schemas]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(from.folder, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const write = (file: string, content: string) => writeFileSync(join(folder, file), content);
  return {
    folder,
    read,
    write,
    remove: (file) => rmSync(join(folder, file)),
    edit: (file, from, to) => {
      const parts = read(file).split(from);
      if (parts.length !== 2) throw new Error(`expected "${from}" once in ${file}, found it ${parts.length - 1} times`);
      write(file, parts.join(to));
    },
    run: async (...given) => {
      const child = spawn(process.execPath, [join(folder, 'schema/compose.ts'), ...given], { stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = new Promise<number | null>((done) => child.once('exit', done));
      const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
      return { code, said: out + errors };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

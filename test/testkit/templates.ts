/**
 * Databases that tests copy instead of making them anew: `tables` has the four subgraphs' tables, `demo` the demo records too. Migrating takes an
 * embedded engine two seconds for each subgraph, demo records ten; a copy takes a tenth of a second.
 *
 * Made by the first test of a vitest run that needs them, at most once: vitest starts and ends with `global-setup.ts`, which names the
 * run in the environment of its workers. Without that name, as in scripts and benches, there are no templates, and all is made anew.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const KINDS = ['tables', 'demo'] as const;
export type TemplateKind = (typeof KINDS)[number];

/** The name of the run: of an empty folder under the temporary one, where workers lock each other out, and the beginning of the templates' names. */
const RUN = 'TEST_TEMPLATES';

/** Begins a run. @returns what ends it; `drop` removes a template by its name. */
export function beginTemplates(drop: (name: string) => Promise<void>): () => Promise<void> {
  const run = `hotline_template_${randomBytes(5).toString('hex')}`;
  mkdirSync(join(tmpdir(), run), { mode: 0o700 });
  process.env[RUN] = run;
  return async () => {
    for (const kind of KINDS) if (existsSync(lockOf(run, kind))) await drop(`${run}_${kind}`);
    rmSync(join(tmpdir(), run), { recursive: true, force: true });
  };
}

/**
 * The name of the template, after `make` made it where nobody had yet; a worker that comes meanwhile waits. Where that fails, the next one tries.
 * @returns undefined when there are no templates.
 */
export async function findTemplate(kind: TemplateKind, make: (name: string) => Promise<void>): Promise<string | undefined> {
  const run = process.env[RUN];
  if (!run) return undefined;
  const name = `${run}_${kind}`;
  const made = join(tmpdir(), run, `${kind}.made`);
  while (!existsSync(made)) {
    if (!taken(lockOf(run, kind))) {
      await sleep(50);
      continue;
    }
    try {
      await make(name);
      writeFileSync(made, '');
    } catch (error) {
      rmdirSync(lockOf(run, kind));
      throw error;
    }
  }
  return name;
}

const lockOf = (run: string, kind: TemplateKind) => join(tmpdir(), run, `${kind}.making`);

/** Takes a lock: only one process can make a folder. It is kept when the template is made. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

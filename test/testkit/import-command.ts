import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** An import that runs. */
export interface RunningImport {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
}

/** `npm run import -- …` as a process of its own, in the databases of `env`. */
export function startImport(env: NodeJS.ProcessEnv, ...args: string[]): RunningImport {
  const child = spawn(process.execPath, ['cli/import.ts', ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>((done) =>
    child.once('close', (code, signal) => done({ code, signal, output })),
  );
  return { process: child, output: () => output, ended };
}

/** Runs an import to its end. */
export function runImport(env: NodeJS.ProcessEnv, ...args: string[]) {
  return startImport(env, ...args).ended;
}

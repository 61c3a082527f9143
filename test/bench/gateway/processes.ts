import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';

/** A process on one core: what is measured, or what is not. */
export type Core = 'measured' | 'others';

/** Where a process is started. */
export interface Start {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Undefined: on any. */
  readonly core?: Core;
  /** The file that takes what it prints; undefined: the caller reads it. */
  readonly log?: string;
  /** Whether it is spoken to with messages. */
  readonly ipc?: boolean;
}

/** What a process has used since it began. */
export interface Usage {
  /** Of all its threads, in milliseconds, to 10 ms. NaN where that cannot be known. */
  readonly cpuMs: number;
  /** The most that it had in memory at a time; MiB. */
  readonly peakMib: number;
}

/** What the clock of /proc counts in. */
const TICK_MS = 10;
const CAN_PIN = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
const CORES: Readonly<Record<Core, string>> = { measured: '0', others: '1' };
const READY_WITHIN_MS = 60_000;

const running = new Set<ChildProcess>();

/** Keeps this process, too, from the core of what is measured. @returns whether processes can be kept to a core. */
export function separateCores(): boolean {
  return CAN_PIN && spawnSync('taskset', ['-a', '-cp', CORES.others, String(process.pid)]).status === 0;
}

/** Starts a process; it is gone with {@link stopAll} at the latest. */
export function start({ command, env = {}, cwd, core, log, ipc = false }: Start): ChildProcess {
  const output = log === undefined ? 'pipe' : openSync(log, 'a');
  const [program = '', ...args] = CAN_PIN && core !== undefined ? ['taskset', '-c', CORES[core], ...command] : command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', output, output, ...(ipc ? (['ipc'] as const) : [])],
    serialization: 'advanced',
  });
  if (typeof output === 'number') closeSync(output);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Waits until a GraphQL endpoint answers whatever; fails, with the end of what the process printed, when it ends or takes too long. */
export async function listening(child: ChildProcess, url: string, log: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
    const there = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' }).catch(
      () => undefined,
    );
    await there?.arrayBuffer();
    if (there !== undefined) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${child.spawnargs.join(' ')} does not answer:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
}

/** Ends a process and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

/** Ends all processes that are still there. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

/** What a process has used up to now; from /proc, which only Linux has. */
export function usageOf({ pid }: ChildProcess): Usage {
  try {
    // The fields behind the name, which is in parentheses and may have any character.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, peakMib: Number(peak) / 1024 };
  } catch {
    return { cpuMs: Number.NaN, peakMib: Number.NaN };
  }
}

/** A port that nobody listens at just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

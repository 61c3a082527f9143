import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus } from 'node:os';

/** A process of the benchmark's, on a core of its own where there is one. */
export interface BenchProcess {
  /** CPU time that it has used so far, milliseconds; undefined where the system does not tell. */
  cpu(): number | undefined;
  /** The most memory that it has had, MiB. */
  peakMemory(): number | undefined;
  stop(): Promise<void>;
}

/** How a process is started. */
export interface ProcessOptions {
  readonly name: string;
  /** Arguments of Node.js. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly core: number;
  /** A URL that it answers when it is ready. */
  readonly readyAt: string;
}

const READY_MS = 60_000;
/** Of USER_HZ, which is 100 on every Linux that Node.js runs on. */
const MS_PER_TICK = 10;

const pinning = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
/** Processes that run; none survives this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Whether processes are kept to cores. */
export const PINNED: boolean = pinning;

/** Starts Node.js and waits until it answers. @throws Error with what it printed when it does not. */
export async function startProcess({ name, args, env = {}, cwd, core, readyAt }: ProcessOptions): Promise<BenchProcess> {
  const command = pinning ? ['taskset', '-c', String(core % cpus().length), process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command[0] ?? '', command.slice(1), {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const started = performance.now();
  while (!(await answers(readyAt))) {
    if (child.exitCode !== null || performance.now() - started > READY_MS) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    cpu: () => {
      const fields = procFile(child, 'stat')
        ?.replace(/^.*\) /, '')
        .split(' ');
      return fields && (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    },
    peakMemory: () => {
      const kib = /VmHWM:\s+(\d+)/.exec(procFile(child, 'status') ?? '')?.[1];
      return kib === undefined ? undefined : Number(kib) / 1024;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** A port at which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function procFile({ pid }: ChildProcess, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

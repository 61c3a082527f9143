import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCrash, readLogLine } from './log-lines.ts';
import type { LogEvent, Service } from './service.ts';

/** A service's process. */
export interface ServiceProcess {
  readonly service: Service;
  /** When the process is gone and its log is written: how it ended, for example "exit code 1: port 4001 is taken". Never rejects. */
  readonly ended: Promise<Ending>;
  /** Asks it to stop. */
  stop(): void;
  /** Ends it, and what it may have started, without asking. */
  kill(): void;
}

/** How a process ended. `reason` is the service's own word, its fatal log line or its crash, where it left one. */
export interface Ending {
  readonly how: string;
  readonly reason: string | undefined;
  /** Whether the reason is a fatal log line, written for whoever started the service. */
  readonly explained: boolean;
}

/** Where and how a service's process runs. */
export interface ProcessOptions {
  /** Working folder. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Appended to. */
  readonly logFile: string;
  readonly onEvent: (event: LogEvent) => void;
}

const LEASH = new URL('./leash.ts', import.meta.url).href;

/** Enough of a crash report to find the line with the error. */
const STDERR_KEPT = 16_384;

/** How long output may still come after the process has ended; a grandchild could hold the pipe for ever. In milliseconds. */
const LAST_WORDS = 500;

/**
 * Starts the service on the Node that runs this. It leads a process group of its own, so that Ctrl-C, which a terminal sends to the whole
 * group, reaches only the parent, and the parent alone orders the stop. The leash ends it when the parent dies.
 */
export function startService(service: Service, options: ProcessOptions): ServiceProcess {
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  const child = spawn(process.execPath, ['--import', LEASH, service.script], {
    cwd: options.folder,
    env: { ...options.environment, ...service.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  }) as ChildProcessByStdio<null, Readable, Readable>;
  let fatal: string | undefined;
  let stderr = '';
  // A full disk must not take the service down: its output is still read, only no longer kept.
  log.once('error', (error) => options.onEvent({ kind: 'warning', text: `its log is no longer written: ${error.message}` }));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = readLogLine(line);
    if (event === undefined) return;
    if (event.kind === 'fatal') fatal = event.text;
    options.onEvent(event);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_KEPT);
  });

  const ended = new Promise<Ending>((resolve) => {
    const end = (how: string) => {
      child.stdout.destroy();
      child.stderr.destroy();
      log.end();
      resolve({ how, reason: fatal ?? readCrash(stderr), explained: fatal !== undefined });
    };
    child.on('error', (error) => end(`the process could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      const output = new Promise((closed) => child.once('close', closed));
      void Promise.race([output, sleep(LAST_WORDS, undefined, { ref: false })]).then(() => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
  });
  return {
    service,
    ended,
    stop: () => child.kill('SIGTERM'),
    kill: () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    },
  };
}

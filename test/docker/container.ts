import { spawn } from 'node:child_process';
import { join, posix } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Image, PATH } from './image.ts';

/** How a command is run in an image. */
export interface RunOptions {
  /** The image's own when left out. */
  readonly command?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir?: string | undefined;
}

/** A process that stands for a container. */
export interface Container {
  readonly ended: Promise<number | null>;
  /** What it wrote, when it has ended. */
  readonly output: Promise<string>;
  /** SIGTERM, as Docker stops a container. @returns its exit code. */
  stop(): Promise<number | null>;
}

/** Nobody's, as far as this machine may change users: what belongs to root cannot be written, as in a container of another user. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Runs the image's command, or another, with its environment and no other, not as root. */
export function runContainer(image: Image, { command = image.command, env, workdir = image.workdir }: RunOptions): Container {
  const [program = '', ...given] = command.map((word) => (word.startsWith('/app/') ? join(image.root, word) : word));
  const child = spawn(program, given, {
    ...USER,
    cwd: join(image.root, posix.resolve('/', workdir)),
    env: { PATH, ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''));
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return {
    ended,
    output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Runs a health check until it says that all is well. @throws what the service wrote, when it ended or took too long. */
export async function becomesHealthy(service: Container, check: () => Container, seconds = 120): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let gone = false;
  void service.ended.then(() => {
    gone = true;
  });
  while (!gone && performance.now() < deadline) {
    if ((await check().ended) === 0) return;
    await sleep(250);
  }
  await service.stop();
  throw new Error(`${gone ? 'it ended' : 'it is not healthy in time'}: ${(await service.output).split('\n').slice(-10).join('\n')}`);
}

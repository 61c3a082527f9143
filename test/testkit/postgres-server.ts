import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a server is started until it answers. */
const STARTS = 50;

/** A PostgreSQL server of its own, new and empty. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Runs a file by psql as superuser, over the socket, as the image's entrypoint does. */
  run(file: string, env: Readonly<Record<string, string>>): void;
  /** Kills the server at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}: it recovers what was committed. */
  start(): Promise<void>;
}

/** Makes a server as the postgres image does: passwords over the network, `initdbArguments` of POSTGRES_INITDB_ARGS. */
export async function startPostgres(port: number, password: string, initdbArguments: readonly string[]): Promise<PostgresServer> {
  const programs = findPrograms();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'hotline-postgres-'));
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password);
  for (const path of [folder, data, passwordFile]) if (user) chownSync(path, user.uid, user.gid);

  const authentication = ['--auth-local=trust', '--auth-host=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`];
  execFileSync(join(programs, 'initdb'), ['-D', data, '--no-sync', ...authentication, ...initdbArguments], { ...user, stdio: 'ignore' });
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'fsync=off'];
  let server: ChildProcess;
  let ended: Promise<unknown>;
  const start = async () => {
    // What a killed server's processes still hold would make the next one give up: they end by themselves when they find it gone.
    for (let attempt = 1; ; attempt += 1) {
      server = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], { ...user, stdio: 'ignore' });
      ended = new Promise((done) => server.once('exit', done));
      if (await isReady(programs, port, () => server.exitCode === null && server.signalCode === null)) return;
      if (attempt === STARTS) throw new Error(`no PostgreSQL server answers at port ${port}`);
      await sleep(100);
    }
  };
  await start();
  return {
    port,
    run: (file, env) =>
      void execFileSync(
        join(programs, 'psql'),
        ['--no-psqlrc', '--quiet', '-h', folder, '-p', String(port), '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-f', file],
        {
          env: { ...env },
          stdio: ['ignore', 'inherit', 'inherit'],
        },
      ),
    kill: async () => {
      server.kill('SIGKILL');
      await ended;
    },
    start,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string {
  const found = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => Number(a.split('/')[4]) - Number(b.split('/')[4]));
  const newest = found.at(-1);
  if (newest === undefined) throw new Error("expected PostgreSQL's programs under /usr/lib/postgresql: apt-get install postgresql");
  return newest;
}

/** PostgreSQL refuses to run as root: there is a user for it where Debian's package is installed. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Whether it answers, before it ends by itself. */
async function isReady(programs: string, port: number, running: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && running(); attempt += 1) {
    try {
      execFileSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]);
      return true;
    } catch {
      await sleep(100);
    }
  }
  return false;
}

import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { findContenders, OURS } from '../../bench/gateway/contenders.ts';
import { type Issuer, openIssuer } from '../../bench/gateway/issuer.ts';
import { freePort, listening, start, stopAll } from '../../bench/gateway/processes.ts';
import { records, statistics } from '../../bench/gateway/scenarios/own-graph.ts';
import type { Failing, ServedScenario, Serving } from '../../bench/gateway/subgraphs/serve.ts';
import type { Memory, MemoryRequest } from './memory.ts';

/** A line that the gateway has logged. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The gateway in production as a process of its own, over the bench's subgraphs in another. */
export interface World extends AsyncDisposable {
  readonly url: string;
  readonly issuer: Issuer;
  /** The supergraph that it started with. */
  readonly supergraph: string;
  /** What it has logged: what it is at, supergraphs, and all errors. */
  readonly log: readonly LogLine[];
  /** Puts another supergraph in the place of the one that it follows. */
  replaceSupergraph(text: string): void;
  /** Has a subgraph fail from now on, or be well. */
  fail(subgraph: string, fault: Failing['fault']): void;
  /** What the gateway's memory holds, once what can be is collected; nothing may be asked of it meanwhile. */
  measure(request?: MemoryRequest): Promise<Memory>;
  /** Whether the gateway's process is there. */
  alive(): boolean;
}

/** How often the gateway looks for another supergraph, and for how long it watches one; milliseconds. */
export const POLL_MS = 200;
export const TRIAL_MS = 500;
/** How long a subgraph may take: little, so that one that hangs costs little time. */
export const SUBGRAPH_TIMEOUT_MS = 1_000;
/** Both scenarios have the same subgraphs. */
const SCENARIO = 'own';

/** Starts it. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-endurance-'));
  const issuer = await openIssuer();
  // Whichever way this process ends.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dispose = async () => {
    await stopAll();
    issuer.close();
  };
  try {
    return { ...(await startProcesses(folder, issuer)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function startProcesses(folder: string, issuer: Issuer): Promise<Omit<World, keyof AsyncDisposable>> {
  const scenario = statistics();
  const serve = join(import.meta.dirname, '../../bench/gateway/subgraphs/serve.ts');
  const subgraphs = start({ command: [process.execPath, serve], log: join(folder, 'subgraphs.log'), ipc: true });
  const unique = `${scenario.unique.source}|${records().unique.source}`;
  subgraphs.send([{ name: SCENARIO, subgraphs: scenario.subgraphs, unique }] satisfies ServedScenario[]);
  const [{ port: servedAt }] = (await once(subgraphs, 'message')) as [Serving];
  const urls = Object.fromEntries(Object.keys(scenario.subgraphs).map((name) => [name, `http://127.0.0.1:${servedAt}/${SCENARIO}/${name}`]));

  const place = { port: await freePort(), folder: join(folder, 'gateway'), urls, issuer, directPlan: '' };
  mkdirSync(place.folder);
  const ours = findContenders().contenders.find(({ name }) => name === OURS);
  if (ours === undefined) throw new Error(`expected ${OURS} among the contenders`);
  const { command, env } = ours.command(scenario, place);
  const [node = '', ...args] = command;
  const gateway = start({
    command: [node, '--expose-gc', '--import', join(import.meta.dirname, 'memory.ts'), ...args],
    env: {
      ...env,
      SUPERGRAPH_POLL_MS: String(POLL_MS),
      SUPERGRAPH_TRIAL_MS: String(TRIAL_MS),
      SUBGRAPH_TIMEOUT_MS: String(SUBGRAPH_TIMEOUT_MS),
    },
    ipc: true,
  });
  const ended = once(gateway, 'exit').then(([code, signal]) => {
    throw new Error(`the gateway has ended, with ${code ?? signal}`);
  });
  // It is told where it is waited for.
  ended.catch(() => undefined);
  const log: LogLine[] = [];
  const told = join(folder, 'gateway.log');
  writeFileSync(told, '');
  gateway.stderr?.pipe(process.stderr);
  createInterface({ input: gateway.stdout as Readable }).on('line', (line) => {
    // One line comes for each request: the others are told apart before any is read.
    if (!/"level":[56]0|"phase":/.test(line)) return;
    log.push(JSON.parse(line) as LogLine);
    appendFileSync(told, `${line}\n`);
  });
  const url = `http://127.0.0.1:${place.port}/graphql`;
  await listening(gateway, url, told);

  const file = env['SUPERGRAPH_FILE'] ?? '';
  return {
    url,
    issuer,
    supergraph: readFileSync(file, 'utf8'),
    log,
    replaceSupergraph: (text) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    fail: (subgraph, fault) => void subgraphs.send({ path: `/${SCENARIO}/${subgraph}`, fault } satisfies Failing),
    measure: async (request = {}) => {
      gateway.send(request);
      const [memory] = (await Promise.race([once(gateway, 'message'), ended])) as [Memory];
      return memory;
    },
    alive: () => gateway.exitCode === null && gateway.signalCode === null,
  };
}

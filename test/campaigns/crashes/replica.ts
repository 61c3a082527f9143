import { setTimeout as sleep } from 'node:timers/promises';
import { FAILPOINTS, type Failpoint } from '#shared/acts/failpoints.ts';
import { type Service, startService } from '../../testkit/stack.ts';

/** One replica of the subgraph, started again whenever it ends. */
export interface Replica {
  readonly url: string;
  /** Kills it, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it a last time, without failpoints. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** What became of the replicas. */
export interface Deaths {
  /** By the campaign. */
  killed: number;
  /** By themselves, at the failpoints. */
  readonly atFailpoints: Map<Failpoint, number>;
  /** Ends that nobody wanted, and errors that no crash explains. */
  readonly faults: string[];
}

export function noDeaths(): Deaths {
  return { killed: 0, atFailpoints: new Map(FAILPOINTS.map((step) => [step, 0])), faults: [] };
}

/** What a resolver tells while PostgreSQL is down, going down or coming up. */
const OF_CRASHES =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|connection error and is not queryable|57P0[123]|terminating connection|starting up|shutting down|recovery mode|not yet accepting/;

/** How likely an act ends a replica at its failpoint. */
const CHANCE = 0.01;

/** Keeps a replica running at `port`. Each life has one failpoint, that which was reached least often so far. */
export async function keepReplica(port: number, env: NodeJS.ProcessEnv, deaths: Deaths, withFailpoints: boolean): Promise<Replica> {
  let service: Service | undefined;
  let wanted = true;
  let failing = withFailpoints;
  let killing = false;
  const url = `http://127.0.0.1:${port}/graphql`;

  const live = async (ready: () => void): Promise<void> => {
    while (wanted) {
      const [step] = [...deaths.atFailpoints].sort(([, a], [, b]) => a - b)[0] ?? ['committed'];
      // PostgreSQL may be down just then: a replica that cannot start is started again, as whoever runs it does.
      service = await startService('subgraphs/referrals/main.ts', {
        ...env,
        REFERRALS_PORT: String(port),
        FAILPOINTS: failing ? `${step}=${CHANCE}` : '',
      }).catch(() => undefined);
      if (service === undefined) {
        await sleep(200);
        continue;
      }
      // Nobody could end it while it was starting.
      if (!wanted) await service.stop('SIGKILL');
      ready();
      const { process: child, log } = service;
      await service.ended;
      faultsIn(log, deaths);
      if (child.signalCode === 'SIGKILL' && !killing && failing) deaths.atFailpoints.set(step, (deaths.atFailpoints.get(step) ?? 0) + 1);
      else if (wanted && !killing) deaths.faults.push(`a replica ended by itself: ${child.signalCode ?? child.exitCode} ${JSON.stringify(log.at(-1))}`);
      killing = false;
    }
  };
  let life: Promise<void> = Promise.resolve();
  const start = () =>
    new Promise<void>((ready, fail) => {
      wanted = true;
      life = live(ready);
      life.catch(fail);
    });
  const kill = async () => {
    if (service === undefined || service.process.exitCode !== null || service.process.signalCode !== null || killing) return;
    killing = true;
    deaths.killed += 1;
    await service.stop('SIGKILL');
  };
  const stop = async () => {
    wanted = false;
    await service?.stop('SIGKILL');
    await life;
  };
  await start();
  return {
    url,
    kill,
    settle: async () => {
      await stop();
      failing = false;
      await start();
    },
    stop,
  };
}

/** Errors that neither a client nor a crash is the cause of; a deadlock that no repetition solved is one. */
function faultsIn(log: Service['log'], deaths: Deaths): void {
  for (const line of log.filter(({ msg }) => msg === 'a resolver failed')) {
    const told = JSON.stringify(line['err']);
    if (!OF_CRASHES.test(told)) deaths.faults.push(`a resolver failed: ${told.slice(0, 400)}`);
  }
}

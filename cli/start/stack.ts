import { checkFolders, checkPorts, logFile } from './checks.ts';
import { type LogEvent, type Service, StackFault } from './service.ts';
import { type Ending, type ServiceProcess, startService } from './service-process.ts';

/** How the stack is run. */
export interface StackOptions {
  /** Working folder of the services. */
  readonly folder: string;
  /** Must be writable; has a folder for each service that keeps records. */
  readonly dataFolder: string;
  /** Each service's log goes to `<name>.log` here. */
  readonly logFolder: string;
  /** What every service inherits. */
  readonly environment: NodeJS.ProcessEnv;
  /** How long services may take to stop before they are killed; in milliseconds, 10 s unless told. */
  readonly patience?: number;
  /** Called with what each service's log says. */
  readonly onEvent?: (service: Service, event: LogEvent) => void;
}

/** Services that run, each as a process of its own. */
export interface Stack {
  /** `true` when every service has become ready, `false` when the stack ended before. Never rejects. */
  readonly ready: Promise<boolean>;
  /** When no process is left: the fault for which the stack stopped, or `undefined` when it was ordered to. Never rejects. */
  readonly ended: Promise<StackFault | undefined>;
  /** Asks all services to stop, kills those that do not, and settles when no process is left. May be called again. */
  stop(): Promise<void>;
}

const PATIENCE = 10_000;

/**
 * Starts all services at once. When one ends by itself, all others are stopped.
 * @throws StackFault when a port is taken or a folder cannot be written; then nothing was started.
 */
export async function startStack(services: readonly Service[], options: StackOptions): Promise<Stack> {
  await checkFolders(options.dataFolder, options.logFolder, services);
  await checkPorts(services);

  const waiting = new Set(services);
  const becameReady = Promise.withResolvers<true>();
  let fault: StackFault | undefined;
  let stopped: Promise<void> | undefined;
  const processes = services.map((service) =>
    startService(service, {
      folder: options.folder,
      environment: options.environment,
      logFile: logFile(options.logFolder, service.name),
      onEvent: (event) => {
        // A service may still become ready after it was told to stop: that is no news.
        if (stopped !== undefined && event.kind === 'state' && event.state.kind !== 'stopping') return;
        options.onEvent?.(service, event);
        if (event.kind !== 'state' || event.state.kind !== 'ready') return;
        waiting.delete(service);
        if (waiting.size === 0) becameReady.resolve(true);
      },
    }),
  );

  const stop = () => (stopped ??= stopAll(processes, options));
  const endings = processes.map(async ({ service, ended }) => {
    const ending = await ended;
    options.onEvent?.(service, { kind: 'state', state: { kind: 'ended' } });
    if (stopped !== undefined) return;
    fault = new StackFault(describeEnding(service, ending, waiting.has(service), options));
    await stop();
  });
  const ended = Promise.all(endings).then(() => fault);
  return { ready: Promise.race([becameReady.promise, ended.then(() => false)]), ended, stop };
}

async function stopAll(processes: readonly ServiceProcess[], options: StackOptions): Promise<void> {
  const left = new Set(processes);
  for (const each of processes) each.stop();
  const patience = options.patience ?? PATIENCE;
  const timer = setTimeout(() => {
    for (const each of left) {
      options.onEvent?.(each.service, { kind: 'warning', text: `did not stop within ${patience / 1000} s: killed` });
      each.kill();
    }
  }, patience);
  await Promise.all(processes.map((each) => each.ended.then(() => left.delete(each))));
  clearTimeout(timer);
}

function describeEnding(service: Service, ending: Ending, early: boolean, options: StackOptions): string {
  if (ending.reason !== undefined && ending.explained) return `${service.name}: ${ending.reason}`;
  const when = early ? 'ended before it was ready' : 'ended unexpectedly';
  const reason = ending.reason === undefined ? '' : `: ${ending.reason}`;
  return `${service.name} ${when} (${ending.how})${reason}; its log: ${logFile(options.logFolder, service.name)}`;
}

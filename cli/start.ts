import { relative } from 'node:path';
import { ConfigError } from '#shared/config.ts';
import { loadStartConfig, reachable, type StartConfig } from './config.ts';
import { guide } from './start/guide.ts';
import { openScreen, type Screen } from './start/screen.ts';
import { type LogEvent, type Service, StackFault } from './start/service.ts';
import { type Stack, startStack } from './start/stack.ts';

/** SIGHUP comes when the terminal's window is closed. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `npm start`: runs the services of `config` as processes of their own, shows their progress and then how to use them, until a signal
 * stops it or one of them ends.
 * @returns the exit code: 0 when it was told to stop, 1 when something is wrong, which the last line then says.
 */
export async function start(config: StartConfig): Promise<number> {
  const screen = openScreen(
    config.services.map(({ name }) => name),
    process.stdout,
    config.plain,
  );
  // Who reads may be gone before us (a closed window, `| head`): the services must still be stopped in order.
  process.stdout.on('error', () => undefined);
  let stack: Stack | undefined;
  let ordered = false;
  // npm passes on the Ctrl-C that the terminal has already sent here: the second one changes nothing.
  const order = () => {
    if (!ordered) screen.say('\nĐang dừng các dịch vụ… · Stopping the services…');
    ordered = true;
    void stack?.stop();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, order);
  try {
    stack = await startStack(config.services, { ...config, onEvent: (service, event) => show(screen, service, event) });
    if (ordered) void stack.stop();
    if ((await stack.ready) && !ordered) screen.say(guideOf(config));
    const fault = await stack.ended;
    if (fault !== undefined) throw fault;
    screen.say('Đã dừng tất cả · All services have stopped');
    return 0;
  } catch (error) {
    if (!(error instanceof StackFault)) throw error;
    screen.say(faultLine(error.message, stack !== undefined));
    return 1;
  }
}

/** The stop of a stack of which a service ended is said in the same line: one line is easier to find than two. */
function faultLine(message: string, started: boolean): string {
  return `Lỗi · Error: ${message}${started ? ' (đã dừng các dịch vụ khác · all others were stopped)' : ''}`;
}

function show(screen: Screen, service: Service, event: LogEvent): void {
  switch (event.kind) {
    case 'state':
      screen.show(service.name, event.state);
      break;
    case 'warning':
    case 'error':
      screen.warn(service.name, event.kind, event.text);
      break;
    case 'fatal':
      // The service ends: the last line says why.
      break;
    default:
      event satisfies never;
  }
}

function guideOf(config: StartConfig): string {
  const gateway = config.services.at(-1);
  const host = reachable(gateway?.host ?? '');
  return guide({
    milliseconds: performance.now(),
    gateway: `http://${host === '127.0.0.1' ? 'localhost' : host}:${gateway?.port}`,
    subgraphs: config.services.slice(0, -1).map(({ name, port }) => ({
      name,
      url: `http://${host}:${port}/graphql`,
      database: config.engines[name] ?? 'pglite',
    })),
    dataFolder: typed(config.dataFolder),
    logFolder: typed(config.logFolder),
    usualFolder: config.usualFolder,
    demoRecords: config.demoRecords,
    tokens: config.tokens,
    graphiql: !config.production,
  });
}

/** A path as one types it in the folder where one stands. */
function typed(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

if (import.meta.main) {
  try {
    process.exitCode = await start(loadStartConfig());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.log(faultLine(error.message.replaceAll('\n', '; '), false));
    process.exitCode = 1;
  }
}

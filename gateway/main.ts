import pino from 'pino';
import { ConfigError, loadConfig } from './config.ts';
import { type RunningGateway, startGateway } from './server.ts';
import { SupergraphError } from './supergraph.ts';

/** Runs the gateway as this process: until SIGTERM or SIGINT, or until the parent that watches it is gone. Exit code 1 when it cannot start. */
async function run(): Promise<void> {
  // Lines go several at once, a write of each costs as much as a request to a subgraph; what is left when the process ends is written then.
  const output = pino.destination({ sync: false, minLength: 8_192, periodicFlush: 100 });
  let log = pino({ name: 'gateway' }, output);
  let running: RunningGateway;
  try {
    const config = loadConfig();
    log = pino({ name: 'gateway', level: config.logLevel }, output);
    running = await startGateway(config, { log });
  } catch (error) {
    const reason = explain(error);
    log.fatal(reason === undefined ? { err: error } : {}, reason ?? `cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
  const stop = () => {
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.once('disconnect', stop);
}

/** A failure to start, in one line for whoever started it; undefined when nobody foresaw it. */
export function explain(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof SupergraphError) return error.message.replaceAll('\n', '; ');
  const { code, port, address, hostname } = error as NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken: stop what listens there, or set GATEWAY_PORT`;
    case 'EACCES':
      return `port ${port} may not be used by this user: set GATEWAY_PORT to one above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${address ?? hostname ?? 'HOST'} is no address of this machine: set HOST`;
    default:
      return undefined;
  }
}

if (import.meta.main) await run();

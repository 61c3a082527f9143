import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong on the way to a server. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nothing listens: connections are refused, and those there were are broken. */
  | { readonly kind: 'refuse' }
  /** Connections are taken and reset. */
  | { readonly kind: 'reset' }
  /** Connections are taken, and nothing comes of what is sent. */
  | { readonly kind: 'hang' }
  /** Answers come later. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** Answers come a few bytes at a time. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** The connection ends after so many bytes of an answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

/** A proxy of TCP before a server, which can be made to fail as networks and machines do. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** The URL, by way of the proxy. */
  through(url: string): string;
  /** Has the fault from now on, on the connections that are there as on new ones. */
  fail(fault: Fault): Promise<void>;
  /** Connections that were taken since it was started. */
  readonly accepted: number;
  /** Bytes of answers that were passed on. */
  readonly answered: number;
  stop(): Promise<void>;
}

/** Steps of an answer that drips, each second. */
const DRIPS = 20;

/** Starts a proxy before 127.0.0.1:`target`. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let fault: Fault = { kind: 'none' };
  let accepted = 0;
  let answered = 0;
  const open = new Set<Socket>();

  /** Passes one chunk of an answer on, as the fault has it. */
  const passOn = async (chunk: Buffer, client: Socket, sent: number, closed: Promise<unknown>): Promise<void> => {
    const now = fault;
    switch (now.kind) {
      case 'hang':
        return;
      case 'latency':
        await sleep(now.milliseconds);
        break;
      case 'cut': {
        const rest = chunk.subarray(0, Math.max(0, now.afterBytes - sent));
        client.write(rest);
        client.destroy();
        return;
      }
      case 'drip': {
        const size = Math.max(1, Math.round(now.bytesPerSecond / DRIPS));
        for (let from = 0; from < chunk.length && !client.destroyed; from += size) {
          client.write(chunk.subarray(from, from + size));
          await sleep(1000 / DRIPS);
        }
        return;
      }
      case 'none':
      case 'refuse':
      case 'reset':
        break;
      default:
        now satisfies never;
    }
    if (!client.destroyed && !client.write(chunk)) await Promise.race([new Promise((done) => client.once('drain', done)), closed]);
    answered += chunk.length;
  };

  const server = createServer((client) => {
    accepted += 1;
    client.on('error', () => undefined);
    if (fault.kind === 'reset') {
      client.resetAndDestroy();
      return;
    }
    open.add(client);
    const upstream = connect(target, '127.0.0.1').on('error', () => client.destroy());
    client.on('close', () => {
      open.delete(client);
      upstream.destroy();
    });
    client.on('data', (chunk) => {
      if (fault.kind !== 'hang') upstream.write(chunk);
    });
    const closed = new Promise((done) => client.once('close', done));
    void (async () => {
      let sent = 0;
      try {
        for await (const chunk of upstream) {
          await passOn(chunk as Buffer, client, sent, closed);
          sent += (chunk as Buffer).length;
        }
      } catch {
        // The server broke it off, and so does the proxy.
      }
      client.destroy();
    })();
  });
  const listen = (port: number) => new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const client of open) client.resetAndDestroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (server.listening) await close();
  };
  return {
    port,
    through: (url) => Object.assign(new URL(url), { port: String(port) }).href,
    fail: async (next) => {
      fault = next;
      if (next.kind === 'refuse') await stop();
      else if (!server.listening) await listen(port);
      if (next.kind === 'reset') for (const client of open) client.resetAndDestroy();
    },
    get accepted() {
      return accepted;
    },
    get answered() {
      return answered;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

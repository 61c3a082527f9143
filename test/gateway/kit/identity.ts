import { type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import type { Caller } from '#schema/identity.ts';
import { createAuthentication } from '../../../gateway/auth.ts';
import { loadConfig } from '../../../gateway/config.ts';
import { createApp } from '../../../gateway/http.ts';
import { recordingLog } from './gateway.ts';

/** What a server that only says who asks has answered. */
export interface Identified {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Whom it took the request to be of; undefined where it refused it. */
  readonly caller?: Caller;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** The gateway's HTTP server and authentication, with nothing behind them but an answer that says who asks. */
export interface IdentityServer extends AsyncDisposable {
  readonly url: string;
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Asks with a token, or with headers as they go over the wire: name, value, name, value … */
  identify(token?: string | readonly string[], path?: string): Promise<Identified>;
  stop(): Promise<void>;
}

/** Starts one with the issuer that the environment names. */
export async function startIdentityServer(env: NodeJS.ProcessEnv): Promise<IdentityServer> {
  const log: Readonly<Record<string, unknown>>[] = [];
  const app = createApp({ bodyLimit: 1024, trustedProxies: [], endpoint: '/graphql', leaving: () => false, log: recordingLog(log) });
  app.get('/graphql', { onRequest: createAuthentication(app, loadConfig(env), recordingLog(log)) }, async ({ caller }) => ({ caller }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const identify: IdentityServer['identify'] = (token = [], path = '/graphql') =>
    new Promise((done, fail) => {
      const headers = ['host', new URL(url).host, ...(typeof token === 'string' ? ['authorization', `Bearer ${token}`] : token)];
      const sent = request(`${url}${path}`, { agent: false, headers: headers as unknown as NonNullable<ClientRequestArgs['headers']> }, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        const json = response.headers['content-type']?.includes('json') ? JSON.parse(text) : {};
        done({ ...json, status: response.statusCode ?? 0, headers: response.headers });
      });
      sent.once('error', fail).end();
    });
  const stop = () => app.close();
  return { url, log, identify, stop, [Symbol.asyncDispose]: stop };
}

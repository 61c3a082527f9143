import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { developmentKey } from '#schema/development-keys.ts';
import { PURPOSE_HEADER } from '#schema/identity.ts';
import { developmentToken } from '../../../gateway/development/tokens.ts';
import { type BenchProcess, freePort, startProcess } from './processes.ts';

/** What is measured: a gateway, or what stands for one. */
export interface Contender {
  readonly name: string;
  /** Starts it; requests go to `url` with `headers`. */
  start(): Promise<{ readonly process: BenchProcess; readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
}

/** Files that the contenders are given. */
export interface ContenderFiles {
  /** With the rules of who may ask what. */
  readonly supergraph: string;
  /** Without: what the others take. */
  readonly bareSupergraph: string;
  readonly trustedDocuments: string;
  /** Of direct.ts. */
  readonly calls: string;
  /** Where our gateway's keys of development are made. */
  readonly dataFolder: string;
}

const HERE = import.meta.dirname;
const PEERS = join(HERE, 'peers');
/** The core of what is measured; subgraphs and clients are on the next one. */
const CORE = 0;

/** Whether the gateways of others are installed: `npm ci --prefix test/bench/gateway/peers`. */
export const PEERS_INSTALLED: boolean = existsSync(join(PEERS, 'node_modules/@graphql-hive/gateway'));

/** Our gateway, as its users have it: tokens, rules, bounds, rate accounting, signed hops and the log are on. */
export function ours({ supergraph, trustedDocuments, dataFolder }: ContenderFiles): Contender {
  return {
    name: 'this gateway',
    start: async () => {
      const port = await freePort();
      const env = {
        NODE_ENV: 'development',
        LOG_LEVEL: 'info',
        GATEWAY_PORT: String(port),
        SUPERGRAPH_FILE: supergraph,
        TRUSTED_DOCUMENTS_FILE: trustedDocuments,
        DATA_FOLDER: dataFolder,
        RATE_LIMIT_PER_MINUTE: '1000000',
      };
      const args = [join(HERE, '../../../gateway/main.ts')];
      const token = await developmentToken(developmentKey(dataFolder, 'issuer'), { roles: ['coordinator', 'developer'] });
      return {
        process: await startProcess({ name: 'this gateway', args, env, core: CORE, readyAt: `http://127.0.0.1:${port}/health/live` }),
        url: `http://127.0.0.1:${port}/graphql`,
        headers: { authorization: `Bearer ${token}`, [PURPOSE_HEADER]: 'STATISTICS' },
      };
    },
  };
}

/** Apollo's gateway as it comes. */
export function bareApollo({ bareSupergraph }: ContenderFiles): Contender {
  return plain('bare Apollo', (port) => ({ args: [join(HERE, 'apollo.ts'), bareSupergraph, port], path: '/graphql' }));
}

/** Hive's gateway, planning in JavaScript or in Rust. */
export function hive(planner: 'JavaScript' | 'Rust', { bareSupergraph }: ContenderFiles): Contender {
  return plain(`Hive, planner in ${planner}`, (port) => ({
    args: [join(PEERS, 'node_modules/@graphql-hive/gateway/dist/bin.js'), 'supergraph', '--host', '127.0.0.1', '--port', port, '--fork', '1'],
    env: { BENCH_SUPERGRAPH: bareSupergraph, BENCH_PLANNER: planner.toLowerCase() },
    cwd: PEERS,
    path: '/graphql',
  }));
}

/** The same calls to the subgraphs, without a gateway. */
export function directCalls({ calls }: ContenderFiles): Contender {
  return plain('direct calls', (port) => ({ args: [join(HERE, 'direct.ts'), calls, port], path: '/' }));
}

function plain(
  name: string,
  how: (port: string) => { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly path: string },
): Contender {
  return {
    name,
    start: async () => {
      const port = await freePort();
      const { path, ...options } = how(String(port));
      const url = `http://127.0.0.1:${port}${path}`;
      // Any answer will do, that of a request which is none included.
      const probe = `${url}?query=%7B__typename%7D`;
      return {
        process: await startProcess({ name, core: CORE, readyAt: probe, env: { NODE_ENV: 'production', ...options.env }, ...options }),
        url,
        headers: {},
      };
    },
  };
}

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripPolicies } from '../../../gateway/policy/strip.ts';
import { documentHash } from '#schema/trusted-documents.ts';
import type { Issuer } from './issuer.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** Somebody who is measured. */
export interface Contender {
  readonly name: string;
  /** How its process is started for a scenario. */
  command(scenario: Scenario, place: Place): { readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv };
  /** What requests to it need besides. */
  readonly authenticated?: true;
}

/** Where a contender is started. */
export interface Place {
  readonly port: number;
  /** A folder for its files. */
  readonly folder: string;
  /** Where the subgraphs of the scenario answer, by name. */
  readonly urls: Readonly<Record<string, string>>;
  readonly issuer: Issuer;
  /** A file with the DirectPlan of the scenario. */
  readonly directPlan: string;
}

/** Our gateway's place among the contenders is the first: what it sends is what the direct calls send. */
export const OURS = 'this gateway';
/** The limit. */
export const DIRECT = 'direct calls';
/** What there is to be ahead of. */
export const BARE_APOLLO = 'bare @apollo/gateway';
export const HIVE_WITH_RUST = '@graphql-hive/gateway, Rust planner';

const ROOT = join(import.meta.dirname, '../../..');
const HIVE = join(import.meta.dirname, 'hive/node_modules/@graphql-hive/gateway/dist/bin.js');
const PRODUCTION = { NODE_ENV: 'production' };
/** More than anybody can send here: the counting is to be paid for, the refusal is not to happen. */
const RATE_LIMIT = '1000000';

/** All that can be measured here: Hive's gateway only where it is installed. */
export function findContenders(): { readonly contenders: readonly Contender[]; readonly missing: string | null } {
  const hive = existsSync(HIVE);
  const found = [ours, apollo, ...(hive ? [hiveGateway, hiveGatewayWithRust] : []), direct];
  return { contenders: found, missing: hive ? null : '@graphql-hive/gateway is not installed: npm ci --prefix test/bench/gateway/hive' };
}

const ours: Contender = {
  name: OURS,
  authenticated: true,
  command: (scenario, { port, folder, urls, issuer }) => {
    const documents = join(folder, 'trusted-documents.json');
    writeFileSync(documents, JSON.stringify({ [documentHash(scenario.document)]: { name: scenario.operation, public: false, document: scenario.document } }));
    const env = {
      ...PRODUCTION,
      ...issuer.env,
      GATEWAY_PORT: String(port),
      SUPERGRAPH_FILE: writeSupergraph(scenario.supergraph, { folder, urls }),
      TRUSTED_DOCUMENTS_FILE: documents,
      RATE_LIMIT_PER_MINUTE: RATE_LIMIT,
      // Nobody sends it requests while it stops.
      DRAIN_MS: '0',
      // Subgraphs of the project's own graph are where these say, whatever the supergraph says.
      ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [`${name.toUpperCase()}_URL`, url])),
    };
    return { command: [process.execPath, join(ROOT, 'gateway/main.ts')], env };
  },
};

const apollo: Contender = {
  name: BARE_APOLLO,
  command: (scenario, place) => ({
    command: [process.execPath, join(import.meta.dirname, 'contenders/apollo.ts'), writeBareSupergraph(scenario, place), String(place.port)],
    env: PRODUCTION,
  }),
};

const hiveGateway: Contender = {
  name: '@graphql-hive/gateway',
  command: (scenario, place) => hiveCommand(writeBareSupergraph(scenario, place), place, []),
};

const hiveGatewayWithRust: Contender = {
  name: HIVE_WITH_RUST,
  command: (scenario, place) => hiveCommand(writeBareSupergraph(scenario, place), place, ['--hive-router-runtime']),
};

const direct: Contender = {
  name: DIRECT,
  command: (_, { directPlan, port }) => ({
    command: [process.execPath, join(import.meta.dirname, 'contenders/direct.ts'), directPlan, String(port)],
    env: PRODUCTION,
  }),
};

function hiveCommand(supergraph: string, { port }: Place, options: readonly string[]) {
  return { command: [process.execPath, HIVE, 'supergraph', supergraph, '--host', '127.0.0.1', '--port', String(port), ...options], env: PRODUCTION };
}

/** The supergraph without rules of access, which the others do not know or refuse. */
function writeBareSupergraph(scenario: Scenario, place: Place): string {
  return writeSupergraph(stripPolicies(scenario.supergraph), place);
}

function writeSupergraph(sdl: string, { folder, urls }: Pick<Place, 'folder' | 'urls'>): string {
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(
    file,
    sdl.replaceAll(/@join__graph\(name: "(\w+)", url: "[^"]*"\)/g, (_, name: string) => `@join__graph(name: "${name}", url: "${urls[name]}")`),
  );
  return file;
}

import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig as loadSubgraphConfig } from '#shared/config.ts';
import { loadStartConfig } from '../../cli/config.ts';
import { loadConfig as loadGatewayConfig } from '../../gateway/config.ts';
import { subgraph as agencies } from '../../subgraphs/agencies/main.ts';
import { subgraph as calls } from '../../subgraphs/calls/main.ts';
import { subgraph as referrals } from '../../subgraphs/referrals/main.ts';
import { subgraph as victims } from '../../subgraphs/victims/main.ts';
import { variablesOf } from './compose-file.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const EXAMPLE = readFileSync(resolve(PROJECT, '.env.example'), 'utf8');
/** `NAME=value`, a secret to fill in, or `# NAME=value`, a default. */
const listed = new Map([...EXAMPLE.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
/** Read, but not set by whoever runs the project: by the terminal and by npm. */
const NO_SETTINGS = ['TERM', 'INIT_CWD'];

type Env = NodeJS.ProcessEnv;
const subgraphConfigs = (env: Env) => [agencies, calls, referrals, victims].map((subgraph) => loadSubgraphConfig(subgraph, env));

describe('.env.example', () => {
  it('lists every variable that a config.ts or docker-compose.yml reads, and no other', () => {
    const inCompose = variablesOf(readFileSync(resolve(PROJECT, 'docker-compose.yml'), 'utf8'));
    expect([...listed.keys()].sort()).toEqual([...new Set([...readByCode(), ...inCompose])].filter((name) => !NO_SETTINGS.includes(name)).sort());
  });

  it('names each once', () => {
    expect([...EXAMPLE.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)]).toHaveLength(listed.size);
  });

  it('names the defaults that there are', () => {
    const defaults = Object.fromEntries([...listed].filter(([, value]) => value !== ''));
    expect(Object.keys(defaults).length).toBeGreaterThan(12);
    expect(subgraphConfigs(defaults)).toEqual(subgraphConfigs({}));
    expect(loadGatewayConfig(defaults)).toEqual(loadGatewayConfig({}));
    const { environment: _, ...start } = loadStartConfig(defaults);
    expect(start).toEqual((({ environment: __, ...rest }) => rest)(loadStartConfig({})));
  });

  it('may be taken as it is: what is empty counts as not set', () => {
    const empty = Object.fromEntries([...listed.keys()].map((name) => [name, '']));
    expect(subgraphConfigs(empty)).toEqual(subgraphConfigs({}));
    expect(loadGatewayConfig(empty)).toEqual(loadGatewayConfig({}));
  });
});

/** Watches the configurations being read, and reads their code for what is not always reached. */
function readByCode(): Set<string> {
  const seen = new Set<string>();
  const watched = (given: Env) =>
    new Proxy(given, {
      get: (target, name) => {
        if (typeof name === 'string') seen.add(name);
        return target[name as string];
      },
    });
  // In production secrets are missing, which each says after it has read everything.
  const faulty = (read: () => unknown) => expect(read).toThrow(/: expected /);
  for (const read of [subgraphConfigs, loadGatewayConfig, loadStartConfig]) {
    read(watched({}));
    faulty(() => read(watched({ NODE_ENV: 'production' })));
  }
  for (const file of globSync('{cli,gateway,schema,subgraphs}/**/config.ts', { cwd: PROJECT })) {
    for (const [, name = ''] of readFileSync(resolve(PROJECT, file), 'utf8').matchAll(/env(?:\.|\[')([A-Z][A-Z0-9_]+)/g)) seen.add(name);
  }
  return seen;
}

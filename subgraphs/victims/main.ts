import { demoAgencies, demoProvinces } from '#demo/agencies.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { runSubgraph } from '#shared/service.ts';
import type { Subgraph } from '#shared/subgraph.ts';
import { entities } from './entities.ts';
import { imports } from './import.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** Persons and the support given to them: owned by the police (identification) with the social sector (support). */
export const subgraph: Subgraph<Loaders> = {
  name: 'victims',
  port: 4002,
  folder: import.meta.dirname,
  entities,
  resolvers,
  loaders: createLoaders,
  imports,
  demo: [
    { records: 'provinces', rows: demoProvinces },
    { records: 'agencies', rows: demoAgencies },
    { records: 'victims', rows: demoVictims },
    { records: 'supports', rows: demoSupports },
  ],
};

if (import.meta.main) await runSubgraph(subgraph);

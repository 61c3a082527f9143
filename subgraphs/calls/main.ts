import { demoAgencies, demoProvinces } from '#demo/agencies.ts';
import { demoCalls } from '#demo/calls.ts';
import { runSubgraph } from '#shared/service.ts';
import type { Subgraph } from '#shared/subgraph.ts';
import { entities } from './entities.ts';
import { imports } from './import.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** The hotline's calls: owned by the Department of Children. */
export const subgraph: Subgraph<Loaders> = {
  name: 'calls',
  port: 4001,
  folder: import.meta.dirname,
  entities,
  resolvers,
  loaders: createLoaders,
  imports,
  demo: [
    { records: 'provinces', rows: demoProvinces },
    { records: 'agencies', rows: demoAgencies },
    { records: 'calls', rows: demoCalls },
  ],
};

if (import.meta.main) await runSubgraph(subgraph);

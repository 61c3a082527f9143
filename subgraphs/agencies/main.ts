import { demoAgencies, demoPlans, demoProvinces } from '#demo/agencies.ts';
import { runSubgraph } from '#shared/service.ts';
import type { Subgraph } from '#shared/subgraph.ts';
import { entities } from './entities.ts';
import { imports } from './import.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** Agencies, plans and provinces: owned by the secretariat of the inter-agency plan. */
export const subgraph: Subgraph<Loaders> = {
  name: 'agencies',
  port: 4004,
  folder: import.meta.dirname,
  entities,
  resolvers,
  loaders: createLoaders,
  imports,
  demo: [
    { records: 'provinces', rows: demoProvinces },
    { records: 'agencies', rows: demoAgencies },
    { records: 'plans', rows: demoPlans },
  ],
};

if (import.meta.main) await runSubgraph(subgraph);

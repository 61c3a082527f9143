import { demoAgencies, demoProvinces } from '#demo/agencies.ts';
import { demoCases, demoHandovers } from '#demo/referrals.ts';
import { runSubgraph } from '#shared/service.ts';
import type { Subgraph } from '#shared/subgraph.ts';
import { entities, foreign } from './entities.ts';
import { imports } from './import.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** Referral cases and handovers: owned by the coordinating desk of the inter-agency plan. */
export const subgraph: Subgraph<Loaders> = {
  name: 'referrals',
  port: 4003,
  folder: import.meta.dirname,
  entities,
  foreign,
  resolvers,
  loaders: createLoaders,
  imports,
  settings: {
    VERIFICATION_DAYS: {
      default: 3,
      min: 1,
      max: 365,
      description: 'days that the receiving agency has for the initial verification (Law 53/2024/QH15, Art. 27)',
    },
  },
  demo: [
    { records: 'provinces', rows: demoProvinces },
    { records: 'agencies', rows: demoAgencies },
    { records: 'cases', rows: demoCases },
    { records: 'handovers', rows: demoHandovers },
  ],
};

if (import.meta.main) await runSubgraph(subgraph);

import { demoAgencies, demoProvinces } from '#demo/agencies.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { runSubgraph } from '#shared/service.ts';
import type { Subgraph } from '#shared/subgraph.ts';
import { entities, foreign } from './entities.ts';
import { imports } from './import.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** Persons and the support given to them: owned by the police (identification) with the social sector (support). */
export const subgraph: Subgraph<Loaders> = {
  name: 'victims',
  port: 4002,
  folder: import.meta.dirname,
  entities,
  foreign,
  resolvers,
  loaders: createLoaders,
  imports,
  settings: {
    SHELTER_DAYS: { default: 120, min: 1, max: 3_650, description: 'days that a stay in a shelter may last' },
    SHELTER_NEAR_DAYS: { default: 14, min: 0, max: 3_650, description: 'days before that limit from which on a stay counts as near it' },
    HOME_COUNTRY: {
      default: 'VN',
      pattern: /^[A-Z]{2}$/,
      expected: 'a country as two capital letters (ISO 3166-1)',
      description: 'the country in which trafficking is domestic',
    },
  },
  demo: [
    { records: 'provinces', rows: demoProvinces },
    { records: 'agencies', rows: demoAgencies },
    { records: 'victims', rows: demoVictims },
    { records: 'supports', rows: demoSupports },
  ],
};

if (import.meta.main) await runSubgraph(subgraph);

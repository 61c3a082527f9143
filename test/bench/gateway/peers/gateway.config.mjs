import { defineConfig } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

/** Hive's gateway as it comes; with its planner in Rust where the environment says so. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.BENCH_SUPERGRAPH,
  logging: 'error',
  landingPage: false,
  graphiql: false,
  ...(process.env.BENCH_PLANNER === 'rust' ? { unifiedGraphHandler } : {}),
});

import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const LOOPBACK_ONLY = resolve(import.meta.dirname, 'test/testkit/loopback-only.mjs');

export default defineConfig({
  // Apollo's packages load graphql as CommonJS; without this the tests would load it a second time as ESM, and the two do not mix.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/docker/**', '**/node_modules/**'],
    globalSetup: 'test/testkit/global-setup.ts',
    setupFiles: [LOOPBACK_ONLY],
    // Processes that tests start are Node's, with the same restriction; what one of them has compiled, the next ones do not compile again.
    env: {
      APOLLO_TELEMETRY_DISABLED: '1',
      NODE_OPTIONS: `--import ${LOOPBACK_ONLY}`,
      NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/node-compile'),
    },
    pool: 'forks',
    // What one file has loaded, the next ones of a worker do not load again. None leaves anything behind that another would meet.
    isolate: false,
    // Most files wait for processes and databases more than they compute.
    maxWorkers: 2,
    // Real processes and databases start in these times also on a busy machine with two cores.
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vitest/config';

/** `npm run test:docker`: the commands of the Dockerfile, run one by one. Slow, and wants PostgreSQL's programs on the machine. */
export default defineConfig({
  test: {
    include: ['test/docker/**/*.test.ts'],
    env: { APOLLO_TELEMETRY_DISABLED: '1' },
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

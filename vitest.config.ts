import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // What needs a server that this machine may not have runs by `npm run test:servers`.
    exclude: process.env.KPI_TEST_SERVERS ? [] : ['test/servers/**'],
    // A thread that checks websites compiles its sources each time, if nothing keeps them.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'kpi-compile-cache') },
    // In CI every test is named, those that are skipped with the reason.
    reporters: process.env.CI ? ['verbose'] : ['default'],
    // Much of a test's time is waiting, for sockets and processes: all cores, not all but one.
    maxWorkers: '100%',
    // Processes are started, and a certificate is made: on a busy machine this takes a while.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

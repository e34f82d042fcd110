/** Owns how the tests run: real processes and sockets, so forks, few at once, and generous limits against hangs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    watch: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});

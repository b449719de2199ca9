import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['support/global-setup.ts'],
    // One browser for all; the files of a worker share what it has loaded. More workers would only take the machine from the system under test.
    maxWorkers: 2,
    isolate: false,
    testTimeout: 45_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 30_000,
  },
});

import { defineConfig } from 'vitest/config';

/** `npm run test:emulator`: a real deployment to an AWS emulator, then the main flows through the deployed functions. */
export default defineConfig({
  test: {
    include: ['test/emulator/**/*.test.ts'],
    globalSetup: ['test/emulator/setup.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});

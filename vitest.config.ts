import { defineConfig } from 'vitest/config';

const WITH_GLOBAL_STATE = ['test/lib/**/*.test.ts', 'test/runtime/**/*.test.ts'];

export default defineConfig({
  test: {
    exclude: ['test/emulator/**', 'test/browser/**', '**/node_modules/**'],
    // By default one processor is left for a watching editor; nobody watches here.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: WITH_GLOBAL_STATE,
          // Clock, ids, network and AWS are handed in: files have nothing global to spoil for each other, and a worker for each
          // took a third of the time.
          isolate: false,
        },
      },
      // The CDK keeps what was said once per process; a Lambda is set up by its environment.
      { extends: true, test: { name: 'stack', include: WITH_GLOBAL_STATE } },
    ],
  },
});

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** `npm start`. Told to stop, it ends with 0 also while it still loads: nothing runs yet that would have to be finished. */
let stop = (): void => process.exit(0);
process.on('SIGINT', () => stop());
process.on('SIGTERM', () => stop());

// From the second start on, loading takes half the time.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compile'));
const { runLocal } = await import('./run-local.ts');
await runLocal(process.argv.slice(2), (how) => {
  stop = how;
});

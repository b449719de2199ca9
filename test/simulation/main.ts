import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** `npm run simulate -- --seeds N --seed S`: the simulation from seed S on, N seeds. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/simulation'], {
  stdio: 'inherit',
  env: { ...process.env, SIMULATION_SEEDS: values.seeds, SIMULATION_SEED: values.seed },
});
process.exit(status ?? 1);

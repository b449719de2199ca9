import type { SimStatus } from '../../provider.ts';

export const SIM_WORDS: Readonly<Record<string, SimStatus>> = {
  ACTIVATED: 'active',
  TEST_READY: 'ready',
  ACTIVATION_READY: 'ready',
  INVENTORY: 'ready',
  DEACTIVATED: 'suspended',
  RETIRED: 'deactivated',
  PURGED: 'deactivated',
  REPLACED: 'deactivated',
};

import type { SimStatus } from '../../provider.ts';

/** `ready` can attach with a small test allowance and turns active by itself; `scheduled` is on its way to another one. */
export const SIM_WORDS: Readonly<Record<string, SimStatus | 'unchanged'>> = {
  new: 'ready',
  ready: 'ready',
  active: 'active',
  inactive: 'suspended',
  scheduled: 'unchanged',
};

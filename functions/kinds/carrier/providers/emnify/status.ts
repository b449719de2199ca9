import type { NetworkStatus, SimStatus } from '../../provider.ts';

/** 0 issued, 1 activated, 2 suspended, 3 deleted, 4 factory test. */
export const SIM_WORDS: Readonly<Record<string, SimStatus>> = {
  0: 'ready',
  1: 'active',
  2: 'suspended',
  3: 'deactivated',
  4: 'ready',
};

export const NETWORK_WORDS: Readonly<Record<string, NetworkStatus>> = {
  ONLINE: 'connected',
  OFFLINE: 'disconnected',
  ATTACHED: 'disconnected',
  BLOCKED: 'suspended',
};

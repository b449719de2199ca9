import type { NetworkStatus, SimStatus } from '../../provider.ts';

export const SIM_WORDS: Readonly<Record<string, SimStatus>> = { Enabled: 'active', Disabled: 'suspended' };

/** ATTACHED: registered in a network, without a data session. */
export const NETWORK_WORDS: Readonly<Record<string, NetworkStatus>> = {
  ONLINE: 'connected',
  OFFLINE: 'disconnected',
  ATTACHED: 'disconnected',
  BLOCKED: 'suspended',
};

import type { NetworkStatus, SimStatus } from '../../provider.ts';

export const SIM_WORDS: Readonly<Record<string, SimStatus | 'unchanged'>> = {
  registering: 'ready',
  standby: 'ready',
  enabled: 'active',
  disabled: 'suspended',
  data_limit_exceeded: 'suspended',
  unauthorized_imei: 'suspended',
  blocked: 'suspended',
  enabling: 'unchanged',
  disabling: 'unchanged',
  setting_standby: 'unchanged',
};

export const NETWORK_WORDS: Readonly<Record<string, NetworkStatus>> = {
  connected: 'connected',
  disconnected: 'disconnected',
};

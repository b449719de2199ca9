import type { NetworkStatus, SimStatus } from '../../provider.ts';
import type { SoracomSim } from './schema.ts';

export const SIM_WORDS: Readonly<Record<string, SimStatus>> = {
  ready: 'ready',
  standby: 'ready',
  active: 'active',
  inactive: 'suspended',
  suspended: 'suspended',
  terminated: 'deactivated',
};

export function networkStatus({ status, sessionStatus }: SoracomSim): NetworkStatus | undefined {
  if (status === 'suspended') return 'suspended';
  if (sessionStatus === undefined) return undefined;
  if (sessionStatus === null || typeof sessionStatus.online !== 'boolean') return 'unknown';
  return sessionStatus.online ? 'connected' : 'disconnected';
}

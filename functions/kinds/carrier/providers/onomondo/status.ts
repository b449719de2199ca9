import type { DeviceInfo } from '../../provider.ts';
import type { OnomondoSim } from './schema.ts';

/** No words here: two switches. A SIM that is not activated can be switched on again. */
export const simInfo = ({ id, iccid, activated, online, ...raw }: OnomondoSim): DeviceInfo => ({
  carrierDeviceId: id,
  raw,
  ...(iccid === undefined ? {} : { iccid }),
  ...(typeof activated === 'boolean'
    ? { simStatus: activated ? 'active' : 'suspended', simStatusWord: activated ? 'activated' : 'not activated' }
    : {}),
  ...(typeof online === 'boolean' ? { networkStatus: online ? 'connected' : 'disconnected' } : {}),
});

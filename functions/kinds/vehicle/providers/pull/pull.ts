import { PermanentError } from '../../../../model/failure.ts';
import { VehicleConfigSchema } from '../../schema.ts';
import { type Link, link } from '../link.ts';
import type { Vehicle, VehicleProvider } from '../provider.ts';
import { parseAlarms, parseChannels, parseRows, parseStatus } from './answers.ts';
import { readWindows } from './windows.ts';

/** The most that a vehicle sends at once. */
const ROW_LIMIT = 50_000;
/** Less than the 24 hours from which on a gap is read by the hour, so that a parked vehicle costs one call a run. */
const PATIENCE_MS = 23 * 3_600_000;

/** A vehicle that is asked itself, by the pull contract: /status, /channels, /data and /alarms. */
export const pull: VehicleProvider = {
  description: {
    title: 'Vehicle (pull)',
    defaultBaseUrl: null,
    // The tenant's default key serves where a vehicle has none of its own.
    credentials: [{ name: 'apiKey', title: 'API key', optional: true }],
    configSchema: VehicleConfigSchema,
    rateLimit: null,
    limitedByAddress: true,
  },

  connect(run) {
    const { baseUrl } = run.integration;
    const { apiKey } = run.credentials;
    if (baseUrl === null) throw new PermanentError('error: the vehicle has no address; set its base URL', 'config');
    if (apiKey === undefined || apiKey === '') {
      throw new PermanentError(
        'error: there is no API key; set one for this vehicle or a default key for all vehicles in the settings',
        'auth',
      );
    }
    return pulledVehicle(
      link(run, { base: baseUrl, headers: { 'X-API-Key': apiKey }, secrets: [apiKey], authStatuses: [401, 403] }),
    );
  },

  async test(vehicle) {
    const { softwareVersion, dbOk, details } = await vehicle.status();
    return { ok: dbOk !== false, detail: { softwareVersion, dbOk, ...details } };
  },
};

function pulledVehicle({ get }: Link): Vehicle {
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    patienceMs: PATIENCE_MS,
    status: async () => parseStatus(await get('/status')),
    channels: async () => parseChannels(await get('/channels')),
    alarms: async (from, to) => parseAlarms(await get('/alarms', { from: iso(from), to: iso(to) })),
    read: (request) =>
      readWindows(
        async (from, to, channel) =>
          parseRows(
            await get('/data', { from: iso(from), to: iso(to), channel_id: channel, limit: ROW_LIMIT }),
            from,
            to,
          ),
        request,
      ),
  };
}

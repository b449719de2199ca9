import type { CarrierApi } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import { type CarrierClient, type CarrierProvider, type NetworkStatus, simStatusFrom } from '../../provider.ts';
import { parseBody } from '../../wire.ts';
import { jasperApi, TITLE } from './client.ts';
import { ctdUsages, device, sessionInfo } from './schema.ts';
import { SIM_WORDS } from './status.ts';

export const jasper: CarrierProvider = {
  description: {
    title: 'Cisco IoT Control Center (Jasper)',
    // Every operator has an address of its own: https://restapi3.jasper.com/rws/api/v1
    defaultBaseUrl: null,
    credentials: [
      { name: 'username', title: 'User name' },
      { name: 'apiKey', title: 'API key' },
    ],
    configSchema: configSchema('billingCycleDay', 'networkStatus'),
    // Five calls a second, one at a time.
    rateLimit: { requestsPerMinute: 300 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: null,
    listPlans: false,
    dailyUsage: false,
    networkStatus: 'per-device',
  },
  open: (account) => jasperClient(jasperApi(account)),
};

function jasperClient(api: CarrierApi): CarrierClient {
  const pathOf = (iccid: string): string => `/devices/${encodeURIComponent(iccid)}`;

  return {
    /** Usage and status in one call per SIM; there is no bulk call. */
    async getUsage(iccid, { cycle }) {
      const { body } = await api.get(`${pathOf(iccid)}/ctdUsages`);
      const found = parseBody(ctdUsages, body, `${TITLE}'s usage of this SIM`);
      return {
        carrierDeviceId: iccid,
        info: {
          carrierDeviceId: found.iccid,
          iccid: found.iccid,
          raw: found,
          ...simStatusFrom(SIM_WORDS, found.status),
        },
        usage: {
          dataUsedBytes: found.ctdDataUsage ?? null,
          billingCycleStart: cycle.start,
          billingCycleEnd: cycle.end,
          sessions: found.ctdSessionCount ?? null,
          raw: found,
        },
      };
    },

    async getDeviceInfo(iccid) {
      const what = `${TITLE}'s answer on this SIM`;
      const found = parseBody(device, (await api.get(pathOf(iccid))).body, what);
      const session = parseBody(sessionInfo, (await api.get(`${pathOf(iccid)}/sessionInfo`)).body, what);
      const networkStatus: NetworkStatus = session.dateSessionEnded
        ? 'disconnected'
        : session.dateSessionStarted
          ? 'connected'
          : 'unknown';
      return {
        carrierDeviceId: found.iccid,
        iccid: found.iccid,
        raw: found,
        ...simStatusFrom(SIM_WORDS, found.status),
        networkStatus,
      };
    },

    async check() {
      await api.get('/devices', { modifiedSince: '2020-01-01T00:00:00+00:00', pageSize: 1, pageNumber: 1 });
      return `Signed in to ${TITLE}: the account lists its devices.`;
    },
  };
}

import { required } from '../../account.ts';
import { type CarrierApi, carrierApi, fixedHeaders } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import {
  type CarrierClient,
  type CarrierProvider,
  type DeviceInfo,
  type DeviceReading,
  simStatusFrom,
} from '../../provider.ts';
import { parseBody, readEach } from '../../wire.ts';
import { sim, simPage, type TemplateSim } from './schema.ts';
import { SIM_WORDS } from './status.ts';

const TITLE = 'Template Carrier';

/** Copy this folder, rename it, and add one line to providers/index.ts. The README beside it says what to do in which order. */
export const templateCarrier: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://api.example.com/v1',
    credentials: [{ name: 'apiKey', title: 'API key' }],
    configSchema: configSchema(),
    rateLimit: { requestsPerMinute: 60 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: null,
    listPlans: false,
    dailyUsage: false,
    networkStatus: 'with-usage',
  },
  open(account) {
    const key = required(account.credentials.apiKey);
    // Tokens instead of a key: platform/token-cache.ts and request-token.ts, as in providers/1nce/client.ts.
    return templateClient(carrierApi(TITLE, account, fixedHeaders({ Authorization: `Bearer ${key}` }, [key])));
  },
};

function templateClient(api: CarrierApi): CarrierClient {
  const getSim = async (id: string): Promise<TemplateSim> => {
    const { body } = await api.get(`/sims/${encodeURIComponent(id)}`);
    return parseBody(sim, body, `${TITLE}'s answer on this SIM`);
  };

  return {
    getUsage: async (id) => simReading(await getSim(id)),
    getDeviceInfo: async (id) => simInfo(await getSim(id)),

    /** Leave this out where usage is one call per SIM; `listDevices` then tells the status of all. */
    async getBulkUsage({ checkpoint }) {
      const { body } = await api.get('/sims', { limit: 100, cursor: checkpoint ?? undefined });
      const { sims, next_cursor: next } = parseBody(simPage, body, `${TITLE}'s list of SIMs`);
      return { readings: readEach(sims, sim, { title: TITLE, id: 'id' }, simReading), next: next ?? null };
    },

    async check() {
      await api.get('/sims', { limit: 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

/** Absent is not zero: null says that the carrier knows the SIM and tells no usage. */
const simReading = (found: TemplateSim): DeviceReading => ({
  carrierDeviceId: found.id,
  info: simInfo(found),
  usage: {
    dataUsedBytes: found.used_bytes ?? null,
    billingCycleStart: found.cycle_start,
    billingCycleEnd: found.cycle_end,
    sessions: null,
    raw: found,
  },
});

/** What was not told is left out: the last known status stands. */
const simInfo = (found: TemplateSim): DeviceInfo => ({
  carrierDeviceId: found.id,
  raw: found,
  ...(found.iccid === undefined ? {} : { iccid: found.iccid }),
  ...simStatusFrom(SIM_WORDS, found.state),
  ...(typeof found.online === 'boolean' ? { networkStatus: found.online ? 'connected' : 'disconnected' } : {}),
});

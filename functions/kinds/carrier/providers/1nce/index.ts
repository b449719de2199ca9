import { UpstreamError } from '../../../../model/failure.ts';
import type { Account } from '../../account.ts';
import type { CarrierApi } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import { type UsageWindow, utcDate } from '../../cycle.ts';
import { nextNumber, totalPages } from '../../numbered-pages.ts';
import {
  type CarrierClient,
  type CarrierProvider,
  type DeviceInfo,
  simStatusFrom,
  statusFrom,
} from '../../provider.ts';
import { readingFromSeries } from '../../usage-series.ts';
import { parseBody, readEachInfo, readItem, wireList } from '../../wire.ts';
import { onceApi, TITLE } from './client.ts';
import { connection, type OnceSim, product, sim, usage } from './schema.ts';
import { NETWORK_WORDS, SIM_WORDS } from './status.ts';

const SIMS_PER_PAGE = 100;
const BYTES_PER_MB = 1_000_000;

export const once: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://api.1nce.com/management-api',
    credentials: [
      { name: 'apiKey', title: 'Client ID' },
      { name: 'apiSecret', title: 'Client secret' },
    ],
    configSchema: configSchema('authBaseUrl', 'bytesPerMb', 'billingCycleDay', 'networkStatus'),
    // Ten calls a second per customer.
    rateLimit: { requestsPerMinute: 600 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: null,
    listPlans: true,
    dailyUsage: true,
    networkStatus: 'per-device',
  },
  open: (account) => onceClient(onceApi(account), account),
};

function onceClient(api: CarrierApi, { config }: Account): CarrierClient {
  const pageSize = Math.min(config.pageSize ?? SIMS_PER_PAGE, SIMS_PER_PAGE);
  const pathOf = (iccid: string): string => `/v1/sims/${encodeURIComponent(iccid)}`;

  return {
    async getUsage(iccid, window) {
      const { body } = await whileValid(() => api.get(`${pathOf(iccid)}/usage`, periodOf(window)));
      if (body === EXPIRED) {
        const info: DeviceInfo = { carrierDeviceId: iccid, simStatus: 'deactivated', simStatusWord: '422', raw: null };
        return { carrierDeviceId: iccid, info, problem: `${TITLE} refuses this SIM (422): it has expired` };
      }
      const { stats } = parseBody(usage, body, `${TITLE}'s usage of this SIM`);
      const records = stats.flatMap(({ date, data }) => (data ? [{ at: date, volume: data.volume }] : []));
      return readingFromSeries(iccid, records, config.bytesPerMb ?? BYTES_PER_MB, window);
    },

    async getDeviceInfo(iccid) {
      const found = parseBody(sim, (await api.get(pathOf(iccid))).body, `${TITLE}'s answer on this SIM`);
      const { status } = parseBody(connection, (await api.get(`${pathOf(iccid)}/status`)).body, `${TITLE}'s status`);
      return { ...simInfo(found), ...(status ? { networkStatus: statusFrom(NETWORK_WORDS, status) } : {}) };
    },

    /** Status of all SIMs, a hundred a call; usage is one call per SIM. Checkpoint: the page's number. */
    async listDevices({ checkpoint }) {
      const page = Number(checkpoint ?? 1);
      const { body, headers } = await api.get('/v1/sims', { page, pageSize });
      const items = parseBody(wireList, body, `${TITLE}'s list of SIMs`);
      const readings = readEachInfo(items, sim, { title: TITLE, id: 'iccid' }, simInfo);
      const next = nextNumber({ page, pageSize, length: items.length, total: totalPages(headers) });
      return { readings, next: next === null ? null : String(next) };
    },

    async listPlans() {
      const items = parseBody(wireList, (await api.get('/v1/products')).body, `${TITLE}'s list of products`);
      return items.flatMap((item) => {
        const found = readItem(product, item);
        if (!found.ok) return [];
        const { id, product: name, material } = found.value;
        return [{ id, name, ...(material ? { description: material } : {}) }];
      });
    },

    async check() {
      await api.get('/v1/sims', { page: 1, pageSize: 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

const EXPIRED = Symbol('expired');

async function whileValid(call: () => Promise<{ readonly body: unknown }>): Promise<{ readonly body: unknown }> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof UpstreamError && error.status === 422) return { body: EXPIRED };
    throw error;
  }
}

/** Whole days, both included. */
const periodOf = ({ now, cycle, previous }: UsageWindow) => ({
  start_dt: utcDate((previous ?? cycle).start),
  end_dt: utcDate(now),
});

/** `current_quota` in the list is the quota that was set, neither used nor left: it says nothing of usage. */
const simInfo = (found: OnceSim): DeviceInfo => ({
  carrierDeviceId: found.iccid,
  iccid: found.iccid,
  raw: found,
  ...simStatusFrom(SIM_WORDS, found.status),
});

import type { Account } from '../../account.ts';
import type { CarrierApi } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import { type Cycle, monthCycle } from '../../cycle.ts';
import { megabytesToBytes } from '../../data-volume.ts';
import { nextNumber, totalPages } from '../../numbered-pages.ts';
import {
  type CarrierClient,
  type CarrierProvider,
  type DeviceInfo,
  type NetworkStatus,
  statusFrom,
} from '../../provider.ts';
import { parseBody, readEachInfo, readItem, wireList } from '../../wire.ts';
import { emnifyApi, TITLE } from './client.ts';
import { connectivity, type EmnifyMonth, type EmnifySim, sim, simStats, tariffProfile } from './schema.ts';
import { NETWORK_WORDS, SIM_WORDS } from './status.ts';

const SIMS_PER_PAGE = 1000;
const BYTES_PER_MB = 1_000_000;

export const emnify: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://cdn.emnify.net',
    credentials: [{ name: 'apiKey', title: 'Application token' }],
    configSchema: configSchema('authBaseUrl', 'bytesPerMb', 'networkStatus'),
    // 2,000 calls in five minutes per address.
    rateLimit: { requestsPerMinute: 400 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    // SIMs are claimed by the batch (BIC), not one by one.
    claimSim: null,
    listPlans: true,
    dailyUsage: false,
    networkStatus: 'per-device',
  },
  open: (account) => emnifyClient(emnifyApi(account), account),
};

function emnifyClient(api: CarrierApi, { config }: Account): CarrierClient {
  const pageSize = Math.min(config.pageSize ?? SIMS_PER_PAGE, 2500);
  const simPath = (id: string): string => `/api/v1/sim/${encodeURIComponent(id)}`;
  const toBytes = (month: EmnifyMonth): number | undefined =>
    month?.data ? megabytesToBytes(month.data.volume, config.bytesPerMb ?? BYTES_PER_MB) : undefined;

  const networkStatus = async (endpointId: string): Promise<NetworkStatus | undefined> => {
    const { body } = await api.get(`/api/v1/endpoint/${encodeURIComponent(endpointId)}/connectivity`);
    const { status } = parseBody(connectivity, body, `${TITLE}'s connectivity`);
    return status ? statusFrom(NETWORK_WORDS, status) : undefined;
  };

  return {
    /** emnify counts calendar months itself; a month without traffic is left out. */
    async getUsage(id, { now }) {
      const stats = parseBody(simStats, (await api.get(`${simPath(id)}/stats`)).body, `${TITLE}'s usage of this SIM`);
      const cycle = monthCycle(now, 1);
      const before = monthCycle(cycle.start - 1, 1);
      const current = toBytes(ofMonth(cycle, stats.current, stats.last));
      const previous = toBytes(ofMonth(before, stats.last, stats.current));
      return {
        carrierDeviceId: id,
        usage: {
          dataUsedBytes: current ?? null,
          billingCycleStart: cycle.start,
          billingCycleEnd: cycle.end,
          sessions: null,
          raw: stats,
        },
        ...(previous === undefined ? {} : { previous: { ...before, bytes: previous } }),
      };
    },

    async getDeviceInfo(id) {
      const found = parseBody(sim, (await api.get(simPath(id))).body, `${TITLE}'s answer on this SIM`);
      const network = found.endpoint ? await networkStatus(found.endpoint.id) : undefined;
      return { ...simInfo(found), ...(network === undefined ? {} : { networkStatus: network }) };
    },

    /** Status of all SIMs, a thousand a call; usage is one call per SIM. Checkpoint: the page's number. */
    async listDevices({ checkpoint }) {
      const page = Number(checkpoint ?? 1);
      const { body, headers } = await api.get('/api/v1/sim', { page, per_page: pageSize });
      const items = parseBody(wireList, body, `${TITLE}'s list of SIMs`);
      const readings = readEachInfo(items, sim, { title: TITLE, id: 'id' }, simInfo);
      const next = nextNumber({ page, pageSize, length: items.length, total: totalPages(headers) });
      return { readings, next: next === null ? null : String(next) };
    },

    async listPlans() {
      const { body } = await api.get('/api/v1/tariff_profile');
      return parseBody(wireList, body, `${TITLE}'s list of tariffs`).flatMap((item) => {
        const found = readItem(tariffProfile, item);
        if (!found.ok) return [];
        const { id, name, description, inclusive_volume: inclusive } = found.value;
        const dataBytes = inclusive?.volume ? { dataBytes: inclusive.volume * BYTES_PER_MB } : {};
        return [{ id, name, ...(description ? { description } : {}), ...dataBytes }];
      });
    },

    async check() {
      await api.get('/api/v1/sim', { page: 1, per_page: 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

/** Just after a rollover "current" may still be the month before: the month it names decides. */
function ofMonth(cycle: Cycle, likely: EmnifyMonth, other: EmnifyMonth): EmnifyMonth {
  const name = new Date(cycle.start).toISOString().slice(0, 7);
  const named = [likely, other].find((month) => month?.data?.month === name);
  return named ?? (likely?.data?.month ? undefined : likely);
}

const simInfo = (found: EmnifySim): DeviceInfo => {
  const { id, description } = found.status ?? {};
  const word = id ?? undefined;
  return {
    carrierDeviceId: found.id,
    raw: found,
    ...(found.iccid === undefined ? {} : { iccid: found.iccid }),
    ...(word === undefined
      ? {}
      : { simStatus: statusFrom(SIM_WORDS, String(word)), simStatusWord: description ?? String(word) }),
  };
};

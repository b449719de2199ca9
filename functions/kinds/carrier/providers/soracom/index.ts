import type { Account } from '../../account.ts';
import type { CarrierApi } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import {
  type CarrierClient,
  type CarrierProvider,
  ClaimIncomplete,
  type DeviceInfo,
  simStatusFrom,
  statusFrom,
} from '../../provider.ts';
import { readingFromSeries } from '../../usage-series.ts';
import { parseBody, readEachInfo, wireList } from '../../wire.ts';
import { soracomApi, TITLE } from './client.ts';
import { type SoracomSim, sim, stats } from './schema.ts';
import { networkStatus, SIM_WORDS } from './status.ts';

const JAPAN = 'https://api.soracom.io/v1';
const GLOBAL = 'https://g.api.soracom.io/v1';
const SIMS_PER_PAGE = 100;
const NEXT_KEY = 'x-soracom-next-key';

export const soracom: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: GLOBAL,
    credentials: [
      { name: 'apiKey', title: 'Auth key ID' },
      { name: 'apiSecret', title: 'Auth key' },
    ],
    accountId: { title: 'Operator ID', required: false },
    configSchema: configSchema('coverage', 'authBaseUrl', 'billingCycleDay'),
    rateLimit: { requestsPerMinute: 60 },
    urls({ baseUrl, config }) {
      const own = baseUrl ?? (config.coverage === 'jp' ? JAPAN : GLOBAL);
      return typeof config.authBaseUrl === 'string' ? [own, config.authBaseUrl] : [own];
    },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: { charges: false },
    listPlans: false,
    dailyUsage: true,
    networkStatus: 'with-usage',
  },
  open: (account) => soracomClient(soracomApi(account), account),
};

function soracomClient(api: CarrierApi, { config }: Account): CarrierClient {
  const limit = Math.min(config.pageSize ?? SIMS_PER_PAGE, SIMS_PER_PAGE);

  return {
    async getUsage(simId, window) {
      const { body } = await api.get(`/stats/air/sims/${encodeURIComponent(simId)}`, {
        from: Math.floor((window.previous ?? window.cycle).start / 1000),
        to: Math.floor(window.now / 1000),
        period: 'day',
      });
      const days = parseBody(stats, body, `${TITLE}'s usage of this SIM`);
      const records = days.map(({ unixtime, dataTrafficStatsMap: classes }) => ({
        at: unixtime * 1000,
        volume: Object.values(classes ?? {}).reduce(
          (sum, { uploadByteSizeTotal, downloadByteSizeTotal }) => sum + uploadByteSizeTotal + downloadByteSizeTotal,
          0,
        ),
      }));
      return readingFromSeries(simId, records, 1, window);
    },

    async getDeviceInfo(simId) {
      const { body } = await api.get(`/sims/${encodeURIComponent(simId)}`);
      return simInfo(parseBody(sim, body, `${TITLE}'s answer on this SIM`));
    },

    /** Status and connection of all SIMs, a hundred a call; usage is one call per SIM. Checkpoint: the next key. */
    async listDevices({ checkpoint }) {
      const { body, headers } = await api.get('/sims', { limit, last_evaluated_key: checkpoint ?? undefined });
      const items = parseBody(wireList, body, `${TITLE}'s list of SIMs`);
      const readings = readEachInfo(items, sim, { title: TITLE, id: 'simId' }, simInfo);
      return { readings, next: headers[NEXT_KEY] || null };
    },

    async claimSim({ iccid, registrationSecret }) {
      if (registrationSecret === undefined) {
        throw new ClaimIncomplete('registrationSecret', `${TITLE} needs the registration secret printed with the SIM`);
      }
      const answer = await api.write(`/sims/${encodeURIComponent(iccid)}/register`, { json: { registrationSecret } });
      const found = parseBody(sim, answer, `${TITLE}'s answer to the claim`);
      const { status } = found;
      return { carrierDeviceId: found.simId, iccid, ...(status ? { simStatus: statusFrom(SIM_WORDS, status) } : {}) };
    },

    async check() {
      await api.get('/sims', { limit: 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

function simInfo(found: SoracomSim): DeviceInfo {
  const network = networkStatus(found);
  return {
    carrierDeviceId: found.simId,
    raw: found,
    ...(found.iccid === undefined ? {} : { iccid: found.iccid }),
    ...simStatusFrom(SIM_WORDS, found.status),
    ...(network === undefined ? {} : { networkStatus: network }),
  };
}

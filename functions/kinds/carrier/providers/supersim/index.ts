import { UpstreamError } from '../../../../model/failure.ts';
import type { Account } from '../../account.ts';
import type { CarrierApi, Query } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import type { Cycle } from '../../cycle.ts';
import {
  type BulkPage,
  type CarrierClient,
  type CarrierProvider,
  ClaimIncomplete,
  type DeviceInfo,
  type DeviceReading,
  type Plan,
  simStatusFrom,
} from '../../provider.ts';
import { readAllPages } from '../../read-all-pages.ts';
import { parseBody, readEach, readEachInfo, readItem } from '../../wire.ts';
import { KORE_AUTH_BASE, KORE_BASE, superSimApi, TITLE, TWILIO_BASE } from './client.ts';
import { fleet, fleetPage, type SuperSim, sim, simPage, simUsage, usagePage, usageRecord } from './schema.ts';
import { SIM_WORDS } from './status.ts';

const PAGE_SIZE = 1000;
const BYTES_PER_MB = 1_000_000;

export const supersim: CarrierProvider = {
  description: {
    title: 'Super SIM (Twilio, KORE)',
    defaultBaseUrl: TWILIO_BASE,
    credentials: [
      { name: 'apiKey', title: 'Account or key SID (KORE: client ID)' },
      { name: 'apiSecret', title: 'Secret (KORE: client secret)' },
    ],
    configSchema: configSchema('auth', 'authBaseUrl', 'billingCycleDay'),
    rateLimit: { requestsPerMinute: 60 },
    urls({ baseUrl, config }) {
      const kore = config.auth === 'kore';
      const authBaseUrl = typeof config.authBaseUrl === 'string' ? config.authBaseUrl : KORE_AUTH_BASE;
      return [baseUrl ?? (kore ? KORE_BASE : TWILIO_BASE), ...(kore ? [authBaseUrl] : [])];
    },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: { charges: false },
    listPlans: true,
    dailyUsage: false,
    networkStatus: 'none',
  },
  open: (account) => superSimClient(superSimApi(account), account),
};

function superSimClient(api: CarrierApi, { config }: Account): CarrierClient {
  const pageSize = Math.min(config.pageSize ?? PAGE_SIZE, PAGE_SIZE);

  /** `place`: the query of the next page, as the carrier gave it. */
  const get = async (path: string, query: Query, place: string): Promise<unknown> => {
    const next = Object.fromEntries(new URLSearchParams(place));
    return (await api.get(path, place === '' ? { ...query, PageSize: pageSize } : next)).body;
  };

  const usageQuery = (cycle: Cycle): Query => ({
    Granularity: 'all',
    StartTime: toTime(cycle.start),
    EndTime: toTime(cycle.end),
  });

  const usageOfAll = async (cycle: Cycle, place: string) => {
    const body = await get('/UsageRecords', { Group: 'sim', ...usageQuery(cycle) }, place);
    return parseBody(usagePage, body, `${TITLE}'s usage records`);
  };

  /** Null: without traffic in the cycle. */
  const usageOfOne = async (sid: string, cycle: Cycle): Promise<number | null> => {
    const { body } = await api.get('/UsageRecords', { Sim: sid, ...usageQuery(cycle) });
    const { usage_records: records } = parseBody(usagePage, body, `${TITLE}'s usage records`);
    const bytes = records.map((item) => parseBody(usageRecord, item, `${TITLE}'s usage record`).data_total);
    return bytes.length === 0 ? null : bytes.reduce((sum, each) => sum + each, 0);
  };

  const getSim = async (sid: string) =>
    parseBody(sim, (await api.get(`/Sims/${encodeURIComponent(sid)}`)).body, `${TITLE}'s answer on this SIM`);

  const readSims = async (place: string): Promise<BulkPage> => {
    const { sims, meta } = parseBody(simPage, await get('/Sims', {}, place), `${TITLE}'s list of SIMs`);
    const readings = readEachInfo(sims, sim, { title: TITLE, id: 'sid' }, simInfo);
    return { readings, next: nextPlace('sims', meta?.next_page_url) };
  };

  return {
    async getUsage(sid, { cycle, previous }) {
      // The usage of a SIM that does not exist is an empty list: ask for the SIM first.
      const info = simInfo(await getSim(sid));
      const bytes = await usageOfOne(sid, cycle);
      const before = previous === null ? null : await usageOfOne(sid, previous);
      return {
        ...usageReading(sid, bytes, cycle),
        info,
        ...(previous === null || before === null ? {} : { previous: { ...previous, bytes: before } }),
      };
    },

    getDeviceInfo: async (sid) => simInfo(await getSim(sid)),

    /**
     * First the SIMs (who is there, and their status), then, for two days after a rollover, the cycle before, then the
     * usage of this one. SIMs without traffic are not in the records. Checkpoints: `sims|previous|usage:<next query>`.
     */
    async getBulkUsage({ window, checkpoint }) {
      const [phase, place = ''] = (checkpoint ?? 'sims:').split(/:(.*)/s);
      const afterSims = window.previous === null ? 'usage:' : 'previous:';
      if (phase === 'sims') {
        try {
          const page = await readSims(place);
          return { ...page, next: page.next ?? afterSims };
        } catch (error) {
          // Usage can do without; only who has gone cannot be told. No answer at all, and it is not worth asking on.
          if (!(error instanceof UpstreamError) || (error.status ?? 0) < 400) throw error;
          return { readings: [], next: afterSims, inventoryComplete: false };
        }
      }
      if (phase === 'previous' && window.previous !== null) {
        const previous = window.previous;
        const { usage_records, meta } = await usageOfAll(previous, place);
        const readings = readEach(usage_records, simUsage, { title: TITLE, id: 'sim_sid' }, (record) => ({
          carrierDeviceId: record.sim_sid,
          previous: { ...previous, bytes: record.data_total },
        }));
        return { readings, next: nextPlace('previous', meta?.next_page_url) ?? 'usage:' };
      }
      const { usage_records, meta } = await usageOfAll(window.cycle, place);
      const readings = readEach(usage_records, simUsage, { title: TITLE, id: 'sim_sid' }, (record) =>
        usageReading(record.sim_sid, record.data_total, window.cycle),
      );
      return { readings, next: nextPlace('usage', meta?.next_page_url) };
    },

    /** Fleets carry what a plan does elsewhere. */
    async listPlans() {
      return readAllPages<Plan, string>('', async (place) => {
        const { fleets, meta } = parseBody(fleetPage, await get('/Fleets', {}, place), `${TITLE}'s list of fleets`);
        return { items: fleets.flatMap(toPlan), next: nextQuery(meta?.next_page_url) };
      });
    },

    async claimSim({ iccid, registrationCode }) {
      if (registrationCode === undefined) {
        throw new ClaimIncomplete('registrationCode', `${TITLE} needs the registration code printed with the SIM`);
      }
      const answer = await api.write('/Sims', { form: { Iccid: iccid, RegistrationCode: registrationCode } });
      const info = simInfo(parseBody(sim, answer, `${TITLE}'s answer to the claim`));
      const known = info.simStatus === undefined || info.simStatus === 'unchanged' ? {} : { simStatus: info.simStatus };
      return { carrierDeviceId: info.carrierDeviceId, iccid: info.iccid ?? iccid, ...known };
    },

    async check() {
      await api.get('/Sims', { PageSize: 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

/** `2026-11-01T00:00:00Z`, as documented: without milliseconds. */
const toTime = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

/** Only the query is taken of the next page's address: calls always go to the base URL. */
function nextQuery(nextPageUrl: string | null | undefined): string | null {
  if (!nextPageUrl) return null;
  const at = nextPageUrl.indexOf('?');
  if (at < 0) throw new UpstreamError(`${TITLE} does not say where its list goes on`, { problem: 'bad_body' });
  return nextPageUrl.slice(at + 1);
}

function nextPlace(phase: string, nextPageUrl: string | null | undefined): string | null {
  const query = nextQuery(nextPageUrl);
  return query === null ? null : `${phase}:${query}`;
}

function toPlan(item: unknown): Plan[] {
  const found = readItem(fleet, item);
  if (!found.ok) return [];
  const { sid, unique_name: name, data_limit: megabytes } = found.value;
  return [{ id: sid, name: name || sid, ...(megabytes ? { dataBytes: megabytes * BYTES_PER_MB } : {}) }];
}

const usageReading = (sid: string, bytes: number | null, cycle: Cycle): DeviceReading => ({
  carrierDeviceId: sid,
  usage: {
    dataUsedBytes: bytes,
    billingCycleStart: cycle.start,
    billingCycleEnd: cycle.end,
    sessions: null,
    raw: bytes,
  },
});

const simInfo = (found: SuperSim): DeviceInfo => ({
  carrierDeviceId: found.sid,
  raw: found,
  ...(found.iccid === undefined ? {} : { iccid: found.iccid }),
  ...simStatusFrom(SIM_WORDS, found.status),
});

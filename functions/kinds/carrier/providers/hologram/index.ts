import { PermanentError, UpstreamError } from '../../../../model/failure.ts';
import type { Account } from '../../account.ts';
import { configSchema } from '../../config.ts';
import {
  type BulkPage,
  type BulkRequest,
  type CarrierClient,
  type CarrierProvider,
  type ClaimedSim,
  ClaimIncomplete,
  type DeviceReading,
  type Plan,
  type SimClaim,
} from '../../provider.ts';
import { parseBody, readItem } from '../../wire.ts';
import { type HologramApi, hologramApi, TITLE } from './client.ts';
import { deviceInfo, deviceReading, readDevice } from './device-reading.ts';
import { claimed, device, plan } from './schema.ts';
import { infoOnly, resumeUsageSums, type UsageSums, usageSums } from './usage-records.ts';

const DEVICES_PER_PAGE = 500;
const RECORDS_PER_PAGE = 1000;
/** Checkpoints: `devices:<startafter>`, then `records:<startafter>:<sums>`. */
const CHECKPOINT = /^(devices|records):([^:]*):?(.*)$/;

export const hologram: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://dashboard.hologram.io/api/1',
    credentials: [{ name: 'apiKey', title: 'API key' }],
    accountId: { title: 'Organisation ID', required: false },
    configSchema: configSchema('usageSource'),
    rateLimit: { requestsPerMinute: 60 },
  },
  capabilities: {
    bulkNeedsAccountId: true,
    claimSim: { charges: true },
    listPlans: true,
    dailyUsage: false,
    networkStatus: 'with-usage',
  },
  open: (account) => hologramClient(hologramApi(account), account),
};

function hologramClient(api: HologramApi, account: Account): CarrierClient {
  const { accountId, config } = account;
  const fromRecords = config.usageSource === 'usage-records';
  const pageSize = config.pageSize ?? DEVICES_PER_PAGE;
  const recordsPerPage = config.pageSize ?? RECORDS_PER_PAGE;
  const org = accountId ?? undefined;

  const getDevice = async (id: string) =>
    parseBody(device, await api.one(`/devices/${encodeURIComponent(id)}`), `${TITLE}'s answer on device ${id}`);

  const listDevices = (startafter: string | undefined) =>
    api.page('/devices', { orgid: org, limit: pageSize, startafter });

  /** Kept between the pages of one slice, so that the sums are not unpacked for every page. */
  let sums: UsageSums | undefined;

  const bulkFromRecords = async ({ window, wanted, checkpoint }: BulkRequest): Promise<BulkPage> => {
    const [, phase = 'devices', after = '', packed = ''] = CHECKPOINT.exec(checkpoint ?? '') ?? [];
    sums ??= packed === '' ? usageSums() : resumeUsageSums(packed);
    if (phase === 'devices') {
      const page = await listDevices(after || undefined);
      const readings: DeviceReading[] = [];
      for (const item of page.items) {
        const found = readItem(device, item);
        if (!found.ok || !wanted.has(found.value.id)) continue;
        sums.addDevice(found.value, window);
        readings.push(infoOnly(found.value));
      }
      const next = page.after === null ? 'records:' : `devices:${page.after}`;
      return { readings, next: `${next}:${sums.save()}` };
    }
    const query = { orgid: org, ...sums.window(window.now), limit: recordsPerPage, startafter: after || undefined };
    const page = await api.page('/usage/data', query);
    sums.addPage(page.items);
    if (page.after === null) return { readings: sums.readings(), next: null };
    return { readings: [], next: `records:${page.after}:${sums.save()}` };
  };

  return {
    async getUsage(id, window) {
      const found = await getDevice(id);
      if (!fromRecords) return deviceReading(found, window);
      const own = usageSums();
      own.addDevice(found, window);
      const links = found.links?.cellular?.map((link) => link.id) ?? [];
      if (links.length === 0) return deviceReading(found, window);
      const filter = links.length === 1 ? { linkid: links[0] } : { linkids: links.join(',') };
      let after: string | undefined;
      do {
        const query = { ...filter, ...own.window(window.now), limit: recordsPerPage, startafter: after };
        const page = await api.page('/usage/data', query);
        own.addPage(page.items);
        after = page.after ?? undefined;
      } while (after !== undefined);
      return { carrierDeviceId: id, info: deviceInfo(found), ...own.readings()[0] };
    },

    getDeviceInfo: async (id) => deviceInfo(await getDevice(id)),

    async getBulkUsage(request) {
      if (fromRecords) return bulkFromRecords(request);
      const [, , after = ''] = CHECKPOINT.exec(request.checkpoint ?? '') ?? [];
      const page = await listDevices(after || undefined);
      const readings = page.items
        .map((item) => readDevice(item, request.window))
        .filter((found) => found !== undefined);
      return { readings, next: page.after === null ? null : `devices:${page.after}` };
    },

    async listPlans() {
      const plans: Plan[] = [];
      let after: string | undefined;
      do {
        const page = await api.page('/plans', { orgid: org, limit: DEVICES_PER_PAGE, startafter: after });
        for (const item of page.items) {
          const found = readItem(plan, item);
          if (found.ok) plans.push(toPlan(found.value));
        }
        after = page.after ?? undefined;
      } while (after !== undefined);
      return plans;
    },

    async claimSim(claim) {
      const body = claimBody(claim, accountId);
      const answer = await api.write(`/links/cellular/sim_${claim.iccid}/claim`, { json: body });
      return readClaim(claim, answer);
    },

    async check() {
      const { items, after } = await api.page('/devices', { orgid: org, limit: 1 });
      return `Signed in to ${TITLE}: ${after !== null || items.length > 0 ? 'the account lists devices' : 'the account is empty'}.`;
    },
  };
}

function claimBody(claim: SimClaim, accountId: string | null): object {
  if (claim.planId === undefined) throw new ClaimIncomplete('planId', `${TITLE} needs a plan to claim a SIM for`);
  if (accountId === null) throw new ClaimIncomplete('accountId', `Set the organisation ID of the integration first`);
  const asNumber = (id: string): number | string => (/^\d{1,15}$/.test(id) ? Number(id) : id);
  return { plan: asNumber(claim.planId), zone: claim.zone ?? 'global', orgid: asNumber(accountId) };
}

/** The answer is a list, though one SIM was claimed. */
function readClaim(claim: SimClaim, answer: unknown): ClaimedSim {
  const { success, error, data } = parseBody(claimed, answer, `${TITLE}'s answer to the claim`);
  if (!success) throw new PermanentError(`${TITLE} refused: ${error ?? 'no reason given'}`, 'rejected');
  const own = data?.find(({ sim }) => sim === claim.iccid) ?? data?.[0];
  if (own === undefined) {
    throw new UpstreamError(`${TITLE}'s answer to the claim names no device`, {
      problem: 'bad_body',
      outcomeUnknown: true,
    });
  }
  return { carrierDeviceId: own.device, iccid: claim.iccid };
}

const toPlan = (found: {
  id: string;
  name: string;
  description?: string | null | undefined;
  data?: number | null | undefined;
}): Plan => ({
  id: found.id,
  name: found.name,
  ...(found.description ? { description: found.description } : {}),
  ...(typeof found.data === 'number' && found.data > 0 ? { dataBytes: found.data } : {}),
});

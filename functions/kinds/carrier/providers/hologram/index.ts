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
  type Plan,
  type SimClaim,
} from '../../provider.ts';
import { readAllPages } from '../../read-all-pages.ts';
import { parseBody, readEach, readItem } from '../../wire.ts';
import { type HologramApi, hologramApi, TITLE } from './client.ts';
import { deviceInfo, deviceReading } from './device-reading.ts';
import { claimed, device, plan } from './schema.ts';
import { bulkFromRecords, usageFromRecords } from './usage-records.ts';

const DEVICES_PER_PAGE = 500;
const RECORDS_PER_PAGE = 1000;

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
  const org = accountId ?? undefined;
  const fromRecords = config.usageSource === 'usage-records';
  const devicesPerPage = config.pageSize ?? DEVICES_PER_PAGE;
  const recordsPerPage = config.pageSize ?? RECORDS_PER_PAGE;

  const getDevice = async (id: string) =>
    parseBody(device, await api.one(`/devices/${encodeURIComponent(id)}`), `${TITLE}'s answer on this device`);

  /** One listing tells usage, status and connection of all devices. Checkpoint: `startafter`. */
  const bulkFromDevices = async ({ window, checkpoint }: BulkRequest): Promise<BulkPage> => {
    const query = { orgid: org, limit: devicesPerPage, startafter: checkpoint ?? undefined };
    const { items, after } = await api.page('/devices', query);
    const readings = readEach(items, device, { title: TITLE, id: 'id' }, (found) => deviceReading(found, window));
    return { readings, next: after };
  };

  return {
    async getUsage(id, window) {
      const found = await getDevice(id);
      return fromRecords ? usageFromRecords(api, found, window, recordsPerPage) : deviceReading(found, window);
    },

    getDeviceInfo: async (id) => deviceInfo(await getDevice(id)),

    getBulkUsage: fromRecords ? bulkFromRecords(api, { org, devicesPerPage, recordsPerPage }) : bulkFromDevices,

    listPlans: () =>
      readAllPages<Plan, string | undefined>(undefined, async (startafter) => {
        const { items, after } = await api.page('/plans', { orgid: org, limit: DEVICES_PER_PAGE, startafter });
        return { items: items.flatMap(toPlan), next: after };
      }),

    async claimSim(claim) {
      const body = claimBody(claim, accountId);
      const answer = await api.write(`/links/cellular/sim_${claim.iccid}/claim`, { json: body });
      return readClaim(claim, answer, api);
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
function readClaim(claim: SimClaim, answer: unknown, api: HologramApi): ClaimedSim {
  const { success, error, data } = parseBody(claimed, answer, `${TITLE}'s answer to the claim`);
  if (!success) throw new PermanentError(api.refusal(error), 'rejected');
  const own = data?.find(({ sim }) => sim === claim.iccid) ?? data?.[0];
  if (own === undefined) {
    throw new UpstreamError(`${TITLE}'s answer to the claim names no device`, {
      problem: 'bad_body',
      outcomeUnknown: true,
    });
  }
  return { carrierDeviceId: own.device, iccid: claim.iccid };
}

function toPlan(item: unknown): Plan[] {
  const found = readItem(plan, item);
  if (!found.ok) return [];
  const { id, name, description, data } = found.value;
  return [{ id, name, ...(description ? { description } : {}), ...(data && data > 0 ? { dataBytes: data } : {}) }];
}

import { PermanentError, UpstreamError } from '../../../../model/failure.ts';
import { type Account, required } from '../../account.ts';
import { type CarrierApi, carrierApi, fixedHeaders } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import type { UsageWindow } from '../../cycle.ts';
import { megabytesToBytes } from '../../data-volume.ts';
import { carrierWords } from '../../failure-words.ts';
import { nextNumber } from '../../numbered-pages.ts';
import {
  type CarrierClient,
  type CarrierProvider,
  type ClaimedSim,
  ClaimIncomplete,
  type DeviceInfo,
  type DeviceReading,
  gapIn,
  type Plan,
  type SimClaim,
  simStatusFrom,
  statusFrom,
} from '../../provider.ts';
import { readAllPages } from '../../read-all-pages.ts';
import { parseBody, readEach, readItem } from '../../wire.ts';
import { one, page, registered, simCard, simGroup, type TelnyxSim, type TelnyxVolume } from './schema.ts';
import { NETWORK_WORDS, SIM_WORDS } from './status.ts';

const TITLE = 'Telnyx';
const SIMS_PER_PAGE = 250;
const BYTES_PER_MB = 1_000_000;

export const telnyx: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://api.telnyx.com/v2',
    credentials: [{ name: 'apiKey', title: 'API key' }],
    configSchema: configSchema('bytesPerMb', 'billingCycleDay', 'networkStatus'),
    rateLimit: { requestsPerMinute: 60 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: { charges: false },
    listPlans: true,
    dailyUsage: false,
    networkStatus: 'per-device',
  },
  open(account) {
    const key = required(account.credentials.apiKey);
    return telnyxClient(carrierApi(TITLE, account, fixedHeaders({ Authorization: `Bearer ${key}` }, [key])), account);
  },
};

function telnyxClient(api: CarrierApi, { config, credentials }: Account): CarrierClient {
  const pageSize = Math.min(config.pageSize ?? SIMS_PER_PAGE, SIMS_PER_PAGE);
  const bytesPerMb = config.bytesPerMb ?? BYTES_PER_MB;

  const list = async (path: string, number: number) => {
    const { body } = await api.get(path, { 'page[number]': number, 'page[size]': pageSize });
    const { data, meta } = parseBody(page, body, `${TITLE}'s list`);
    const total = meta?.total_pages ?? undefined;
    return { items: data, next: nextNumber({ page: number, pageSize, length: data.length, total }) };
  };

  const getSim = async (id: string): Promise<TelnyxSim> => {
    const { body } = await api.get(`/sim_cards/${encodeURIComponent(id)}`);
    const what = `${TITLE}'s answer on this SIM`;
    return parseBody(simCard, parseBody(one, body, what).data, what);
  };

  return {
    getUsage: async (id, window) => simReading(await getSim(id), window, bytesPerMb),
    getDeviceInfo: async (id) => simInfo(await getSim(id)),

    /** The list carries the counter and the status of every SIM. Checkpoint: the page's number. */
    async getBulkUsage({ window, checkpoint }) {
      const { items, next } = await list('/sim_cards', Number(checkpoint ?? 1));
      const readings = readEach(items, simCard, { title: TITLE, id: 'id' }, (found) =>
        simReading(found, window, bytesPerMb),
      );
      return { readings, next: next === null ? null : String(next), ...gapIn(items, next !== null, TITLE) };
    },

    /** SIM groups carry what a plan does elsewhere. */
    listPlans: () =>
      readAllPages<Plan, number>(1, async (number) => {
        const { items, next } = await list('/sim_card_groups', number);
        return { items: items.flatMap((item) => toPlan(item, bytesPerMb)), next };
      }),

    async claimSim(claim) {
      if (claim.registrationCode === undefined) {
        throw new ClaimIncomplete('registrationCode', `${TITLE} needs the registration code printed with the SIM`);
      }
      const group = claim.planId === undefined ? {} : { sim_card_group_id: claim.planId };
      const json = { registration_codes: [claim.registrationCode], ...group };
      return readClaim(claim, await api.write('/actions/register/sim_cards', { json }), required(credentials.apiKey));
    },

    async check() {
      await api.get('/sim_cards', { 'page[number]': 1, 'page[size]': 1 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

function simReading(found: TelnyxSim, window: UsageWindow, bytesPerMb: number): DeviceReading {
  const info = simInfo(found);
  const used = found.current_billing_period_consumed_data;
  const usedBytes = used ? toBytes(used, bytesPerMb) : null;
  if (usedBytes === undefined) {
    return { carrierDeviceId: found.id, info, problem: `${TITLE} tells usage in a unit that is not known` };
  }
  const limit = found.data_limit ? toBytes(found.data_limit, bytesPerMb) : undefined;
  const usage = {
    dataUsedBytes: usedBytes,
    // The SIM does not tell its cycle: calendar months, unless configured otherwise.
    billingCycleStart: window.cycle.start,
    billingCycleEnd: window.cycle.end,
    sessions: null,
    raw: used,
    ...(limit === undefined ? {} : { dataLimitBytes: limit }),
  };
  return { carrierDeviceId: found.id, info, usage };
}

function toBytes({ amount, unit }: TelnyxVolume, bytesPerMb: number): number | undefined {
  const thousand = bytesPerMb === BYTES_PER_MB ? 1000 : 1024;
  switch (unit.toUpperCase()) {
    case 'B':
      return megabytesToBytes(amount, 1);
    case 'KB':
      return megabytesToBytes(amount, thousand);
    case 'MB':
      return megabytesToBytes(amount, bytesPerMb);
    case 'GB':
      return megabytesToBytes(amount, bytesPerMb * thousand);
    default:
      return undefined;
  }
}

const simInfo = (found: TelnyxSim): DeviceInfo => ({
  carrierDeviceId: found.id,
  raw: found,
  ...(found.iccid === undefined ? {} : { iccid: found.iccid }),
  ...simStatusFrom(SIM_WORDS, found.status),
  ...(found.live_data_session ? { networkStatus: statusFrom(NETWORK_WORDS, found.live_data_session) } : {}),
});

function readClaim({ iccid }: SimClaim, answer: unknown, key: string): ClaimedSim {
  const { data, errors } = parseBody(registered, answer, `${TITLE}'s answer to the claim`);
  const [found] = (data ?? []).map((item) => parseBody(simCard, item, `${TITLE}'s answer to the claim`));
  if (found !== undefined) {
    const { simStatus } = simInfo(found);
    const known = simStatus === undefined || simStatus === 'unchanged' ? {} : { simStatus };
    return { carrierDeviceId: found.id, iccid: found.iccid ?? iccid, ...known };
  }
  if (errors?.length) {
    throw new PermanentError(`${TITLE} refused: ${carrierWords({ errors }, [key]) || 'no reason given'}`, 'rejected');
  }
  throw new UpstreamError(`${TITLE}'s answer to the claim names no SIM`, { problem: 'bad_body', outcomeUnknown: true });
}

function toPlan(item: unknown, bytesPerMb: number): Plan[] {
  const found = readItem(simGroup, item);
  if (!found.ok) return [];
  const { id, name, data_limit: limit } = found.value;
  const dataBytes = limit ? toBytes(limit, bytesPerMb) : undefined;
  return [{ id, name, ...(dataBytes ? { dataBytes } : {}) }];
}

import { UpstreamError } from '../../../../model/failure.ts';
import { type Account, required } from '../../account.ts';
import { type CarrierApi, carrierApi, fixedHeaders } from '../../carrier-api.ts';
import { configSchema } from '../../config.ts';
import { type Cycle, monthCycle, type UsageWindow } from '../../cycle.ts';
import { type BulkPage, type CarrierClient, type CarrierProvider, gapIn } from '../../provider.ts';
import { readAllPages } from '../../read-all-pages.ts';
import { type UsageRecord, type UsageSums, usageSums } from '../../usage-sums.ts';
import { parseBody, readEachInfo, readItem } from '../../wire.ts';
import { sim, simPage, usagePage, usageRecord } from './schema.ts';
import { simInfo } from './status.ts';

const TITLE = 'Onomondo';
const PAGE_SIZE = 1000;

export const onomondo: CarrierProvider = {
  description: {
    title: TITLE,
    defaultBaseUrl: 'https://api.onomondo.com',
    credentials: [{ name: 'apiKey', title: 'API key' }],
    configSchema: configSchema(),
    rateLimit: { requestsPerMinute: 600 },
  },
  capabilities: {
    bulkNeedsAccountId: false,
    claimSim: null,
    listPlans: false,
    dailyUsage: false,
    networkStatus: 'with-usage',
  },
  open(account) {
    // The key as it is, without "Bearer".
    const key = required(account.credentials.apiKey);
    return onomondoClient(carrierApi(TITLE, account, fixedHeaders({ Authorization: key }, [key])), account);
  },
};

function onomondoClient(api: CarrierApi, { config }: Account): CarrierClient {
  const limit = Math.min(config.pageSize ?? PAGE_SIZE, PAGE_SIZE);
  let kept: UsageSums | undefined;

  /** One page of the records of a calendar month. */
  const readUsage = async (path: string, month: Cycle, nextPage: string | undefined) => {
    const filter = `time:${new Date(month.start).toISOString().slice(0, 7)}`;
    const { body } = await api.get(path, { filter, limit, next_page: nextPage });
    const { usage, pagination } = parseBody(usagePage, body, `${TITLE}'s usage records`);
    const next = pagination?.has_more ? pagination.next_page : undefined;
    if (pagination?.has_more && !next) {
      throw new UpstreamError(`${TITLE} does not say where its list goes on`, { problem: 'bad_body' });
    }
    return { records: usage.flatMap(readRecord), next };
  };

  const readSims = async (offset: number, wanted: ReadonlySet<string>, sums: UsageSums, window: UsageWindow) => {
    const { body } = await api.get('/sims', { limit, offset });
    const { sims, total } = parseBody(simPage, body, `${TITLE}'s list of SIMs`);
    const readings = readEachInfo(sims, sim, { title: TITLE, id: 'id' }, simInfo);
    for (const { carrierDeviceId: id } of readings) {
      if (wanted.has(id)) sums.expect({ id, ...monthsOf(window) });
    }
    // An empty page before the end is stepped over, or it would be asked for again and again.
    const next = offset + (sims.length || limit);
    const more = typeof total === 'number' ? offset + sims.length < total : sims.length >= limit;
    return { readings, next: more ? `sims:${next}` : null, ...gapIn(sims, more, TITLE) };
  };

  return {
    async getUsage(id, window) {
      const { body } = await api.get(`/sims/${encodeURIComponent(id)}`);
      const info = simInfo(parseBody(sim, body, `${TITLE}'s answer on this SIM`));
      const sums = usageSums(null);
      const { cycle, previous } = monthsOf(window);
      sums.expect({ id, cycle, previous });
      for (const month of previous === null ? [cycle] : [previous, cycle]) {
        await readAllPages<never, string | undefined>(undefined, async (place) => {
          const { records, next } = await readUsage(`/usage/${encodeURIComponent(id)}`, month, place);
          sums.addPage(records);
          return { items: [], next: next ?? null };
        });
      }
      return { carrierDeviceId: id, ...sums.readings()[0], info };
    },

    async getDeviceInfo(id) {
      const { body } = await api.get(`/sims/${encodeURIComponent(id)}`);
      return simInfo(parseBody(sim, body, `${TITLE}'s answer on this SIM`));
    },

    /**
     * First the SIMs, then the records of the account: for two days after a rollover those of the month before, and those
     * of this month. Checkpoints: `sims:<offset>`, `previous|usage:<next page>`.
     */
    async getBulkUsage({ window, wanted, checkpoint, carried }): Promise<BulkPage> {
      if (checkpoint === null) kept = undefined;
      kept ??= usageSums(carried);
      const sums = kept;
      const carry = () => sums.carry();
      const [phase, place = ''] = (checkpoint ?? 'sims:0').split(/:(.*)/s);
      const { cycle, previous } = monthsOf(window);
      if (phase === 'sims') {
        const { next, ...page } = await readSims(Number(place), wanted, sums, window);
        return { ...page, carry, next: next ?? (previous === null ? 'usage:' : 'previous:') };
      }
      const month = phase === 'previous' && previous !== null ? previous : cycle;
      const { records, next } = await readUsage('/usage', month, place || undefined);
      sums.addPage(records);
      if (next !== undefined) return { readings: [], carry, next: `${phase}:${next}` };
      if (phase === 'previous') return { readings: [], carry, next: 'usage:' };
      return { readings: sums.readings(), next: null };
    },

    async check() {
      await api.get('/sims', { limit: 1, offset: 0 });
      return `Signed in to ${TITLE}: the account lists its SIMs.`;
    },
  };
}

/** Records are asked for by calendar month. */
function monthsOf({ now, previous }: UsageWindow): { readonly cycle: Cycle; readonly previous: Cycle | null } {
  const cycle = monthCycle(now, 1);
  return { cycle, previous: previous === null ? null : monthCycle(cycle.start - 1, 1) };
}

/** A record that names no SIM is nobody's. */
function readRecord(item: unknown): UsageRecord[] {
  const record = readItem(usageRecord, item);
  if (!record.ok) return [];
  const { sim_id, time, bytes } = record.value;
  return [{ device: [sim_id], at: time ?? undefined, bytes: bytes ?? undefined }];
}

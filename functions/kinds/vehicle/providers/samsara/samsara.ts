import { PermanentError } from '../../../../model/failure.ts';
import type { TestRun } from '../../../kind.ts';
import { NEW_CURSOR } from '../../cursor.ts';
import { SamsaraConfigSchema } from '../../schema.ts';
import { type Link, link } from '../link.ts';
import type { Batch, Channel, ReadRequest, Vehicle, VehicleProvider } from '../provider.ts';
import { badAnswer, isPlainName } from '../wire.ts';
import { parseFeedPage } from './answers.ts';

const DEFAULT_TYPES = ['gps', 'engineStates', 'obdOdometerMeters'] as const;
const FEED = '/fleet/vehicles/stats/feed';
/** After an empty page the feed asks to be left alone this long. */
const PAUSE_MS = 5_000;
const MOST_PAGES = 10_000;

/**
 * One vehicle of a Samsara organisation, by its stats feed. `accountId` is the vehicle's id: one integration is one vehicle,
 * so that each has its own cursor, history and health; the token's limit (150 calls a second) is shared by all that use it.
 * The feed's `endCursor` is the only thing that tells where reading stands: it is kept with the data that it covers, and
 * neither a failure nor an empty page ever drops it.
 */
export const samsara: VehicleProvider = {
  description: {
    title: 'Samsara',
    defaultBaseUrl: 'https://api.samsara.com',
    credentials: [{ name: 'token', title: 'API token' }],
    accountId: { title: 'Vehicle id', required: true },
    configSchema: SamsaraConfigSchema,
    // 150 a second: a burst would come on top of it.
    rateLimit: { requestsPerMinute: 9000 },
    validate: ({ accountId }) =>
      accountId === null || isPlainName(accountId)
        ? []
        : [{ path: 'accountId', message: 'is the id Samsara gave the vehicle' }],
  },

  connect(run) {
    const { baseUrl, accountId, config } = run.integration;
    const { token } = run.credentials;
    if (accountId === null) throw new PermanentError('error: the vehicle id is missing; set accountId', 'config');
    if (token === undefined || token === '') {
      throw new PermanentError('error: there is no API token; set one for this vehicle', 'auth');
    }
    const types = Array.isArray(config.types) ? config.types.map(String) : DEFAULT_TYPES;
    const connection = link(run, {
      base: baseUrl ?? 'https://api.samsara.com',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      secrets: [token],
      authStatuses: [401, 403],
    });
    return fedVehicle(connection, accountId, types, run);
  },

  async test(vehicle) {
    for await (const batch of vehicle.read(FIRST_PAGE)) {
      return { ok: true, detail: { channels: batch.series.map(({ channel }) => channel) } };
    }
    return { ok: false, detail: 'the feed has no page' };
  },
};

/** The latest values, without a cursor: what a connection test asks for. */
const FIRST_PAGE: ReadRequest = {
  cursor: NEW_CURSOR,
  from: 0,
  to: 0,
  position: null,
  channels: async () => undefined,
  outOfTime: () => false,
};

function fedVehicle({ get }: Link, vehicleId: string, types: readonly string[], { clock, signal }: TestRun): Vehicle {
  return {
    patienceMs: 0,
    // The feed is the only call there is; the vehicle was last heard of when it last measured.
    status: async () => ({ softwareVersion: null, dbOk: null, seenAt: null, details: {} }),
    describe,

    async *read({ cursor }): AsyncGenerator<Batch, void, undefined> {
      const wait = (cursor.pauseUntil ?? 0) - clock.now();
      if (wait > 0) await clock.sleep(Math.min(wait, PAUSE_MS), signal);
      let after = cursor.feed;
      for (let pages = 1; ; pages++) {
        const query = { types: types.join(','), vehicleIds: vehicleId, after: after ?? undefined };
        const page = parseFeedPage(await get(FEED, query), vehicleId, types, clock.now());
        const { series, newest, refused, endCursor, hasNextPage } = page;
        if (hasNextPage && endCursor === after)
          throw badAnswer('the feed says there is more but its cursor stands still');
        if (hasNextPage && pages >= MOST_PAGES) throw badAnswer(`the feed has not ended after ${MOST_PAGES} pages`);
        yield {
          series,
          newest,
          through: null,
          nulls: 0,
          refused,
          feed: endCursor,
          ...(!hasNextPage && { pauseUntil: clock.now() + PAUSE_MS }),
          position: 'feed',
          windowsLeft: hasNextPage ? 1 : 0,
          last: !hasNextPage,
        };
        after = endCursor;
      }
    },
  };
}

const DESCRIPTIONS: Readonly<Record<string, { name: string; unit: string | null }>> = {
  latitude: { name: 'Latitude', unit: '°' },
  longitude: { name: 'Longitude', unit: '°' },
  heading: { name: 'Heading', unit: '°' },
  speed: { name: 'Speed', unit: 'km/h' },
  engineStates: { name: 'Engine (0 off, 1 on, 2 idle)', unit: null },
  obdOdometerMeters: { name: 'Odometer', unit: 'm' },
};

function describe(channelId: string): Channel {
  const { name, unit } = DESCRIPTIONS[channelId] ?? { name: channelId, unit: null };
  return { channelId, name, unit, minValue: null, maxValue: null };
}

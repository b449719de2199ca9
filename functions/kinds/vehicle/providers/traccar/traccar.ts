import { PermanentError, UpstreamError } from '../../../../model/failure.ts';
import { SeriesBuilder } from '../../blocks/series.ts';
import { VehicleConfigSchema } from '../../schema.ts';
import { type Link, link } from '../link.ts';
import type { Batch, Channel, ReadRequest, Vehicle, VehicleProvider } from '../provider.ts';
import { isPlainName, NONE_REFUSED } from '../wire.ts';
import { type Device, hasPosition, parseDevice, parseEvents, parsePositions } from './answers.ts';

/** /positions has no pages, so the window is what bounds an answer. */
const LARGEST_WINDOW_MS = 24 * 3_600_000;
const SMALLEST_WINDOW_MS = 60_000;
/** A device that was out of reach tells its positions when it is back: as long as it may be silent without losing any. */
const PATIENCE_MS = 30 * 24 * 3_600_000;
/** How long a position is looked for that the device is said to have and that is in no answer. */
const AWAITED_MS = 24 * 3_600_000;

/** One device of a Traccar server. Channels are the position's fields and its attributes that are numbers or switches. */
export const traccar: VehicleProvider = {
  description: {
    title: 'Traccar',
    defaultBaseUrl: null,
    credentials: [
      { name: 'token', title: 'Access token', optional: true },
      { name: 'username', title: 'User (instead of a token)', optional: true },
      { name: 'password', title: 'Password', optional: true },
    ],
    accountId: { title: 'Device id', required: true },
    configSchema: VehicleConfigSchema,
    rateLimit: null,
    validate({ accountId, credentialNames }) {
      const problems: { path: string; message: string }[] = [];
      if (accountId !== null && !isPlainName(accountId)) {
        problems.push({ path: 'accountId', message: 'is the number Traccar gave the device' });
      }
      const given = (...names: string[]) => names.every((name) => credentialNames.some((one) => one === name));
      if (!given('token') && !given('username', 'password')) {
        problems.push({ path: 'credentials', message: 'need a token, or a user and a password' });
      }
      return problems;
    },
  },

  connect(run) {
    const { baseUrl, accountId } = run.integration;
    if (baseUrl === null)
      throw new PermanentError('error: the Traccar server has no address; set its base URL', 'config');
    if (accountId === null) throw new PermanentError('error: the device id is missing; set accountId', 'config');
    const { authorization, secrets } = authorizationOf(run.credentials);
    const base = baseUrl.replace(/\/+$/, '');
    const connection = link(run, {
      base: base.endsWith('/api') ? base : `${base}/api`,
      headers: { authorization, accept: 'application/json' },
      secrets,
      authStatuses: [401, 403],
    });
    return tracedVehicle(connection, accountId);
  },

  async test(vehicle) {
    const { details } = await vehicle.status();
    return { ok: true, detail: details };
  },
};

function authorizationOf({ token, username, password }: { token?: string; username?: string; password?: string }): {
  authorization: string;
  secrets: readonly string[];
} {
  if (token !== undefined && token !== '') return { authorization: `Bearer ${token}`, secrets: [token] };
  if (username === undefined || password === undefined) {
    throw new PermanentError('error: there is no access token; set one, or a user and a password', 'auth');
  }
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${basic}`, secrets: [password, basic] };
}

function tracedVehicle({ get }: Link, deviceId: string): Vehicle {
  let device: Device | undefined;
  return {
    patienceMs: PATIENCE_MS,

    async status() {
      device = parseDevice(await get('/devices', { id: deviceId }), deviceId);
      if (device === undefined) {
        throw new PermanentError(`error: Traccar knows no device ${deviceId}; check accountId`, 'config');
      }
      const { name, status, lastUpdate } = device;
      return { softwareVersion: null, dbOk: null, seenAt: lastUpdate, details: { device: name, deviceStatus: status } };
    },

    read: (request) => readPositions(get, deviceId, device?.positionId ?? null, request),

    async alarms(from, to) {
      const query = { deviceId, from: iso(from), to: iso(to), type: 'allEvents' };
      return parseEvents(await get('/reports/events', query), deviceId);
    },

    describe,
  };
}

const NOTHING = { series: [], newest: null, nulls: 0, refused: NONE_REFUSED };

interface Stand {
  readonly at: number;
  readonly step: number;
}

/**
 * Asks only when there is a position that was not found before. A window whose answer is too large, or takes too long, is cut
 * in four; those after it grow slowly, since each that is too long again costs the patience for a call.
 */
async function* readPositions(
  get: Link['get'],
  deviceId: string,
  positionId: string | null,
  { cursor, from, to, position, outOfTime }: ReadRequest,
): AsyncGenerator<Batch, void, undefined> {
  let stand = (position as Stand | null) ?? { at: from, step: LARGEST_WINDOW_MS };
  let mark = readMark(cursor.feed);
  const settled = mark.id === positionId && (mark.since === null || to - mark.since >= AWAITED_MS);
  if (stand.at >= to || (settled && position === null)) {
    yield { ...NOTHING, through: null, position: stand, windowsLeft: 0, last: true };
    return;
  }
  while (stand.at < to) {
    const { at, step } = stand;
    const end = Math.min(at + step, to);
    // A sign of life without a fix is a new position at the time of the last one, which is stored: it is there to be found.
    const start = at === from ? at - 1 : at;
    const asked = get('/positions', { deviceId, from: iso(start), to: iso(end) });
    const answer = await (end - at > SMALLEST_WINDOW_MS ? tooMuchAsUndefined(asked) : asked);
    if (answer === undefined) {
      stand = { at, step: Math.ceil((end - at) / 4) };
      if (outOfTime()) {
        yield { ...NOTHING, through: at, position: stand, windowsLeft: 1, last: false };
      }
      continue;
    }
    const builder = new SeriesBuilder();
    let newest: number | null = null;
    const { entries, refused } = parsePositions(answer, deviceId, start, end);
    for (const { time, values } of entries) {
      // Both ends are inclusive there; here the end belongs to the next window.
      if (time < at || time >= end) continue;
      newest = Math.max(newest ?? 0, time);
      for (const [channel, value] of values) builder.add(channel, time, value);
    }
    const last = end >= to;
    if (positionId !== null && hasPosition(answer, positionId, end)) mark = { id: positionId, since: null };
    else if (newest !== null && mark.since !== null) mark = { ...mark, since: to };
    if (last && positionId !== null && mark.id !== positionId) mark = { id: positionId, since: mark.since ?? to };
    stand = { at: end, step: Math.min(Math.ceil(step * 1.25), LARGEST_WINDOW_MS) };
    yield {
      series: builder.build(),
      newest,
      through: end,
      nulls: 0,
      refused,
      position: stand,
      windowsLeft: Math.ceil((to - end) / stand.step),
      last,
      ...writeMark(mark),
    };
  }
}

/**
 * The latest position that the device is said to have. `since` (epoch ms): it was in no answer. A clock that is ahead, or a
 * fix that came while the run went on, is found later; what is older than all that is asked for never is.
 */
interface Mark {
  readonly id: string | null;
  readonly since: number | null;
}

function readMark(feed: string | null): Mark {
  const [id = null, since = null] = feed?.split(' since ') ?? [];
  return { id, since: since === null ? null : Number(since) };
}

const writeMark = ({ id, since }: Mark): { feed?: string } =>
  id === null ? {} : { feed: since === null ? id : `${id} since ${since}` };

async function tooMuchAsUndefined(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UpstreamError && (error.problem === 'too_large' || error.problem === 'timeout'))
      return undefined;
    throw error;
  }
}

const UNITS: Readonly<Record<string, string>> = {
  latitude: '°',
  longitude: '°',
  altitude: 'm',
  course: '°',
  accuracy: 'm',
  speed: 'km/h',
  totalDistance: 'm',
  distance: 'm',
  odometer: 'm',
  batteryLevel: '%',
  battery: 'V',
  power: 'V',
  hours: 'ms',
};

function describe(channelId: string): Channel {
  return { channelId, name: channelId, unit: UNITS[channelId] ?? null, minValue: null, maxValue: null };
}

const iso = (time: number): string => new Date(time).toISOString();

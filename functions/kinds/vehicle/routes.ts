import * as z from 'zod';
import { ApiError, type Route, type RouteDeps, route } from '../route.ts';
import { RangeTooLarge, readMeasurements } from './blocks/read.ts';
import { parseCursor } from './cursor.ts';
import { readAlarms, readChannels, readState } from './records.ts';
import { type VehicleStore, vehicleStore } from './store.ts';

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'is not a time such as 2026-11-22T10:00:00.000Z')
  .transform((text) => Date.parse(text));
const isoTime = z.iso.datetime();
/** Vehicles that are asked themselves number their channels; services name them. */
const id = z.union([z.number().int(), z.string()]);

const DAY_MS = 24 * 3_600_000;
/** About 2 MB: a Lambda function cannot answer with more than 6. */
const MOST_ALARMS = 10_000;

const ChannelsResponse = z.array(
  z.object({
    channelId: id,
    name: z.string(),
    unit: z.string().nullable(),
    minValue: z.number().nullable(),
    maxValue: z.number().nullable(),
    syncedAt: isoTime,
  }),
);

const MeasurementsQuery = z.object({
  channel: z.string().min(1).max(64),
  from: time.optional().describe('inclusive; 24 hours before `to` by default'),
  to: time.optional().describe('exclusive; now by default'),
  maxPoints: z.coerce.number().int().min(1).max(10_000).default(1000),
});

const MeasurementsResponse = z.object({
  points: z.array(z.tuple([isoTime, z.number()])),
  truncated: z.boolean(),
});

const AlarmsQuery = z.object({
  from: time.optional().describe('triggered then or later'),
  to: time.optional().describe('triggered before'),
  unresolved: z.enum(['true', 'false']).optional().describe('true: only those that are not resolved'),
});

const AlarmsResponse = z.array(
  z.object({
    alarmId: id,
    channelId: id.nullable(),
    severity: z.string().nullable(),
    message: z.string(),
    triggeredAt: isoTime,
    resolvedAt: isoTime.nullable(),
  }),
);

const StateResponse = z.object({
  syncStatus: z.enum(['ok', 'timeout', 'error']).nullable(),
  lastSeenAt: isoTime.nullable(),
  softwareVersion: z.string().nullable(),
  dbOk: z.boolean().nullable(),
});

const ofVehicle = { from: 'path', kind: 'vehicle' } as const;

export const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/integrations/{id}/channels',
    summary: 'The channels of a vehicle',
    role: 'viewer',
    integration: ofVehicle,
    response: ChannelsResponse,
    async handle(_request, deps): Promise<z.input<typeof ChannelsResponse>> {
      const channels = await readChannels(storeOf(deps));
      const { channelsAt } = parseCursor(deps.integration.cursor);
      // Those of the last list were confirmed since, without being written again.
      const latest = Math.max(...channels.map(({ syncedAt }) => syncedAt));
      return channels.map(({ channelId, name, unit, minValue, maxValue, syncedAt }) => ({
        channelId: shownId(channelId),
        name,
        unit,
        minValue,
        maxValue,
        syncedAt: iso(syncedAt === latest ? Math.max(syncedAt, channelsAt ?? 0) : syncedAt),
      }));
    },
  }),
  route({
    method: 'GET',
    path: '/api/integrations/{id}/measurements',
    summary: 'Measurements of one channel, thinned by lowest and highest value when there are more than maxPoints',
    role: 'viewer',
    integration: ofVehicle,
    query: MeasurementsQuery,
    response: MeasurementsResponse,
    async handle({ query }, deps): Promise<z.input<typeof MeasurementsResponse>> {
      const now = deps.clock.now();
      const to = query.to ?? now;
      const from = query.from ?? to - DAY_MS;
      checkRange(from, to);
      const { channel, maxPoints } = query;
      try {
        const { points, truncated } = await readMeasurements({ channel, from, to, maxPoints, now }, storeOf(deps));
        return { points: points.times.map((at, i) => [iso(at), points.values[i] ?? 0]), truncated };
      } catch (error) {
        if (error instanceof RangeTooLarge) throw new ApiError(422, 'range_too_large', error.message);
        throw error;
      }
    },
  }),
  route({
    method: 'GET',
    path: '/api/integrations/{id}/alarms',
    summary: 'Alarms of a vehicle, latest first',
    role: 'viewer',
    integration: ofVehicle,
    query: AlarmsQuery,
    response: AlarmsResponse,
    async handle({ query }, deps): Promise<z.input<typeof AlarmsResponse>> {
      const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, unresolved } = query;
      checkRange(from, to);
      const stored = await readAlarms(deps.clock.now(), storeOf(deps));
      const alarms = stored
        .filter(({ triggeredAt }) => triggeredAt >= from && triggeredAt < to)
        .filter(({ resolvedAt }) => unresolved !== 'true' || resolvedAt === null);
      if (alarms.length > MOST_ALARMS) {
        throw new ApiError(422, 'range_too_large', 'there are too many alarms for one answer: ask for a shorter range');
      }
      return alarms.map(({ alarmId, channelId, severity, message, triggeredAt, resolvedAt }) => ({
        alarmId: shownId(alarmId),
        channelId: channelId === null ? null : shownId(channelId),
        severity,
        message,
        triggeredAt: iso(triggeredAt),
        resolvedAt: resolvedAt === null ? null : iso(resolvedAt),
      }));
    },
  }),
  route({
    method: 'GET',
    path: '/api/integrations/{id}/vehicle',
    summary: 'What is known of a vehicle itself',
    role: 'viewer',
    integration: ofVehicle,
    response: StateResponse,
    async handle(_request, deps): Promise<z.input<typeof StateResponse>> {
      const { lastSeenAt, ...state } = await readState(parseCursor(deps.integration.cursor), storeOf(deps));
      return { ...state, lastSeenAt: lastSeenAt === null ? null : iso(lastSeenAt) };
    },
  }),
];

function checkRange(from: number, to: number): void {
  if (from < to) return;
  throw new ApiError(400, 'invalid', 'from must be before to', [{ path: 'from', message: 'must be before to' }]);
}

const storeOf = ({ integration, data }: RouteDeps): VehicleStore =>
  vehicleStore({ tenantId: integration.tenantId, integrationId: integration.id }, data);

const iso = (at: number): string => new Date(at).toISOString();

/** A number where the vehicle said a number. */
function shownId(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : text;
}

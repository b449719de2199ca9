import type { Http } from './http.ts';
import type * as kind from './kind-types.ts';
import type * as t from './types.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** One function per call of the API that the console makes. All throw ApiFailure. */
export function createClient({ get, send }: Http) {
  const of = (id: string): string => `/api/integrations/${encodeURIComponent(id)}`;
  const device = (id: string, deviceId: string): string => `${of(id)}/devices/${encodeURIComponent(deviceId)}`;
  const letter = (id: string): string => `/api/dead-letters/${encodeURIComponent(id)}`;

  return {
    openApi: (signal?: AbortSignal) => get<unknown>('/api/openapi.json', signal),
    overview: (signal?: AbortSignal) => get<t.Overview>('/api/overview', signal),
    events: (query: Query, signal?: AbortSignal) => get<t.EventPage>(`/api/events${search(query)}`, signal),
    settings: (signal?: AbortSignal) => get<t.TenantSettings>('/api/settings', signal),
    changeSettings: (body: t.TenantSettingsChange) => send<t.SavedSettings>('PUT', '/api/settings', { body }),

    integrations: (query: Query, signal?: AbortSignal) =>
      get<t.IntegrationPage>(`/api/integrations${search(query)}`, signal),
    integration: (id: string, signal?: AbortSignal) => get<t.Integration>(of(id), signal),
    create: (body: t.NewIntegration, idempotencyKey: string) =>
      send<t.Integration>('POST', '/api/integrations', { body, headers: { 'idempotency-key': idempotencyKey } }),
    change: (id: string, body: t.IntegrationChange) => send<t.Integration>('PATCH', of(id), { body }),
    remove: (id: string) => send<undefined>('DELETE', of(id)),
    test: (id: string) => send<t.TestAnswer>('POST', `${of(id)}/test`),
    sync: (id: string) => send<{ readonly runId: string }>('POST', `${of(id)}/sync`),
    changeSync: (id: string, body: t.SyncSettings) => send<t.Integration>('PATCH', `${of(id)}/sync-settings`, { body }),
    history: (id: string, query: Query, signal?: AbortSignal) =>
      get<t.HistoryPage>(`${of(id)}/sync-history${search(query)}`, signal),

    deadLetters: (query: Query, signal?: AbortSignal) =>
      get<t.DeadLetterPage>(`/api/dead-letters${search(query)}`, signal),
    redrive: (id: string, correction?: unknown) =>
      send<{ readonly runId: string | null }>('POST', `${letter(id)}/redrive`, {
        body: correction === undefined ? {} : { correction },
      }),
    redriveMany: (ids: readonly string[], dryRun: boolean) =>
      send<t.RedriveReport>('POST', '/api/dead-letters/redrive', { body: { ids, dryRun } }),
    /** The newest hundred of a kind, or of those before the cursor. */
    redriveKind: (kind: t.KindName, dryRun: boolean, cursor?: string) =>
      send<t.RedriveReport>('POST', '/api/dead-letters/redrive', { body: { kind, dryRun, cursor } }),
    removeDeadLetter: (id: string) => send<undefined>('DELETE', letter(id)),

    devices: (id: string, query: Query, signal?: AbortSignal) =>
      get<kind.DevicePage>(`${of(id)}/devices${search(query)}`, signal),
    linkDevice: (id: string, deviceId: string, body: kind.DeviceLink) =>
      send<kind.Device>('PUT', device(id, deviceId), { body }),
    unlinkDevice: (id: string, deviceId: string) => send<undefined>('DELETE', device(id, deviceId)),
    deviceUsage: (id: string, deviceId: string, query: Query, signal?: AbortSignal) =>
      get<kind.DeviceUsage>(`${device(id, deviceId)}/usage${search(query)}`, signal),
    plans: (id: string, signal?: AbortSignal) =>
      get<{ readonly plans: readonly kind.Plan[] }>(`${of(id)}/plans`, signal),
    /** Without a key the claim is the SIM's own. */
    claimSim: (id: string, body: kind.SimClaim, idempotencyKey?: string) =>
      send<kind.ClaimedSim>('POST', `${of(id)}/claim-sim`, {
        body,
        ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
      }),

    vehicle: (id: string, signal?: AbortSignal) => get<kind.VehicleState>(`${of(id)}/vehicle`, signal),
    channels: (id: string, signal?: AbortSignal) => get<readonly kind.Channel[]>(`${of(id)}/channels`, signal),
    measurements: (id: string, query: Query, signal?: AbortSignal) =>
      get<kind.Measurements>(`${of(id)}/measurements${search(query)}`, signal),
    alarms: (id: string, query: Query, signal?: AbortSignal) =>
      get<readonly kind.Alarm[]>(`${of(id)}/alarms${search(query)}`, signal),

    records: (id: string, query: Query, signal?: AbortSignal) =>
      get<kind.RecordPage>(`${of(id)}/records${search(query)}`, signal),

    bufferStatus: (integrationId: string, signal?: AbortSignal) =>
      get<kind.BufferStatus>(`/v1/kkt/buffer/status${search({ integrationId })}`, signal),
    workerStatus: (integrationId: string, signal?: AbortSignal) =>
      get<kind.WorkerStatus>(`/v1/kkt/worker/status${search({ integrationId })}`, signal),
    syncBuffer: (integrationId: string) =>
      send<kind.BatchReport>('POST', `/v1/kkt/buffer/sync${search({ integrationId })}`),
    receipts: (integrationId: string, query: Query, signal?: AbortSignal) =>
      get<kind.ReceiptPage>(`/v1/kkt/receipts${search({ integrationId, ...query })}`, signal),
  } as const;
}

export type Client = ReturnType<typeof createClient>;

/** `?a=1&b=2`; what is undefined or empty is left out. */
function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

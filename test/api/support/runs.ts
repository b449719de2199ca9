import type { EndStatus, Integration } from '../../../functions/model/integration.ts';
import type { SyncMessage } from '../../../functions/model/message.ts';
import { type Held, startRun } from '../../../functions/store/claim.ts';
import { historyId, putHistory } from '../../../functions/store/history.ts';
import { endRun } from '../../../functions/store/run-end.ts';
import type { TestApi } from './test-api.ts';

export interface Started {
  readonly integration: Integration;
  readonly held: Held;
  readonly message: SyncMessage;
}

/** Starts a run as a worker does: by the integration's next slot, or by hand with a run id. */
export async function start(api: TestApi, tenant: string, id: unknown, runId?: string): Promise<Started> {
  const integration = await api.stored(tenant, id);
  if (integration === undefined) throw new Error(`there is no integration ${id}`);
  const message: SyncMessage = {
    v: 1,
    tenantId: integration.tenantId,
    integrationId: integration.id,
    kind: integration.kind,
    slot: api.clock.now(),
    trigger: runId === undefined ? 'schedule' : 'manual',
    scheduleVersion: integration.scheduleVersion,
    ...(runId !== undefined && { runId }),
  };
  const claim = { owner: `worker-${integration.runCounter + 1}`, leaseMs: 45_000 };
  const result = await startRun(message, claim, api.db);
  if (result.state === 'refused') throw new Error(`the run was refused: ${result.why}`);
  return { integration: result.integration, held: result.held, message };
}

/** Ends it as a worker does: the integration first, its history after. `crash`: between the two. */
export async function end(
  api: TestApi,
  { integration, held, message }: Started,
  status: EndStatus = 'SUCCESS',
  { crash = false }: { readonly crash?: boolean } = {},
): Promise<void> {
  const completedAt = api.clock.now();
  const failed = status === 'FAILED';
  const lastRun = {
    run: held.token,
    status,
    trigger: message.trigger,
    slot: message.slot,
    startedAt: integration.lease?.startedAt ?? completedAt,
    completedAt,
    recordsCount: failed ? 0 : 3,
  };
  const { state } = await endRun(
    { ...held, integration, manual: message.runId !== undefined },
    {
      lastRun,
      status: failed ? 'error' : 'success',
      lastSyncError: failed ? 'HTTP 500 from api.hosted.example' : null,
      notice: null,
      dropCheckpoint: true,
      slotEnded: true,
      recent: integration.recent + status.charAt(0),
      ...(!failed && { lastSyncAt: completedAt }),
    },
    api.db,
  );
  if (state !== 'ended') throw new Error('the run was not ended');
  if (crash) return;
  const { slot: scheduledFor, ...rest } = lastRun;
  await putHistory(
    integration.tenantId,
    integration.id,
    {
      ...rest,
      id: message.runId ?? historyId(integration.id, held.token),
      scheduledFor,
      errorMessage: failed ? 'HTTP 500 from api.hosted.example' : null,
      details: failed ? {} : { devices: 3 },
    },
    api.db,
  );
}

/** A whole run, 1 s long. */
export async function run(api: TestApi, tenant: string, id: unknown, status: EndStatus = 'SUCCESS'): Promise<void> {
  const started = await start(api, tenant, id);
  await api.clock.advance(1_000);
  await end(api, started, status);
}

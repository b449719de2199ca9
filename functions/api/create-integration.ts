import { ApiError, type BadField } from '../kinds/route.ts';
import { asIntegrationId, type IntegrationId, type TenantId } from '../model/ids.ts';
import { conditionFailed } from '../store/database.ts';
import { claimIdempotencyKey, type IdempotentRequest, keepAnswer } from '../store/idempotency.ts';
import { createIntegration, getIntegration } from '../store/integrations.ts';
import type { ApiDeps } from './api-route.ts';
import { checkDraft, isRecord } from './check-draft.ts';
import { enqueue } from './enqueue.ts';
import type { CreateBody } from './integration-body.ts';
import { type IntegrationView, viewIntegration } from './integration-view.ts';
import { invalid } from './invalid.ts';

type Deps = Pick<ApiDeps, 'db' | 'queues' | 'clock' | 'ids' | 'kinds' | 'vault' | 'log'>;

export async function checkCreate(body: unknown, deps: Pick<ApiDeps, 'kinds' | 'addresses'>): Promise<BadField[]> {
  if (!isRecord(body)) return [];
  const { kind, provider, baseUrl, accountId, config, credentials } = body;
  const credentialNames = isRecord(credentials) ? Object.keys(credentials) : [];
  return checkDraft({ kind, provider, baseUrl, accountId, config, credentialNames }, deps);
}

/** Stores a new integration and sends its first run on its way. With a key, a repeat is answered as the first was. */
export async function create(
  tenantId: TenantId,
  body: CreateBody,
  idempotencyKey: string | undefined,
  deps: Deps,
): Promise<IntegrationView> {
  const id = deps.ids.next();
  if (idempotencyKey === undefined) return store(tenantId, asIntegrationId(id), body, deps);
  const key = idempotencyKey.trim();
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw invalid([{ path: 'Idempotency-Key', message: 'is not 1 to 255 printable ASCII characters' }]);
  }
  const request: IdempotentRequest = { scope: 'POST /api/integrations', key, body };
  const claim = await claimIdempotencyKey(tenantId, request, id, deps.db);
  if (claim.state === 'other-body') {
    const message = 'This Idempotency-Key was used with another body. Use a new key for a new integration.';
    throw new ApiError(409, 'idempotency_conflict', message);
  }
  if (claim.answer !== undefined) {
    if ((await getIntegration(tenantId, asIntegrationId(claim.resourceId), deps.db)) === undefined) {
      const message = 'The integration this Idempotency-Key created was deleted since. Use a new key for a new one.';
      throw new ApiError(409, 'conflict', message);
    }
    return JSON.parse(String(claim.answer));
  }
  const view = await store(tenantId, asIntegrationId(claim.resourceId), body, deps);
  // As text: a database keeps no order of names, and a repeat is answered to the letter.
  await keepAnswer(tenantId, request, JSON.stringify(view), deps.db);
  return view;
}

async function store(tenantId: TenantId, id: IntegrationId, body: CreateBody, deps: Deps): Promise<IntegrationView> {
  const { credentials = {}, syncInterval = deps.kinds[body.kind]?.defaultSyncInterval ?? null } = body;
  const draft = {
    tenantId,
    id,
    name: body.name,
    kind: body.kind,
    provider: body.provider,
    baseUrl: body.baseUrl ?? null,
    accountId: body.accountId ?? null,
    config: body.config ?? {},
    syncInterval,
    syncEnabled: body.syncEnabled ?? true,
    credentials: Object.keys(credentials).length > 0 ? await deps.vault.seal(tenantId, id, credentials) : null,
  };
  try {
    const { integration, send } = await createIntegration(draft, deps.db);
    await enqueue(integration, send, deps);
    return viewIntegration(integration, deps.clock.now());
  } catch (error) {
    // Under one Idempotency-Key every request has the same id: an earlier one, or one at the same time, has created it.
    const existing = conditionFailed(error) ? await getIntegration(tenantId, id, deps.db) : undefined;
    if (existing === undefined) throw error;
    return viewIntegration(existing, deps.clock.now());
  }
}

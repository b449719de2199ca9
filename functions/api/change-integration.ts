import { ApiError, type BadField } from '../kinds/route.ts';
import type { Credentials } from '../model/credentials.ts';
import { PermanentError } from '../model/failure.ts';
import type { Integration, SealedCredentials } from '../model/integration.ts';
import { type IntegrationChange, updateIntegration } from '../store/integrations.ts';
import type { ApiDeps } from './api-route.ts';
import { checkDraft, isRecord, originsOf, type RawDraft } from './check-draft.ts';
import { enqueue } from './enqueue.ts';
import { noSuchIntegration } from './find-integration.ts';
import type { PatchBody } from './integration-body.ts';
import { type IntegrationView, viewIntegration } from './integration-view.ts';

type Deps = Pick<ApiDeps, 'db' | 'queues' | 'clock' | 'vault' | 'log'>;

/** Checked against what it would become. A change of name or schedule alone is not held up by old settings. */
export async function checkPatch(
  body: unknown,
  integration: Integration,
  deps: Pick<ApiDeps, 'kinds' | 'addresses' | 'vault'>,
): Promise<BadField[]> {
  if (!isRecord(body)) return [];
  if (!['baseUrl', 'accountId', 'config', 'credentials'].some((name) => body[name] !== undefined)) return [];
  const { kind, provider } = integration;
  const { baseUrl = integration.baseUrl, accountId = integration.accountId, config = integration.config } = body;
  const merged = await mergeCredentials(integration, body.credentials, deps);
  const draft = { kind, provider, baseUrl, accountId, config, credentialNames: Object.keys(merged) };
  const bad = checkDraft(draft, deps);
  return bad.length > 0 ? bad : checkDestination(draft, body.credentials, integration, deps);
}

/**
 * Credentials are never read back: whoever may change the address does not get them sent to one of his own. At a new origin
 * those that are kept have to be given again; another path of the same origin, and what moves within the deployer's own
 * networks, gets what it got before.
 */
async function checkDestination(
  draft: RawDraft,
  changes: unknown,
  integration: Integration,
  deps: Pick<ApiDeps, 'kinds' | 'addresses' | 'vault'>,
): Promise<BadField[]> {
  if (integration.credentials === null) return [];
  const known = originsOf({ ...integration, credentialNames: [] }, deps);
  const isTrusted = (origin: string): boolean => known.has(origin) || deps.addresses.isOwnNetwork(origin);
  if ([...originsOf(draft, deps)].every(isTrusted)) return [];
  const given = isRecord(changes) ? changes : {};
  return Object.keys(await mergeCredentials(integration, changes, deps))
    .filter((name) => given[name] === undefined)
    .map((name) => ({ path: `credentials.${name}`, message: 'give it again: it would be sent to a new address' }));
}

export async function change(integration: Integration, body: PatchBody, deps: Deps): Promise<IntegrationView> {
  const { version, kind: _, provider: __, credentials: named = {}, ...rest } = body;
  const credentials = Object.keys(named).length > 0 ? named : undefined;
  const changes: IntegrationChange = {
    ...rest,
    ...(credentials !== undefined && { credentials: await sealMerged(integration, credentials, deps) }),
  };
  // Credentials are merged with those that were read: what was changed meanwhile must not come back.
  return apply(integration, changes, version ?? (credentials === undefined ? undefined : integration.version), deps);
}

/** Stores the changes and enqueues what the new schedule asks for; 409 when `version` is not the present one. */
export async function apply(
  integration: Integration,
  changes: IntegrationChange,
  version: number | undefined,
  deps: Pick<Deps, 'db' | 'queues' | 'clock' | 'log'>,
): Promise<IntegrationView> {
  if (Object.values(changes).every((value) => value === undefined)) {
    if (version !== undefined && version !== integration.version) throw conflict(integration.version);
    return viewIntegration(integration, deps.clock.now());
  }
  const result = await updateIntegration(integration.tenantId, integration.id, changes, version, deps.db);
  if (result.state === 'missing') throw noSuchIntegration();
  if (result.state === 'conflict') throw conflict(result.integration.version);
  await enqueue(result.integration, result.send, deps);
  return viewIntegration(result.integration, deps.clock.now());
}

function conflict(version: number): ApiError {
  const message = `Somebody changed the integration meanwhile: it is at version ${version}. Load it again and repeat the change.`;
  return new ApiError(409, 'version_conflict', message, { version });
}

async function sealMerged(
  integration: Integration,
  changes: unknown,
  deps: Pick<ApiDeps, 'vault'>,
): Promise<SealedCredentials | null> {
  const merged = await mergeCredentials(integration, changes, deps);
  return Object.keys(merged).length > 0 ? deps.vault.seal(integration.tenantId, integration.id, merged) : null;
}

/** The named ones replaced, null removes. */
async function mergeCredentials(
  { tenantId, id, credentials }: Integration,
  changes: unknown,
  { vault }: Pick<ApiDeps, 'vault'>,
): Promise<Credentials> {
  const present =
    credentials === null
      ? {}
      : await vault.open(tenantId, id, credentials).catch((error: unknown) => {
          // They can no longer be opened and must be set again: that is what is happening here.
          if (error instanceof PermanentError && isRecord(changes)) return {};
          throw error;
        });
  if (!isRecord(changes)) return present;
  return Object.fromEntries(Object.entries({ ...present, ...changes }).filter(([, value]) => value !== null));
}

import { ApiError } from '../kinds/route.ts';
import type { TenantId } from '../model/ids.ts';
import { type Subscription, SubscriptionRefused } from '../platform/subscriptions.ts';
import {
  changeSettings,
  forgetLeft,
  readSettings,
  type SettingsChanges,
  type TenantSettings,
} from '../store/settings.ts';
import type { ApiDeps } from './api-route.ts';

type Deps = Pick<ApiDeps, 'db' | 'subscriptions' | 'log'>;

/** As many may change the address at once, and the last of them is heard. */
const MAX_ATTEMPTS = 5;

/** Of addresses that were replaced and cannot be taken back yet: each holds one of the topic's 200 places, which are everybody's. */
const MAX_LEFT = 5;

/**
 * Stores the changes; who is written to follows the address.
 *
 * Subscribed first, stored after: a crash in between leaves a mail that somebody has to confirm before more comes (else it
 * runs out by itself), the old address as it was, and a caller without an answer, whose repeat finds the same subscription.
 * The other order would show an address that nothing is ever sent to. The subscription that is left is noted by the very
 * write that replaces it and ended after that: what a crash or SNS keeps alive is tried again with the next change.
 */
export async function changeWithEmail(
  tenantId: TenantId,
  { notificationEmail: email, ...changes }: SettingsChanges,
  deps: Deps,
): Promise<{ readonly settings: TenantSettings; readonly notice: string | undefined }> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const seen = await readSettings(tenantId, deps.db);
    const same = email === undefined || (email === seen.notificationEmail && (email === null || seen.subscription));
    if (!same && email !== null && seen.leftSubscriptions.length >= MAX_LEFT) {
      await endLeft(tenantId, seen, deps);
      if ((await readSettings(tenantId, deps.db)).leftSubscriptions.length >= MAX_LEFT) throw tooMany();
      continue;
    }
    const subscription = same || email === null ? undefined : await subscribe(tenantId, email, deps);
    const settings = same
      ? await changeSettings(tenantId, changes, deps.db)
      : await changeSettings(
          tenantId,
          { ...changes, notificationEmail: email, subscription: subscription?.id ?? null },
          deps.db,
          seen,
        );
    if (settings === undefined) continue;
    await endLeft(tenantId, settings, deps);
    return { settings, notice: subscription?.notice };
  }
  throw new ApiError(409, 'conflict', 'Somebody else changes the address at this moment. Look at it and try again.');
}

const tooMany = (): ApiError =>
  new ApiError(
    429,
    'too_many_addresses',
    `${MAX_LEFT} addresses before this one were replaced without having confirmed. They run out within three days; until then no other can be set.`,
  );

async function subscribe(tenantId: TenantId, email: string, { subscriptions }: Deps): Promise<Subscription> {
  try {
    return await subscriptions.subscribe(tenantId, email);
  } catch (error) {
    if (!(error instanceof SubscriptionRefused)) throw error;
    throw new ApiError(422, 'not_subscribed', error.message, [{ path: 'notificationEmail', message: error.message }]);
  }
}

/** Never fails the request: the change is stored. One that is not confirmed yet can't be ended and runs out by itself. */
async function endLeft(tenantId: TenantId, settings: TenantSettings, { db, subscriptions, log }: Deps): Promise<void> {
  const ended: string[] = [];
  for (const id of settings.leftSubscriptions) {
    try {
      await subscriptions.unsubscribe(id);
      ended.push(id);
    } catch (error) {
      log.warn('an address that was replaced could not be unsubscribed; tried again with the next change', {
        tenantId,
        error,
      });
    }
  }
  if (ended.length === 0) return;
  try {
    await forgetLeft(tenantId, ended, settings, db);
  } catch (error) {
    log.warn('a subscription that has ended is still noted; it is ended once more with the next change', {
      tenantId,
      error,
    });
  }
}

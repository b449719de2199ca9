import type { Subscriptions } from '../../../functions/platform/subscriptions.ts';

/** As SNS: one subscription for an address, which can't be ended before it is confirmed. */
export function fakeSubscriptions() {
  const alive = new Set<string>();
  const pending = new Set<string>();
  let asked = 0;
  const fake = {
    /** Of subscriptions, which are named by tenant and address. */
    alive,
    pending,
    asked: () => asked,
    async subscribe(tenantId, email) {
      asked += 1;
      const id = `arn:${tenantId}:${email}`;
      alive.add(id);
      return { id, notice: `${email} has to confirm` };
    },
    async unsubscribe(id) {
      if (pending.has(id)) throw new Error('pending confirmation');
      alive.delete(id);
    },
  } satisfies Subscriptions & Record<string, unknown>;
  return fake;
}

import type { Log } from '../functions/platform/log.ts';
import type { Runtime } from '../functions/runtime/runtime.ts';
import type { Database } from '../functions/store/database.ts';
import { readSettings } from '../functions/store/settings.ts';

/** In place of SNS. What happened the notifier logs itself; here it says who would get a mail about it. */
export function printedMail(db: Database, log: Log): Pick<Runtime, 'publish' | 'subscriptions'> {
  return {
    async publish({ tenantId, message }) {
      const { notificationEmail } = await readSettings(tenantId, db);
      if (notificationEmail !== null) log.info(`to ${notificationEmail}: ${message}`);
    },
    subscriptions: {
      subscribe: async (tenantId, email) => ({
        id: `local:${tenantId}:${email}`,
        notice: `Local mode sends no mail: what ${email} would get is printed where it runs.`,
      }),
      unsubscribe: async () => undefined,
    },
  };
}

import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import type { KindName } from '../model/kind-name.ts';
import type { Log } from './log.ts';
import { addressTag } from './subscriptions.ts';

export interface Notice {
  readonly tenantId: TenantId;
  readonly integrationId: IntegrationId | null;
  readonly kind: KindName;
  readonly type: NoticeType;
  readonly severity: 'info' | 'warning' | 'critical';
  /** A sentence for a person: which integration, what happened, what to do. No secrets. */
  readonly message: string;
  /** They have been told that it keeps failing, or it has run again since: it is listed, and nobody is written to. */
  readonly known?: boolean;
  /** Given by callers that may come twice (see `idFor`): what was told before is not told again. */
  readonly id?: string;
}

export type NoticeType = 'failing' | 'disabled' | 'recovered' | 'dead_lettered' | 'breaker_opened' | 'breaker_closed';

/** Tells people. Never throws: what happened to a run must not depend on whether a mail could be sent. */
export interface Notifier {
  /** False: it is listed, but could not be sent out. One with an id is then sent when it comes again. */
  notify(notice: Notice): Promise<boolean>;
}

export interface NotifierDeps {
  /** Whether the tenant's list of events has it. */
  readonly wasTold: (notice: Notice & { readonly id: string }) => Promise<boolean>;
  /** Adds to the tenant's list of events; `unsent` does not count as told. */
  readonly addEvent: (notice: Notice & { readonly unsent: boolean }) => Promise<void>;
  /** Sends it out: SNS on AWS, a printed line locally. */
  readonly publish: (notice: Notice) => Promise<void>;
  readonly log: Log;
}

export function createNotifier({ wasTold, addEvent, publish, log }: NotifierDeps): Notifier {
  return {
    async notify(notice) {
      const { id, tenantId, integrationId, kind, type, severity, message, known = false } = notice;
      const facts = { tenantId, integrationId, kind, type, severity };
      /** The log line still carries it to whoever watches the logs; the alarms on failures and dead letters stand by themselves. */
      const attempt = async <T>(work: Promise<T>): Promise<{ readonly done: T } | undefined> =>
        work.then(
          (done) => ({ done }),
          (error: unknown) => void log.error(`could not notify: ${message}`, { ...facts, error }),
        );

      if (id !== undefined && (await attempt(wasTold({ ...notice, id })))?.done) return true;
      // Sent first and noted after: a crash between the two tells people twice, the other order would tell them never.
      const unsent = !known && (await attempt(publish(notice))) === undefined;
      await attempt(addEvent({ ...notice, unsent }));
      const say = severity === 'info' ? log.info : log.warn;
      say(message, facts);
      return !unsent;
    },
  };
}

/** Subscribers filter by attribute: tenant, kind, severity, type; a tenant's own address by `address`. */
export function snsPublisher(
  client: SNSClient,
  topicArn: string,
  addressOf: (tenantId: TenantId) => Promise<string | null>,
): NotifierDeps['publish'] {
  return async ({ tenantId, integrationId, kind, type, severity, message }) => {
    const address = await addressOf(tenantId);
    const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: `Driftless: ${type.replace('_', ' ')} (${kind})`,
        Message: `${message}\n\ntenant ${tenantId}, integration ${integrationId ?? 'none'}`,
        MessageAttributes: {
          tenant: attribute(tenantId),
          kind: attribute(kind),
          severity: attribute(severity),
          type: attribute(type),
          ...(address !== null && { address: attribute(addressTag(address)) }),
        },
      }),
    );
  };
}

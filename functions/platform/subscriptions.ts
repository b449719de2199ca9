import { createHash } from 'node:crypto';
import { type SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import type { TenantId } from '../model/ids.ts';

/** Who is written to about a tenant's integrations. */
export interface Subscriptions {
  /** Doing it again answers the same subscription. Throws SubscriptionRefused with words for a person. */
  subscribe(tenantId: TenantId, email: string): Promise<Subscription>;
  /** Nothing happens where it is gone already. Throws while the address has not confirmed: it can't be taken back then. */
  unsubscribe(id: string): Promise<void>;
}

export interface Subscription {
  readonly id: string;
  /** What its owner has to know: a sentence for a person. */
  readonly notice: string;
}

export class SubscriptionRefused extends Error {
  override readonly name = 'SubscriptionRefused';
}

/**
 * By a mail of SNS that has to be confirmed. Every notice carries its tenant and the address the tenant has set by then (see
 * `snsPublisher`): an address that was replaced before it confirmed can't be taken back, and gets nothing when it confirms late.
 */
export function snsSubscriptions(client: SNSClient, topicArn: string): Subscriptions {
  return {
    async subscribe(tenantId, email) {
      const command = new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'email',
        Endpoint: email,
        ReturnSubscriptionArn: true,
        Attributes: { FilterPolicy: JSON.stringify({ tenant: [tenantId], address: [addressTag(email)] }) },
      });
      const { SubscriptionArn: id = '' } = await client.send(command).catch((error: unknown) => {
        throw refusalOf(error) ?? error;
      });
      return {
        id,
        notice: `${email} gets a mail with a link to confirm (from AWS Notifications), and nothing else until it is followed.`,
      };
    },
    async unsubscribe(id) {
      await client.send(new UnsubscribeCommand({ SubscriptionArn: id })).catch((error: unknown) => {
        if (!isNamed(error, 'NotFound')) throw error;
      });
    },
  };
}

/** Tells addresses apart in filters and attributes without naming them. */
export const addressTag = (email: string): string =>
  createHash('sha256').update(email).digest('base64url').slice(0, 22);

function refusalOf(error: unknown): SubscriptionRefused | undefined {
  if (isNamed(error, 'FilterPolicyLimitExceeded') || isNamed(error, 'SubscriptionLimitExceeded')) {
    return new SubscriptionRefused(
      'This deployment writes to as many addresses as SNS allows. Ask its operators to raise the limit of subscriptions.',
    );
  }
  if (!isNamed(error, 'InvalidParameter')) return undefined;
  // SNS has one subscription for an address, with one filter.
  return String((error as Error).message).includes('already exists')
    ? new SubscriptionRefused('This address is in use in this deployment already. Give another, such as name+sync@….')
    : new SubscriptionRefused('SNS does not take this address. Give another.');
}

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && (error.name === name || error.name === `${name}Exception`);

import { PublishCommand, SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import { type Notice, snsPublisher } from '../../functions/platform/notifier.ts';
import { SubscriptionRefused, snsSubscriptions } from '../../functions/platform/subscriptions.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:notices';
const sns = mockClient(SNSClient);
afterEach(() => sns.reset());
const client = new SNSClient({ region: 'us-east-1' });
const subscriptions = snsSubscriptions(client, TOPIC);
const subscribe = (email = 'a@example.com') => subscriptions.subscribe(asTenantId('acme'), email);

/** The filter an address was subscribed with. */
function filterOf(email: string): Readonly<Record<string, readonly string[]>> {
  const inputs = sns.commandCalls(SubscribeCommand).map(({ args }) => args[0].input);
  return JSON.parse(inputs.find(({ Endpoint }) => Endpoint === email)?.Attributes?.FilterPolicy ?? '{}');
}

/** Whether SNS lets the last notice through to it: each attribute of the filter has one of the values. */
function gets(email: string): boolean {
  const { MessageAttributes = {} } = sns.commandCalls(PublishCommand).at(-1)?.args[0].input ?? {};
  return Object.entries(filterOf(email)).every(([name, values]) =>
    values.includes(MessageAttributes[name]?.StringValue ?? ''),
  );
}

const notice: Notice = {
  tenantId: asTenantId('acme'),
  integrationId: null,
  kind: 'source',
  type: 'failing',
  severity: 'warning',
  message: 'it fails',
};
const failure = (name: string, message = ''): Error => Object.assign(new Error(message), { name });

describe('an address at SNS', () => {
  it('gets the notices of its tenant only, once it has confirmed', async () => {
    sns.on(SubscribeCommand).resolves({ SubscriptionArn: `${TOPIC}:1` });
    expect(await subscribe()).toEqual({ id: `${TOPIC}:1`, notice: expect.stringMatching(/a@example.com .*confirm/) });
    expect(sns.commandCalls(SubscribeCommand)[0]?.args[0].input).toEqual({
      TopicArn: TOPIC,
      Protocol: 'email',
      Endpoint: 'a@example.com',
      ReturnSubscriptionArn: true,
      Attributes: { FilterPolicy: expect.any(String) },
    });
    expect(filterOf('a@example.com')).toEqual({ tenant: ['acme'], address: [expect.any(String)] });
  });

  it('that was replaced gets nothing any more, though it could not be taken back and confirms late', async () => {
    sns.on(SubscribeCommand).resolves({ SubscriptionArn: `${TOPIC}:1` });
    sns.on(PublishCommand).resolves({});
    let address: string | null = 'a@example.com';
    const publish = snsPublisher(client, TOPIC, async () => address);
    await subscribe('a@example.com');
    await subscribe('b@example.com');

    await publish(notice);
    expect([gets('a@example.com'), gets('b@example.com')]).toEqual([true, false]);
    address = 'b@example.com';
    await publish(notice);
    expect([gets('a@example.com'), gets('b@example.com')]).toEqual([false, true]);
    address = null;
    await publish(notice);
    expect([gets('a@example.com'), gets('b@example.com')]).toEqual([false, false]);
    await publish({ ...notice, tenantId: asTenantId('other') });
    expect([gets('a@example.com'), gets('b@example.com')]).toEqual([false, false]);
  });

  it.each([
    ['FilterPolicyLimitExceededException', '', /as many addresses/],
    ['SubscriptionLimitExceededException', '', /as many addresses/],
    ['InvalidParameterException', 'Subscription already exists with different attributes', /in use/],
    ['InvalidParameterException', 'Invalid parameter: Email address', /does not take/],
  ])('that SNS refuses (%s %s) is refused in words', async (name, message, words) => {
    sns.on(SubscribeCommand).rejects(failure(name, message));
    const error = await subscribe().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SubscriptionRefused);
    expect((error as Error).message).toMatch(words);
  });

  it('that is gone is unsubscribed; whatever else goes wrong is said', async () => {
    sns.on(UnsubscribeCommand).rejectsOnce(failure('NotFoundException')).rejects(failure('InvalidParameterException'));
    await subscriptions.unsubscribe(`${TOPIC}:1`);
    await expect(subscriptions.unsubscribe(`${TOPIC}:1`)).rejects.toThrow();
  });
});

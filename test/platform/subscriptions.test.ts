import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import { SubscriptionRefused, snsSubscriptions } from '../../functions/platform/subscriptions.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:notices';
const sns = mockClient(SNSClient);
afterEach(() => sns.reset());
const subscriptions = snsSubscriptions(new SNSClient({ region: 'us-east-1' }), TOPIC);
const subscribe = () => subscriptions.subscribe(asTenantId('acme'), 'a@example.com');
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
      Attributes: { FilterPolicy: '{"tenant":["acme"]}' },
    });
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

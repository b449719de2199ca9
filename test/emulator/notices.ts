import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Aws } from './aws.ts';

/** Listens to the topic from now on, as a subscriber of the deployer's would. */
export async function subscribe(topicName: string, aws: Aws): Promise<() => Promise<readonly string[]>> {
  const topic = arnOf(topicName);
  const queue = `arn:aws:sqs:us-east-1:000000000000:${topicName}-heard`;
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queue }],
  };
  await aws.sqs.send(
    new CreateQueueCommand({ QueueName: `${topicName}-heard`, Attributes: { Policy: JSON.stringify(policy) } }),
  );
  await aws.sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: queue }));
  const heard: string[] = [];
  return async () => {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: aws.queueUrl(`${topicName}-heard`), MaxNumberOfMessages: 10 }),
    );
    heard.push(...Messages.map(({ Body }) => (JSON.parse(Body ?? '{}') as { Message: string }).Message));
    return heard;
  };
}

/** Whom the topic writes to by mail, and of which notices. */
export async function mailed(topicName: string, aws: Aws): Promise<readonly { to: string; filter: unknown }[]> {
  const { Subscriptions = [] } = await aws.sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn: arnOf(topicName) }),
  );
  const mails = Subscriptions.filter(({ Protocol }) => Protocol === 'email');
  return Promise.all(
    mails.map(async ({ Endpoint = '', SubscriptionArn }) => {
      const { Attributes } = await aws.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
      return { to: Endpoint, filter: JSON.parse(Attributes?.FilterPolicy ?? 'null') as unknown };
    }),
  );
}

const arnOf = (topicName: string): string => `arn:aws:sns:us-east-1:000000000000:${topicName}`;

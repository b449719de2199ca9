import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Aws } from './aws.ts';

/** Listens to the topic from now on, as a subscriber of the deployer's would. */
export async function subscribe(topicName: string, aws: Aws): Promise<() => Promise<readonly string[]>> {
  const topic = `arn:aws:sns:us-east-1:000000000000:${topicName}`;
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

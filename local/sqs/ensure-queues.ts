import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Both as in the deployed stack: a run has 60 s, and four receives are a message's tries. */
const VISIBILITY_SECONDS = 75;
const MAX_RECEIVE_COUNT = 4;
const RETENTION_SECONDS = 1_209_600;

export interface QueuePair {
  readonly url: string;
  readonly arn: string;
  readonly deadLetterUrl: string;
  readonly deadLetterArn: string;
}

export interface QueuePairOptions {
  readonly visibilitySeconds?: number;
  readonly maxReceiveCount?: number;
}

/** Creates the queues `<prefix>-<name>` and `<prefix>-<name>-dlq` where they are missing, the one with its redrive to the other. */
export async function ensureQueues<Name extends string>(
  client: SQSClient,
  prefix: string,
  names: readonly Name[],
  options: QueuePairOptions = {},
): Promise<Readonly<Record<Name, QueuePair>>> {
  const pairs = await Promise.all(
    names.map(async (name) => [name, await ensureQueuePair(client, `${prefix}-${name}`, options)] as const),
  );
  return Object.fromEntries(pairs) as Record<Name, QueuePair>;
}

async function ensureQueuePair(client: SQSClient, name: string, options: QueuePairOptions): Promise<QueuePair> {
  const { visibilitySeconds = VISIBILITY_SECONDS, maxReceiveCount = MAX_RECEIVE_COUNT } = options;
  const attributes = {
    VisibilityTimeout: String(visibilitySeconds),
    MessageRetentionPeriod: String(RETENTION_SECONDS),
  };
  const deadLetters = await ensureQueue(client, `${name}-dlq`, attributes);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount });
  const queue = await ensureQueue(client, name, { ...attributes, RedrivePolicy });
  return { ...queue, deadLetterUrl: deadLetters.url, deadLetterArn: deadLetters.arn };
}

async function ensureQueue(
  client: SQSClient,
  QueueName: string,
  Attributes: Record<string, string>,
): Promise<{ url: string; arn: string }> {
  // Created bare and then configured: a queue on disk may have been made with other values by an earlier version.
  const { QueueUrl: url } = await client.send(new CreateQueueCommand({ QueueName }));
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  const found = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  const arn = found.Attributes?.QueueArn;
  if (url === undefined || arn === undefined) throw new Error(`The queue ${QueueName} has no URL or no ARN.`);
  return { url, arn };
}

import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it as rule } from 'vitest';
import { createTestSqs } from '../support/embedded-aws.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { knownDifferences } from './sqs-known-differences.ts';

/**
 * What the system relies on SQS for. Runs on the embedded engine in virtual time, and on any other endpoint in real time:
 * SQS_ENDPOINT=http://localhost:4566 SQS_EMULATOR=ministack npx vitest run test/local/sqs-contract.test.ts
 */
const endpoint = process.env.SQS_ENDPOINT;
/** A rule that an emulator is known to break must be broken: when it is mended, the list is to be shortened. */
const differences = knownDifferences(process.env.SQS_EMULATOR);
const it = (name: string, test: () => Promise<void>): void => (differences.has(name) ? rule.fails : rule)(name, test);
const run = Date.now().toString(36);
let client: SQSClient;
/** Lets time pass where the queues are. */
let pass: (ms: number) => Promise<void>;

beforeAll(() => {
  if (endpoint === undefined) {
    const clock = new VirtualClock();
    client = createTestSqs(clock).client;
    pass = (ms) => clock.advance(ms);
  } else {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    pass = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  }
});

let created = 0;
const newName = (suffix = ''): string => {
  created += 1;
  return `contract-${run}-${created}${suffix}`;
};
const createQueue = async (Attributes: Record<string, string> = {}): Promise<string> => {
  const QueueName = newName(Attributes.FifoQueue ? '.fifo' : '');
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
};
const attributesOf = async (QueueUrl: string): Promise<Record<string, string>> => {
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes;
};
const arnOf = async (queue: string): Promise<string> => (await attributesOf(queue)).QueueArn ?? '';
const countsOf = async (queue: string): Promise<(string | undefined)[]> => {
  const all = await attributesOf(queue);
  return [
    all.ApproximateNumberOfMessages,
    all.ApproximateNumberOfMessagesDelayed,
    all.ApproximateNumberOfMessagesNotVisible,
  ];
};
const send = (QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      ...more,
    }),
  );
  return Messages;
};
const receiveOne = async (QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message> => {
  const [message] = await receive(QueueUrl, { MaxNumberOfMessages: 1, ...more });
  if (message === undefined) throw new Error('no message was there');
  return message;
};
const remove = (QueueUrl: string, { ReceiptHandle }: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
const hide = (QueueUrl: string, { ReceiptHandle }: Message, VisibilityTimeout: number) =>
  client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
const bodies = (messages: readonly Message[]): (string | undefined)[] => messages.map(({ Body }) => Body).sort();
/** A queue that gives up after so many receives, and where it gives them up to. */
const createPair = async (maxReceiveCount: number, attributes: Record<string, string> = {}) => {
  const deadLetters = await createQueue();
  const deadLetterTargetArn = await arnOf(deadLetters);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  return { deadLetters, deadLetterTargetArn, queue: await createQueue({ RedrivePolicy, ...attributes }) };
};
const named = (name: string | RegExp) => expect.objectContaining({ name: expect.stringMatching(name) });

describe('a queue', () => {
  it('is found by name and knows what was set and what is the default', async () => {
    const queue = await createQueue({ VisibilityTimeout: '75' });
    const QueueName = queue.split('/').at(-1);
    expect((await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(queue);
    expect(await attributesOf(queue)).toMatchObject({
      VisibilityTimeout: '75',
      DelaySeconds: '0',
      ReceiveMessageWaitTimeSeconds: '0',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      QueueArn: expect.stringMatching(`:${QueueName}$`),
    });
    const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: QueueName }));
    expect(QueueUrls).toEqual([queue]);
  });

  it('is created once, and not with other attributes under the same name', async () => {
    const QueueName = newName();
    const create = (VisibilityTimeout: string) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } }));
    const first = await create('20');
    expect((await create('20')).QueueUrl).toBe(first.QueueUrl);
    await expect(create('21')).rejects.toEqual(named(/QueueNameExists|QueueAlreadyExists/));
  });

  it('refuses attributes out of range or unknown', async () => {
    await expect(createQueue({ DelaySeconds: '901' })).rejects.toEqual(named('InvalidParameterValue|InvalidAttribute'));
    await expect(createQueue({ Colour: 'red' })).rejects.toEqual(named('InvalidAttributeName'));
  });

  it('can be changed, tagged and deleted', async () => {
    const QueueUrl = await createQueue();
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '5' } }));
    expect((await attributesOf(QueueUrl)).VisibilityTimeout).toBe('5');
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'sync', stage: 'test' } }));
    await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['team'] }));
    expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ stage: 'test' });
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    await expect(send(QueueUrl, 'late')).rejects.toEqual(named('QueueDoesNotExist'));
  });

  it('is empty after a purge', async () => {
    const QueueUrl = await createQueue();
    await send(QueueUrl, 'visible');
    await send(QueueUrl, 'delayed', { DelaySeconds: 900 });
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    await pass(300);
    expect(await countsOf(QueueUrl)).toEqual(['0', '0', '0']);
  });
});

describe('a message', () => {
  it('arrives as it was sent, with what SQS knows about it', async () => {
    const queue = await createQueue();
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'ü' },
      count: { DataType: 'Number', StringValue: '7' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const sent = await send(queue, 'šest 🐘\n', { MessageAttributes, MessageGroupId: 'tenant-a' });
    const message = await receiveOne(queue);
    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'šest 🐘\n', MD5OfBody: sent.MD5OfMessageBody });
    expect(sent.MD5OfMessageAttributes).toBe('4bb316514de4541c5d9a33035dacab48');
    expect(message.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message.MessageAttributes?.text?.StringValue).toBe('ü');
    expect(message.MessageAttributes?.count?.DataType).toBe('Number');
    expect([...(message.MessageAttributes?.bytes?.BinaryValue ?? [])]).toEqual([0, 255]);
    expect(message.Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      MessageGroupId: 'tenant-a',
      SenderId: expect.any(String),
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    });
  });

  it('brings only the attributes that were asked for', async () => {
    const queue = await createQueue();
    const text = { DataType: 'String', StringValue: 'x' };
    await send(queue, 'a', { MessageAttributes: { 'trace.id': text, 'trace.span': text, other: text } });
    const ask = { VisibilityTimeout: 0, MessageSystemAttributeNames: undefined };
    const bare = await receiveOne(queue, { ...ask, MessageAttributeNames: undefined });
    expect([bare.Attributes, bare.MessageAttributes]).toEqual([undefined, undefined]);
    const prefixed = await receiveOne(queue, { ...ask, MessageAttributeNames: ['trace.*'] });
    expect(Object.keys(prefixed.MessageAttributes ?? {}).sort()).toEqual(['trace.id', 'trace.span']);
  });

  it('is not visible before its delay is over', async () => {
    const queue = await createQueue();
    await send(queue, 'later', { DelaySeconds: 2 });
    await send(queue, 'now');
    expect(await countsOf(queue)).toEqual(['1', '1', '0']);
    expect(bodies(await receive(queue))).toEqual(['now']);
    await pass(2_100);
    expect(bodies(await receive(queue))).toEqual(['later']);
    await expect(send(queue, 'too late', { DelaySeconds: 901 })).rejects.toEqual(named('InvalidParameterValue'));
  });

  it('is hidden from others while it is worked on, and comes again when nobody deleted it', async () => {
    const queue = await createQueue({ VisibilityTimeout: '2' });
    await send(queue, 'job');
    const first = await receiveOne(queue);
    expect(await receive(queue)).toEqual([]);
    expect(await countsOf(queue)).toEqual(['0', '0', '1']);
    await pass(2_100);
    const second = await receiveOne(queue);
    expect(second.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
      first.Attributes?.ApproximateFirstReceiveTimestamp,
    );
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
    await remove(queue, second);
    await remove(queue, second);
    expect(await countsOf(queue)).toEqual(['0', '0', '0']);
  });

  it('can be hidden longer, or given back at once', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, 'job');
    const message = await receiveOne(queue);
    await hide(queue, message, 60);
    await pass(1_200);
    expect(await receive(queue)).toEqual([]);
    await hide(queue, message, 0);
    expect(bodies(await receive(queue))).toEqual(['job']);
  });

  it('can not be hidden when it is visible or gone', async () => {
    const queue = await createQueue();
    await send(queue, 'job');
    const visible = await receiveOne(queue, { VisibilityTimeout: 0 });
    await expect(hide(queue, visible, 5)).rejects.toEqual(named(/MessageNotInflight|InvalidParameterValue/));
    const gone = await receiveOne(queue);
    await remove(queue, gone);
    await expect(hide(queue, gone, 5)).rejects.toEqual(
      named(/MessageNotInflight|InvalidParameterValue|ReceiptHandleIsInvalid/),
    );
    await expect(hide(queue, { ReceiptHandle: 'nonsense' }, 5)).rejects.toEqual(named('ReceiptHandleIsInvalid'));
  });

  it('has 1 MiB at most, and no characters that XML forbids', async () => {
    const queue = await createQueue();
    await send(queue, 'x'.repeat(1_048_576));
    expect((await receiveOne(queue)).Body).toHaveLength(1_048_576);
    await expect(send(queue, 'x'.repeat(1_048_577))).rejects.toEqual(
      named(/InvalidParameterValue|InvalidMessageContents|MessageTooLong/),
    );
    await expect(send(queue, 'a\u0001b')).rejects.toEqual(named('InvalidMessageContents'));
  });
});

describe('waiting for messages', () => {
  it('ends as soon as one is sent', async () => {
    const queue = await createQueue();
    const waiting = receive(queue, { WaitTimeSeconds: 20 });
    await pass(200);
    await send(queue, 'here');
    expect(bodies(await waiting)).toEqual(['here']);
  });

  it('ends as soon as one becomes visible', async () => {
    const queue = await createQueue();
    await send(queue, 'delayed', { DelaySeconds: 1 });
    const waiting = receive(queue, { WaitTimeSeconds: 20 });
    await pass(1_500);
    expect(bodies(await waiting)).toEqual(['delayed']);
  });

  it('ends with nothing when the time is over, the queue’s own time by default', async () => {
    const queue = await createQueue({ ReceiveMessageWaitTimeSeconds: '1' });
    const waiting = receive(queue);
    await pass(1_100);
    expect(await waiting).toEqual([]);
    await expect(receive(queue, { WaitTimeSeconds: 21 })).rejects.toEqual(named('InvalidParameterValue'));
    await expect(receive(queue, { MaxNumberOfMessages: 11 })).rejects.toEqual(
      named(/InvalidParameterValue|ReadCountOutOfRange/),
    );
  });

  it('gives no message to two receivers', async () => {
    const QueueUrl = await createQueue();
    for (let batch = 0; batch < 5; batch += 1) {
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: `${batch}-${index}` }));
      await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
    const all = (await Promise.all(Array.from({ length: 25 }, () => receive(QueueUrl, { WaitTimeSeconds: 0 })))).flat();
    for (let more = await receive(QueueUrl); more.length > 0; more = await receive(QueueUrl)) all.push(...more);
    expect(all).toHaveLength(50);
    expect(new Set(bodies(all)).size).toBe(50);
  });
});

describe('a batch', () => {
  it('does for each entry what can be done', async () => {
    const QueueUrl = await createQueue();
    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'a' },
          { Id: 'late', MessageBody: 'b', DelaySeconds: 1000 },
          { Id: 'fine', MessageBody: 'c' },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['good', 'fine']);
    expect(sent.Failed).toEqual([expect.objectContaining({ Id: 'late', SenderFault: true })]);

    const messages = await receive(QueueUrl);
    const handles = [...messages.map(({ ReceiptHandle }) => ReceiptHandle), 'nonsense'];
    const Entries = handles.map((ReceiptHandle, index) => ({ Id: `m${index}`, ReceiptHandle }));
    const hidden = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: Entries.map((entry) => ({ ...entry, VisibilityTimeout: 20 })),
      }),
    );
    expect(hidden.Successful?.map(({ Id }) => Id)).toEqual(['m0', 'm1']);
    expect(hidden.Failed).toEqual([expect.objectContaining({ Id: 'm2', Code: 'ReceiptHandleIsInvalid' })]);
    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(['m0', 'm1']);
    expect(deleted.Failed?.map(({ Id }) => Id)).toEqual(['m2']);
  });

  it('is refused as a whole when it is empty, too long or ambiguous', async () => {
    const QueueUrl = await createQueue();
    const batch = (ids: readonly string[], MessageBody = 'x') =>
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody })) }));
    await expect(batch([])).rejects.toEqual(named('EmptyBatchRequest'));
    await expect(batch([...'abcdefghijk'])).rejects.toEqual(named('TooManyEntriesInBatchRequest'));
    await expect(batch(['a', 'a'])).rejects.toEqual(named('BatchEntryIdsNotDistinct'));
    await expect(batch(['a b'])).rejects.toEqual(named('InvalidBatchEntryId'));
    await expect(batch(['a', 'b'], 'x'.repeat(600_000))).rejects.toEqual(named('BatchRequestTooLong'));
    expect(await countsOf(QueueUrl)).toEqual(['0', '0', '0']);
  });
});

describe('redrive', () => {
  it('moves a message to the dead-letter queue when it would be received once too often', async () => {
    const { queue, deadLetters } = await createPair(4);
    const attribute = { DataType: 'String', StringValue: 'kept' };
    const { MessageId } = await send(queue, 'poison', { MessageAttributes: { attribute }, MessageGroupId: 'tenant-a' });
    for (let count = 1; count <= 4; count += 1) {
      const message = await receiveOne(queue, { VisibilityTimeout: 0 });
      expect(message.Attributes?.ApproximateReceiveCount).toBe(`${count}`);
      expect(await receive(deadLetters)).toEqual([]);
    }
    expect(await receive(queue)).toEqual([]);
    const dead = await receiveOne(deadLetters, { WaitTimeSeconds: 1 });
    expect(dead).toMatchObject({ MessageId, Body: 'poison', MessageAttributes: { attribute } });
    expect(dead.Attributes).toMatchObject({
      MessageGroupId: 'tenant-a',
      DeadLetterQueueSourceArn: await arnOf(queue),
    });
    expect(await countsOf(queue)).toEqual(['0', '0', '0']);
  });

  it('moves a message whose last worker died, when its visibility ends', async () => {
    const { queue, deadLetters } = await createPair(1, { VisibilityTimeout: '1' });
    await send(queue, 'poison');
    await receiveOne(queue);
    await pass(1_100);
    expect(await receive(queue)).toEqual([]);
    expect(bodies(await receive(deadLetters, { WaitTimeSeconds: 1 }))).toEqual(['poison']);
  });

  it('needs a queue that is there and allows it', async () => {
    const closed = await createQueue({ RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'denyAll' }) });
    const targets = [await arnOf(closed), `${await arnOf(closed)}-nowhere`];
    for (const deadLetterTargetArn of targets) {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
      await expect(createQueue({ RedrivePolicy })).rejects.toEqual(
        named(/InvalidParameterValue|InvalidAttributeValue|QueueDoesNotExist|AccessDenied/),
      );
    }
    const { queue, deadLetters } = await createPair(2);
    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetters }));
    expect(queueUrls).toEqual([queue]);
  });
});

describe('a message move task', () => {
  const start = (SourceArn: string, DestinationArn?: string) =>
    client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  const finished = async (SourceArn: string) => {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const [task] = (await client.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results ?? [];
      if (task?.Status !== 'RUNNING') return task;
      await pass(250);
    }
    throw new Error('the task does not end');
  };

  it('brings dead letters back to where they came from, as new messages', async () => {
    const { queue, deadLetters, deadLetterTargetArn } = await createPair(1);
    await send(queue, 'second chance');
    await receiveOne(queue, { VisibilityTimeout: 0 });
    expect(await receive(queue)).toEqual([]);
    await start(deadLetterTargetArn);
    expect(await finished(deadLetterTargetArn)).toMatchObject({
      Status: 'COMPLETED',
      ApproximateNumberOfMessagesMoved: 1,
    });
    const message = await receiveOne(queue, { WaitTimeSeconds: 1 });
    expect(message.Body).toBe('second chance');
    expect(message.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(await countsOf(deadLetters)).toEqual(['0', '0', '0']);
  });

  it('brings them to another queue that is named', async () => {
    const { deadLetters, deadLetterTargetArn } = await createPair(1);
    const other = await createQueue();
    for (let index = 0; index < 12; index += 1) await send(deadLetters, `${index}`);
    await start(deadLetterTargetArn, await arnOf(other));
    await finished(deadLetterTargetArn);
    expect([...(await receive(other)), ...(await receive(other))]).toHaveLength(12);
  });

  it('starts from dead-letter queues only', async () => {
    const plain = await createQueue();
    await expect(start(await arnOf(plain))).rejects.toEqual(named(/InvalidParameterValue|UnsupportedOperation/));
  });
});

describe('a FIFO queue', () => {
  it('keeps the order of each group and gives out one batch of it at a time', async () => {
    const queue = await createQueue({ FifoQueue: 'true' });
    const put = (body: string, MessageGroupId: string) =>
      send(queue, body, { MessageGroupId, MessageDeduplicationId: body });
    for (const body of ['a1', 'a2', 'a3']) await put(body, 'a');
    await put('b1', 'b');
    const first = await receiveOne(queue);
    expect(first.Body).toBe('a1');
    const other = await receiveOne(queue);
    expect(other.Body).toBe('b1');
    expect(await receive(queue)).toEqual([]);
    await hide(queue, first, 0);
    const again = await receive(queue, { MaxNumberOfMessages: 2 });
    expect(again.map(({ Body }) => Body)).toEqual(['a1', 'a2']);
    expect(again.map(({ Attributes }) => Attributes?.SequenceNumber)).toEqual([
      first.Attributes?.SequenceNumber,
      expect.stringMatching(/^\d+$/),
    ]);
    for (const message of again) await remove(queue, message);
    expect((await receiveOne(queue)).Body).toBe('a3');
  });

  it('takes a message once within five minutes', async () => {
    const queue = await createQueue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    const one = await send(queue, 'same', { MessageGroupId: 'a' });
    const other = await send(queue, 'same', { MessageGroupId: 'a' });
    expect(other.MessageId).toBe(one.MessageId);
    expect(await receive(queue)).toHaveLength(1);
  });

  it('needs a group, and something to tell messages apart by', async () => {
    const queue = await createQueue({ FifoQueue: 'true' });
    await expect(send(queue, 'x')).rejects.toEqual(named('MissingParameter'));
    await expect(send(queue, 'x', { MessageGroupId: 'a' })).rejects.toEqual(named('InvalidParameterValue'));
  });
});

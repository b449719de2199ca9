import { ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/platform/clock.ts';
import {
  EventSourceMapping,
  type EventSourceMappingOptions,
  type InvocationReport,
} from '../../../local/event-source-mapping/event-source-mapping.ts';
import { ensureQueues, type QueuePair } from '../../../local/sqs/ensure-queues.ts';
import { createTestSqs, type TestSqs } from '../../support/embedded-aws.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

type Handler = EventSourceMappingOptions['lambda']['handler'];

let clock: VirtualClock;
let sqs: TestSqs;
let queue: QueuePair;
let ids: number;
let started: EventSourceMapping[];
beforeEach(async () => {
  clock = new VirtualClock();
  sqs = createTestSqs(clock);
  queue = (await ensureQueues(sqs.client, 'app', ['vehicle'])).vehicle;
  ids = 0;
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((mapping) => mapping.stop(0)));
});

const map = (handler: Handler, options: Partial<EventSourceMappingOptions> = {}): EventSourceMapping => {
  const mapping = new EventSourceMapping(
    {
      queueUrl: queue.url,
      queueArn: queue.arn,
      lambda: { name: 'app-execute-vehicle', handler, timeoutMs: 60_000 },
      ...options,
    },
    {
      client: sqs.client,
      clock,
      newId: () => {
        ids += 1;
        return `request-${ids}`;
      },
    },
  );
  started.push(mapping);
  return mapping;
};
const send = (MessageBody: string, MessageGroupId?: string) =>
  sqs.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody, MessageGroupId }));
const sendMany = async (...bodies: readonly string[]): Promise<void> => {
  for (const body of bodies) await send(body);
};
const counts = (name = 'app-vehicle') => sqs.engine.counts(sqs.engine.queues.get(name));
const empty = { ready: 0, delayed: 0, inFlight: 0 };
const bodiesOf = ({ Records }: SQSEvent): string[] => Records.map(({ body }) => body);
const failing =
  (...bodies: readonly string[]): Handler =>
  async ({ Records }) => ({
    batchItemFailures: Records.filter(({ body }) => bodies.includes(body)).map(({ messageId }) => ({
      itemIdentifier: messageId,
    })),
  });
const fail = async (): Promise<never> => {
  throw new Error('broken');
};

describe('the function', () => {
  it('gets records as Lambda makes them', async () => {
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: 'hello',
        MessageGroupId: 'tenant-a',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'x' },
          bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
        },
      }),
    );
    const sentAt = String(clock.now());
    await clock.advance(1_500);
    let event: SQSEvent | undefined;
    await map(async (received) => {
      event = received;
    }).step();
    expect(event).toEqual({
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: sentAt,
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: String(clock.now()),
            MessageGroupId: 'tenant-a',
          },
          messageAttributes: {
            text: { stringValue: 'x', dataType: 'String', stringListValues: [], binaryListValues: [] },
            bytes: { binaryValue: 'AQI=', dataType: 'Binary', stringListValues: [], binaryListValues: [] },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: 'us-east-1',
        },
      ],
    });
  });

  it('knows who it is and how much time it has left', async () => {
    await send('x');
    let context: Context | undefined;
    const remaining: number[] = [];
    const stepped = map(async (_event, given) => {
      context = given;
      remaining.push(given.getRemainingTimeInMillis());
      await clock.sleep(20_000);
      remaining.push(given.getRemainingTimeInMillis());
    }).step();
    await clock.advance(20_000);
    await stepped;
    expect(remaining).toEqual([60_000, 40_000]);
    expect(context).toMatchObject({
      awsRequestId: 'request-1',
      functionName: 'app-execute-vehicle',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:app-execute-vehicle',
    });
  });

  it('gets ten messages at most, or fewer when told so, and none when there are none', async () => {
    await sendMany(...Array.from({ length: 13 }, (_, index) => `${index}`));
    const sizes: number[] = [];
    const count: Handler = async ({ Records }) => {
      sizes.push(Records.length);
    };
    const mapping = map(count);
    await mapping.step();
    await map(count, { batchSize: 2 }).step();
    await mapping.step();
    expect(await mapping.step()).toBeUndefined();
    expect(sizes).toEqual([10, 2, 1]);
    expect(counts()).toEqual(empty);
  });
});

describe('what becomes of a batch', () => {
  it('deletes all of it when the function reports no failure', async () => {
    for (const answer of [undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }]) {
      await sendMany('a', 'b');
      const report = await map(async () => answer).step();
      expect(report).toMatchObject({ outcome: 'success', failedIds: [] });
      expect(counts()).toEqual(empty);
    }
  });

  it('leaves what the function reports as failed, and only that', async () => {
    await sendMany('good', 'bad', 'fine');
    const mapping = map(failing('bad'));
    expect(await mapping.step()).toMatchObject({ outcome: 'partial', failedIds: [expect.any(String)] });
    expect(counts()).toEqual({ ready: 0, delayed: 0, inFlight: 1 });
    await clock.advance(75_000);
    const again: string[] = [];
    await map(async (event) => {
      again.push(...bodiesOf(event));
    }).step();
    expect(again).toEqual(['bad']);
  });

  it('leaves all of it when the function throws, at once or later', async () => {
    await sendMany('a', 'b');
    const report = await map(fail).step();
    expect(report).toMatchObject({ outcome: 'failed', error: new Error('broken') });
    expect(counts().inFlight).toBe(2);
    await clock.advance(75_000);
    const atOnce: Handler = () => {
      throw new Error('not even a promise');
    };
    expect(await map(atOnce).step()).toMatchObject({ outcome: 'failed', messageIds: report?.messageIds });
    expect(counts().inFlight).toBe(2);
  });

  it('leaves all of it when the answer makes no sense', async () => {
    const answers: unknown[] = [
      'done',
      { batchItemFailures: 'all' },
      { batchItemFailures: [{ itemIdentifier: '' }] },
      { batchItemFailures: [{ itemIdentifier: null }] },
      { batchItemFailures: [{ messageId: 'x' }] },
      { batchItemFailures: [{ itemIdentifier: 'of-another-batch' }] },
      { batchItemFailures: [null] },
    ];
    await sendMany('a', 'b');
    const mappings = answers.map((answer) => map(async () => answer));
    sqs.engine.configure(sqs.engine.queues.get('app-vehicle'), { RedrivePolicy: '' });
    for (const mapping of mappings) {
      const report = await mapping.step();
      expect(report).toMatchObject({ outcome: 'failed', failedIds: report?.messageIds });
      expect(counts().inFlight).toBe(2);
      await clock.advance(75_000);
    }
  });

  it('leaves all of it when the function does not end in time, whatever it answers afterwards', async () => {
    await sendMany('a', 'b');
    let ended = false;
    const stepped = map(async () => {
      await clock.sleep(70_000);
      ended = true;
    }).step();
    await clock.advance(59_999);
    expect(started[0]?.running).toBe(1);
    await clock.advance(1);
    expect(await stepped).toMatchObject({
      outcome: 'timeout',
      durationMs: 60_000,
      error: expect.objectContaining({ message: 'app-execute-vehicle timed out after 60 seconds' }),
    });
    await clock.advance(10_000);
    expect(ended).toBe(true);
    expect(counts().inFlight).toBe(2);
    await clock.advance(5_000);
    expect(counts().ready).toBe(2);
  });

  it('comes again when it could not be deleted', async () => {
    await sendMany('a', 'b');
    const problems: string[] = [];
    let faults = 0;
    sqs.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== DeleteMessageBatchCommand.name) return next(args);
          faults += 1;
          if (faults === 1) throw new Error('connection lost');
          const Failed = [{ Id: '0', Code: 'InternalError', SenderFault: false }];
          return { response: {}, output: { $metadata: {}, Successful: [], Failed } };
        },
      { step: 'initialize' },
    );
    const mapping = map(async () => {}, { onProblem: (problem) => problems.push(problem) });
    expect(await mapping.step()).toMatchObject({ outcome: 'success' });
    await clock.advance(75_000);
    expect(await mapping.step()).toMatchObject({ outcome: 'success', messageIds: { length: 2 } });
    expect(problems).toEqual([
      `2 finished messages of ${queue.url} were not deleted.`,
      `1 finished messages of ${queue.url} were not deleted.`,
    ]);
    expect(faults).toBe(2);
  });
});

describe('a message that always fails', () => {
  it('is in the dead-letter queue after four receives, with its cause’s id, and its batch-mates are not', async () => {
    await sendMany('good', 'poison');
    const mapping = map(failing('poison'));
    const outcomes: (string | undefined)[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      outcomes.push((await mapping.step())?.outcome);
      await clock.advance(75_000);
    }
    expect(outcomes).toEqual(['partial', 'partial', 'partial', 'partial', undefined]);
    expect(counts()).toEqual(empty);
    const letters: SQSEvent['Records'] = [];
    await map(
      async ({ Records }) => {
        letters.push(...Records);
      },
      { queueUrl: queue.deadLetterUrl, queueArn: queue.deadLetterArn },
    ).step();
    expect(letters.map(({ body }) => body)).toEqual(['poison']);
    expect(letters[0]?.attributes.DeadLetterQueueSourceArn).toBe(queue.arn);
    expect(letters[0]?.eventSourceARN).toBe(queue.deadLetterArn);
  });

  it('comes again when the function wants it to: 60, 120, 240 s, and at once into the dead-letter queue', async () => {
    await send('poison');
    const times: number[] = [];
    const ladder = [60, 120, 240, 0];
    map(async ({ Records }) => {
      times.push(clock.now());
      for (const { receiptHandle, messageId, attributes } of Records) {
        const VisibilityTimeout = ladder[Number(attributes.ApproximateReceiveCount) - 1];
        const command = { QueueUrl: queue.url, ReceiptHandle: receiptHandle, VisibilityTimeout };
        await sqs.client.send(new ChangeMessageVisibilityCommand(command));
        return { batchItemFailures: [{ itemIdentifier: messageId }] };
      }
    }).start();
    const startedAt = clock.now();
    await clock.advance(600_000);
    expect(times.map((time) => (time - startedAt) / 1000)).toEqual([0, 60, 180, 420]);
    expect(counts('app-vehicle-dlq')).toEqual({ ready: 1, delayed: 0, inFlight: 0 });
  });
});

describe('polling', () => {
  it('takes a message as soon as it is sent, and one as soon as it is due', async () => {
    const taken: [string, number][] = [];
    const startedAt = clock.now();
    map(async (event) => {
      for (const body of bodiesOf(event)) taken.push([body, clock.now() - startedAt]);
    }).start();
    await clock.advance(30_000);
    await send('now');
    await sqs.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'later', DelaySeconds: 45 }));
    await clock.advance(60_000);
    expect(taken).toEqual([
      ['now', 30_000],
      ['later', 75_000],
    ]);
  });

  it('runs no more invocations at once than allowed, and leaves the rest to others', async () => {
    await sendMany(...Array.from({ length: 12 }, (_, index) => `${index}`));
    let running = 0;
    let most = 0;
    const reports: InvocationReport[] = [];
    const handler: Handler = async () => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(10_000);
      running -= 1;
    };
    map(handler, { batchSize: 2, maxConcurrency: 2, onInvocation: (report) => reports.push(report) }).start();
    await clock.advance(0);
    expect(counts()).toEqual({ ready: 8, delayed: 0, inFlight: 4 });
    await clock.advance(30_000);
    expect(most).toBe(2);
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array(6).fill('success'));
    expect(counts()).toEqual(empty);
  });

  it('goes on with the quiet tenant while a noisy one fills the queue', async () => {
    for (let index = 0; index < 40; index += 1) await send(`noisy${index}`, 'noisy');
    const taken: string[] = [];
    const handler: Handler = async (event) => {
      taken.push(...bodiesOf(event));
      await clock.sleep(10_000);
    };
    map(handler, { batchSize: 1, maxConcurrency: 4 }).start();
    await clock.advance(0);
    await send('quiet', 'quiet');
    await clock.advance(10_000);
    expect(taken.slice(0, 5)).toEqual(['noisy0', 'noisy1', 'noisy2', 'noisy3', 'quiet']);
  });

  it('survives a queue that does not answer, and says so', async () => {
    const problems: unknown[] = [];
    const { queues } = sqs.engine;
    sqs.engine.deleteQueue(queues.get('app-vehicle'));
    const taken: string[] = [];
    const handler: Handler = async (event) => {
      taken.push(...bodiesOf(event));
    };
    map(handler, { onProblem: (problem) => problems.push(problem) }).start();
    await clock.advance(2_500);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe(`Receiving from ${queue.url} failed; trying again in 1000 ms.`);
    await ensureQueues(sqs.client, 'app', ['vehicle']);
    await send('back');
    await clock.advance(1_000);
    expect(taken).toEqual(['back']);
  });

  it('does not wait in real time either', async () => {
    const real = createTestSqs(systemClock);
    const { work } = await ensureQueues(real.client, 'app', ['work']);
    const taken = Promise.withResolvers<number>();
    const lambda = { name: 'work', timeoutMs: 1_000, handler: async () => taken.resolve(performance.now()) };
    const mapping = new EventSourceMapping(
      { queueUrl: work.url, queueArn: work.arn, lambda },
      { client: real.client, clock: systemClock, newId: () => 'request' },
    );
    mapping.start();
    await systemClock.sleep(100);
    const sentAt = performance.now();
    await real.client.send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: 'x' }));
    expect((await taken.promise) - sentAt).toBeLessThan(50);
    const stoppedAt = performance.now();
    expect(await mapping.stop(5_000)).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(100);
  });
});

describe('stopping', () => {
  it('waits for what runs, and takes nothing more', async () => {
    await send('running');
    const finished: string[] = [];
    const mapping = map(async (event) => {
      await clock.sleep(3_000);
      finished.push(...bodiesOf(event));
    });
    mapping.start();
    await clock.advance(1_000);
    const stopped = mapping.stop(10_000);
    await send('too late');
    await clock.advance(2_000);
    expect(await stopped).toBe(0);
    expect(finished).toEqual(['running']);
    await clock.advance(60_000);
    expect(counts()).toEqual({ ready: 1, delayed: 0, inFlight: 0 });
  });

  it('does not wait longer than it may, and says how much it left running', async () => {
    await send('slow');
    const mapping = map(() => clock.sleep(50_000));
    mapping.start();
    await clock.advance(0);
    const stopped = mapping.stop(10_000);
    await clock.advance(10_000);
    expect(await stopped).toBe(1);
    expect(counts().inFlight).toBe(1);
    await clock.advance(40_000);
  });

  it('ends at once while it only waits for messages or for a free place', async () => {
    const idle = map(async () => {});
    idle.start();
    await clock.advance(5_000);
    expect(await idle.stop(10_000)).toBe(0);

    await sendMany('a', 'b');
    const full = map(() => clock.sleep(1_000), { batchSize: 1, maxConcurrency: 1 });
    full.start();
    await clock.advance(0);
    const stopped = full.stop(10_000);
    await clock.advance(1_000);
    expect(await stopped).toBe(0);
    expect(counts().ready).toBe(1);
  });
});

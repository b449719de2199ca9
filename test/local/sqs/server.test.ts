import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/platform/clock.ts';
import { SqsEngine } from '../../../local/sqs/engine.ts';
import { ensureQueues } from '../../../local/sqs/ensure-queues.ts';
import { embeddedSqsClientConfig } from '../../../local/sqs/request-handler.ts';
import { type SqsServer, serveSqs } from '../../../local/sqs/server.ts';

let engine: SqsEngine;
let server: SqsServer;
let overHttp: SQSClient;
let inProcess: SQSClient;
beforeEach(async () => {
  engine = new SqsEngine({ clock: systemClock });
  server = await serveSqs(engine);
  inProcess = new SQSClient({ ...embeddedSqsClientConfig(engine), maxAttempts: 1 });
  overHttp = new SQSClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  overHttp.destroy();
  engine.close();
  await server.close();
});

const post = (target: string, body: string): Promise<Response> =>
  fetch(server.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': `AmazonSQS.${target}`, 'content-type': 'application/x-amz-json-1.0' },
    body,
  });

describe('one engine', () => {
  it('is reached over a port and in process, and each sees the other', async () => {
    const { work } = await ensureQueues(inProcess, 'app', ['work']);
    expect(work.url).toBe('http://sqs.embedded/000000000000/app-work');
    const QueueUrl = work.url.replace('http://sqs.embedded', server.endpoint);
    await overHttp.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    const { Messages = [] } = await inProcess.send(new ReceiveMessageCommand({ QueueUrl: work.url }));
    expect(Messages.map(({ Body }) => Body)).toEqual(['hello']);
    await overHttp.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
    expect(engine.counts(engine.queues.get('app-work'))).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });

  it('gives no message to a client that hung up while it waited', async () => {
    const { work } = await ensureQueues(overHttp, 'app', ['work']);
    const given = new AbortController();
    const polled = overHttp.send(new ReceiveMessageCommand({ QueueUrl: work.url, WaitTimeSeconds: 20 }), {
      abortSignal: given.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    given.abort();
    await expect(polled).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await overHttp.send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: 'kept' }));
    expect(engine.counts(engine.queues.get('app-work')).ready).toBe(1);
  });
});

describe('a wrong request', () => {
  it('is answered as SQS does', async () => {
    const { url } = (await ensureQueues(overHttp, 'app', ['work'])).work;
    const cases: [target: string, body: string, type: string][] = [
      ['SendMessage', JSON.stringify({ QueueUrl: url }), 'MissingParameter'],
      ['SendMessage', JSON.stringify({ QueueUrl: url, MessageBody: 5 }), 'SerializationException'],
      ['SendMessage', '{"QueueUrl"', 'SerializationException'],
      ['SendPigeon', '{}', 'UnsupportedOperation'],
      ['GetQueueUrl', '{"QueueName":"none"}', 'QueueDoesNotExist'],
      ['ReceiveMessage', JSON.stringify({ QueueUrl: url, VisibilityTimeout: 43_201 }), 'InvalidParameterValue'],
    ];
    for (const [target, body, type] of cases) {
      const response = await post(target, body);
      expect([response.status, await response.json()]).toEqual([
        400,
        { __type: `com.amazonaws.sqs#${type}`, message: expect.any(String) },
      ]);
    }
  });

  it('that is far too long is not read to the end', async () => {
    const response = await post('SendMessage', 'x'.repeat(9 * 1024 * 1024)).catch(() => ({ status: 413 }));
    expect(response.status).toBe(413);
  });
});

describe('the queues of the system', () => {
  it('are made once, and take over what a newer version changed', async () => {
    const first = await ensureQueues(inProcess, 'app', ['carrier', 'vehicle']);
    const again = await ensureQueues(inProcess, 'app', ['carrier', 'vehicle'], { maxReceiveCount: 5 });
    expect(again).toEqual(first);
    expect(
      engine.queues
        .all()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['app-carrier', 'app-carrier-dlq', 'app-vehicle', 'app-vehicle-dlq']);
    expect(engine.queues.get('app-carrier').settings).toMatchObject({
      visibilityMs: 75_000,
      redrive: { maxReceiveCount: 5, deadLetterTargetArn: first.carrier.deadLetterArn },
    });
  });
});

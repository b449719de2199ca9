import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as realTime } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, it, vi } from 'vitest';
import { lambdaRuntime } from '../../functions/runtime/lambda-runtime.ts';

const server = createServer();
afterEach(() => {
  server.closeAllConnections();
  server.close();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

it('does not wait for ever for an AWS service that takes a call and never answers: it asks again', async () => {
  let calls = 0;
  server.on('request', (_, response) => {
    calls += 1;
    if (calls > 1) response.end('{"MessageId":"1","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  const settings = { STAGE: 'test', TABLE_PREFIX: 'test', QUEUE_URLS: '{}' };
  for (const [name, value] of Object.entries({ ...environment, ...settings })) vi.stubEnv(name, value);

  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const sent = lambdaRuntime().sqs.send(new SendMessageCommand({ QueueUrl: `${url}/q`, MessageBody: 'a' }));
  const settled = sent.then(
    () => 'answered',
    (error: Error) => error.message,
  );
  for (let second = 0; second < 30 && calls < 2; second++) {
    // For the sockets, which are real.
    await realTime(20);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(calls).toBe(2);
  expect(await settled).toBe('answered');
});

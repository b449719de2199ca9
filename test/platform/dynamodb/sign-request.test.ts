import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, it } from 'vitest';
import { amzDate, authorizationOf } from '../../../functions/platform/dynamodb/sign-request.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

let server: Server | undefined;
afterEach(() => server?.close());

it('signs the request of AWS’s own test suite (post-vanilla) as they do', () => {
  const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' };
  expect(authorizationOf({ headers, body: '' }, CREDENTIALS, { region: 'us-east-1', service: 'service' })).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
      'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  );
});

it.each([undefined, 'a-session-token'])(
  'signs what the SDK sends as the SDK does (session token: %s)',
  async (sessionToken) => {
    const credentials = { ...CREDENTIALS, ...(sessionToken !== undefined && { sessionToken }) };
    const { sent, body } = await requestOfTheSdk(credentials);
    const theirs = sent.headers.authorization ?? '';
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(theirs) ?? [];
    const headers = Object.fromEntries(names.split(';').map((name) => [name, String(sent.headers[name])]));
    expect(headers).toHaveProperty('x-amz-date');
    expect(authorizationOf({ headers, body }, credentials, { region: 'eu-central-1', service: 'dynamodb' })).toBe(
      theirs,
    );
  },
);

it('signs with the new key when the day or the credentials change', () => {
  const sign = (date: string, secretAccessKey: string): string =>
    authorizationOf(
      { headers: { host: 'h', 'x-amz-date': date }, body: '{}' },
      { accessKeyId: 'a', secretAccessKey },
      { region: 'r', service: 's' },
    );
  const first = sign('20261122T000000Z', 'one');
  expect(sign('20261122T000000Z', 'two')).not.toBe(first);
  expect(sign('20261123T000000Z', 'one')).not.toBe(first);
  expect(sign('20261122T000000Z', 'one')).toBe(first);
});

it('writes dates as AWS wants them', () => {
  expect(amzDate(Date.parse('2026-11-22T10:15:00.123Z'))).toBe('20261122T101500Z');
});

async function requestOfTheSdk(
  credentials: typeof CREDENTIALS,
): Promise<{ readonly sent: IncomingMessage; readonly body: string }> {
  const received = Promise.withResolvers<{ sent: IncomingMessage; body: string }>();
  server = createServer((sent, response) => {
    let body = '';
    sent.on('data', (chunk) => {
      body += chunk;
    });
    sent.on('end', () => {
      response.end('{}');
      received.resolve({ sent, body });
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
  await client.send(new GetItemCommand({ TableName: 'names with ünïcode', Key: { pk: { S: 'a' } } }));
  client.destroy();
  return received.promise;
}

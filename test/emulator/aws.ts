import { createHash, createHmac } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** The emulator as its owner sees it. */
export interface Aws {
  readonly dynamo: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  /** A call to a service that speaks AWS's JSON protocol and that the project has no client for. */
  call(service: string, target: string, body: unknown): Promise<Record<string, unknown>>;
  /** Lines that a function has logged and that contain the text. */
  logLines(functionName: string, containing: string): Promise<readonly string[]>;
  /** What it has written for CloudWatch to make metrics of, or this one: dimensions and values by name. */
  metricLines(functionName: string, metric?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  queueUrl(name: string): string;
}

export function connectAws(endpoint: string): Aws {
  const options = { endpoint, region: REGION, credentials: CREDENTIALS };
  const call: Aws['call'] = async (service, target, body) => {
    const text = JSON.stringify(body);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: sign(endpoint, service, target, text),
      body: text,
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${target} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const logLines: Aws['logLines'] = async (functionName, containing) => {
    const found: string[] = [];
    let nextToken: unknown;
    do {
      const page = await call('logs', 'Logs_20140328.FilterLogEvents', {
        logGroupName: `/aws/lambda/${functionName}`,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      found.push(...(page.events as { message: string }[]).map(({ message }) => message));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found.filter((line) => line.includes(containing));
  };
  return {
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(options)),
    sqs: new SQSClient(options),
    sns: new SNSClient(options),
    call,
    logLines,
    async metricLines(functionName, metric) {
      const lines = await logLines(functionName, '"_aws"');
      return lines.map((line) => JSON.parse(line)).filter((line) => metric === undefined || metric in line);
    },
    queueUrl: (name) => `${endpoint}/000000000000/${name}`,
  };
}

/** Signature version 4 of a JSON call. */
function sign(endpoint: string, service: string, target: string, body: string): Record<string, string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host: new URL(endpoint).host,
    'x-amz-date': time,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).sort();
  const request = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${date}/${REGION}/${service}/aws4_request`;
  const key = [date, REGION, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n'))
    .digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

import http from 'node:http';
import https from 'node:https';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock.ts';
import { amzDate, authorizationOf } from './sign-request.ts';
import { convert, WIRE_FORMS } from './wire-form.ts';

/** As the SDK's client is configured: a connection that hangs must not eat the time of a run. */
const TIMEOUT_MS = 10_000;
const SERVICE = 'dynamodb';
const TARGET = 'DynamoDB_20120810';
const REFUSED = 'ConditionalCheckFailedException';

interface Command {
  readonly input: object;
}
type Send = (command: Command, ...rest: unknown[]) => Promise<unknown>;

/** Where requests go, as the SDK has worked it out. */
interface Endpoint {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

/** An answer that no middleware of the SDK's client sees. */
export interface FastAnswer {
  /** Epoch ms, of the worker's clock. */
  readonly sentAt: number;
  /** DynamoDB's Date header. */
  readonly date: string | undefined;
  /** The error's name, as `ThrottlingException`; null for a success. */
  readonly problem: string | null;
}

export interface FastClientDeps {
  readonly clock: Clock;
  readonly onAnswer?: (answer: FastAnswer) => void;
}

/**
 * A document client that spends a third of the SDK's time on a request. The usual operations are signed and sent straight
 * away; the SDK does the first request (and so tells the endpoint), holds region and credentials, and takes over whenever an
 * answer is anything but a success or a refused condition: its retries, its errors. So at most the first try is ours.
 */
export function createFastClient(client: DynamoDBClient, { clock, onAnswer }: FastClientDeps): DynamoDBDocumentClient {
  const document = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const slowly = document.send.bind(document) as Send;
  const agent = { keepAlive: true, maxSockets: 50 } as const;
  const agents = { 'http:': new http.Agent(agent), 'https:': new https.Agent(agent) };
  let endpoint: Endpoint | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      endpoint ??= endpointOf(args.request);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'learnEndpoint', priority: 'low' },
  );

  async function quickly(command: Command, to: Endpoint): Promise<Answer | undefined> {
    const form = WIRE_FORMS[command.constructor.name];
    if (form === undefined) return undefined;
    const body = JSON.stringify(convert(command.input as Readonly<Record<string, unknown>>, form.input));
    const [credentials, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    const sentAt = clock.now();
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.0',
      host: to.port === undefined ? to.hostname : `${to.hostname}:${to.port}`,
      'x-amz-date': amzDate(sentAt),
      'x-amz-target': `${TARGET}.${form.operation}`,
      ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
    };
    headers.authorization = authorizationOf({ headers, body }, credentials, { region, service: SERVICE });
    const protocol = to.protocol === 'http:' ? 'http:' : 'https:';
    const answer = await post({ ...to, protocol }, headers, body, agents[protocol]);
    if (answer === undefined) return undefined;
    onAnswer?.({ sentAt, date: answer.date, problem: problemOf(answer) });
    return answer.status === 200 ? { ...answer, output: convert(answer.output, form.output) } : answer;
  }

  const send: Send = async (command, ...rest) => {
    if (endpoint === undefined || rest.length > 0) return slowly(command, ...rest);
    const answer = await quickly(command, endpoint);
    if (answer?.status === 200) return { $metadata: { httpStatusCode: 200, attempts: 1 }, ...answer.output };
    if (answer !== undefined && problemOf(answer) === REFUSED) {
      const { Item, message, Message } = answer.output;
      throw new ConditionalCheckFailedException({
        message: String(message ?? Message ?? 'The conditional request failed'),
        $metadata: { httpStatusCode: 400, attempts: 1 },
        ...(Item !== undefined && { Item: Item as never }),
      });
    }
    return slowly(command);
  };
  const destroy = (): void => {
    for (const each of Object.values(agents)) each.destroy();
    client.destroy();
  };
  return Object.assign(document, { send, destroy });
}

interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly output: Readonly<Record<string, unknown>>;
}

/** `com.amazonaws.dynamodb.v20120810#ThrottlingException` without what stands before it. */
function problemOf({ status, output: { __type: type } }: Answer): string | null {
  if (status === 200) return null;
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : `HTTP ${status}`;
}

/** Undefined when no answer came that can be read. */
function post(
  to: Endpoint & { readonly protocol: 'http:' | 'https:' },
  headers: Readonly<Record<string, string>>,
  body: string,
  agent: http.Agent,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const { hostname, port, protocol } = to;
    const options = { agent, hostname, port, method: 'POST', path: '/' };
    const length = Buffer.byteLength(body);
    const request = (protocol === 'http:' ? http : https).request(
      { ...options, headers: { ...headers, 'content-length': length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => end(undefined));
        response.on('end', () => end(read(response, Buffer.concat(chunks))));
      },
    );
    const timer = setTimeout(() => request.destroy(new Error('timeout')), TIMEOUT_MS);
    const end = (answer: Answer | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on('error', () => end(undefined));
    request.end(body);
  });
}

function read({ statusCode: status = 0, headers }: http.IncomingMessage, bytes: Buffer): Answer | undefined {
  try {
    return { status, date: headers.date, output: JSON.parse(bytes.toString('utf8')) as Answer['output'] };
  } catch {
    return undefined;
  }
}

function endpointOf(request: unknown): Endpoint | undefined {
  const { protocol, hostname, port, path } = request as Partial<Endpoint> & { readonly path?: string };
  // Below a path there is a proxy, not the service.
  if (typeof protocol !== 'string' || typeof hostname !== 'string' || path !== '/') return undefined;
  return { protocol, hostname, ...(port !== undefined && { port }) };
}

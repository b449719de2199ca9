import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { SqsEngine } from './engine.ts';
import { operations } from './operations.ts';
import { type OperationName, requests } from './requests.ts';
import { missingParameter, SqsError } from './sqs-error.ts';

const TARGET_PREFIX = 'AmazonSQS.';
const CONTENT_TYPE = 'application/x-amz-json-1.0';

export interface ProtocolRequest {
  /** The header x-amz-target. */
  readonly target: string | undefined;
  readonly body: string;
  /** Where the request went to, e.g. `http://127.0.0.1:4567`. */
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ProtocolResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers one request of the SQS JSON protocol. Rejects only with the reason of the request's own signal. */
export type Protocol = (request: ProtocolRequest) => Promise<ProtocolResponse>;

/** The AWS JSON protocol 1.0, as the SDK speaks it to SQS. Nobody has to sign: everything belongs to the one account. */
export function sqsProtocol(engine: SqsEngine): Protocol {
  const run = async <Name extends OperationName>(name: Name, { body, ...request }: ProtocolRequest): Promise<object> =>
    operations[name](parseRequest(name, body), { engine, ...request });

  return async (request) => {
    const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() };
    try {
      return { status: 200, headers, body: JSON.stringify(await run(operationName(request.target), request)) };
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      const { code, queryCode, message } =
        error instanceof SqsError ? error : new SqsError('InternalError', `The embedded SQS failed: ${String(error)}`);
      return {
        status: error instanceof SqsError ? 400 : 500,
        headers: {
          ...headers,
          'x-amzn-query-error': `${queryCode};${error instanceof SqsError ? 'Sender' : 'Receiver'}`,
        },
        body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
      };
    }
  };
}

function operationName(target = ''): OperationName {
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
  if (Object.hasOwn(requests, name)) return name as OperationName;
  throw new SqsError('UnsupportedOperation', `The embedded SQS does not know the operation '${target}'.`);
}

function parseRequest<Name extends OperationName>(name: Name, body: string): z.infer<(typeof requests)[Name]> {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    throw new SqsError('SerializationException', 'The request body is not JSON.');
  }
  const parsed = requests[name].safeParse(document);
  if (parsed.success) return parsed.data as z.infer<(typeof requests)[Name]>;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  if (valueAt(document, issue?.path ?? []) === undefined) throw missingParameter(path);
  throw new SqsError('SerializationException', `${path}: ${issue?.message}`);
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(
    (value: unknown, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );
}

import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import type { SqsEngine } from './engine.ts';
import { sqsProtocol } from './protocol.ts';

/** The part of an SDK request that matters here. */
interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** For `new SQSClient({ requestHandler })`: the SDK's requests reach the engine without a port. */
function embeddedSqsRequestHandler(engine: SqsEngine): NonNullable<SQSClientConfig['requestHandler']> {
  const answer = sqsProtocol(engine);
  return {
    handle: async (request: HttpRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) => {
      abortSignal?.throwIfAborted();
      const { protocol, hostname, port } = request;
      const { status, headers, body } = await answer({
        target: request.headers['x-amz-target'],
        body: textOf(request.body),
        baseUrl: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
        signal: abortSignal,
      });
      return { response: { statusCode: status, headers: { ...headers }, body: Buffer.from(body) } };
    },
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

/** All an SQSClient needs to reach the engine. */
export function embeddedSqsClientConfig(engine: SqsEngine): SQSClientConfig {
  return {
    region: engine.queues.region,
    endpoint: 'http://sqs.embedded',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    requestHandler: embeddedSqsRequestHandler(engine),
  };
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString() : '{}';
}

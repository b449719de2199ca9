import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SqsEngine } from '../../local/sqs/engine.ts';
import { operations } from '../../local/sqs/operations.ts';
import { type OperationName, requests } from '../../local/sqs/requests.ts';
import { SqsError } from '../../local/sqs/sqs-error.ts';

/**
 * The embedded SQS behind a client's `send`, without the SDK's signing and serialising: a simulation makes hundreds of
 * thousands of calls, and those would be most of its time.
 */
export function directSqsClient(engine: SqsEngine): SQSClient {
  const send = async (
    command: { readonly constructor: { readonly name: string }; readonly input: object },
    { abortSignal }: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<object> => {
    const name = command.constructor.name.replace(/Command$/, '') as OperationName;
    const run = operations[name] as (request: unknown, context: object) => Promise<object> | object;
    const request = requests[name].parse(command.input);
    try {
      return await run(request, { engine, target: name, baseUrl: 'http://sqs.embedded', signal: abortSignal });
    } catch (error) {
      throw error instanceof SqsError ? Object.assign(new Error(error.message), { name: error.code }) : error;
    }
  };
  return { send } as unknown as SQSClient;
}

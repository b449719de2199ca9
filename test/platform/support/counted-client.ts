import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A document client that counts what it is asked, knows whether an answer is outstanding, and fails on request. */
export interface CountedClient {
  readonly client: DynamoDBDocumentClient;
  readonly busy: () => boolean;
  /** Requests so far, by command: `{ GetCommand: 1 }`. */
  readonly sent: Readonly<Record<string, number>>;
  /** Fails the next `times` requests; answers how many of them have failed. */
  failNext(times: number): () => number;
}

export function countedClient(real: DynamoDBDocumentClient): CountedClient {
  const sent: Record<string, number> = {};
  let outstanding = 0;
  let failures = 0;
  let failed = 0;
  const send = async (command: object): Promise<unknown> => {
    const name = command.constructor.name;
    sent[name] = (sent[name] ?? 0) + 1;
    if (failures > 0) {
      failures -= 1;
      failed += 1;
      throw Object.assign(new Error('throttled by the test'), { name: 'ProvisionedThroughputExceededException' });
    }
    outstanding += 1;
    try {
      return await (real.send as (command: object) => Promise<unknown>).call(real, command);
    } finally {
      outstanding -= 1;
    }
  };
  return {
    client: new Proxy(real, { get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)) }),
    busy: () => outstanding > 0,
    sent,
    failNext(times) {
      failures = times;
      failed = 0;
      return () => failed;
    },
  };
}

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { asTenantId } from '../functions/model/ids.ts';
import { KIND_NAMES } from '../functions/model/kind-name.ts';
import { type Clock, systemClock } from '../functions/platform/clock.ts';
import { createLocalKeyService } from '../functions/platform/credentials/local-key-service.ts';
import type { HttpClient } from '../functions/platform/http/http.ts';
import { createIds } from '../functions/platform/ids.ts';
import { silentLog } from '../functions/platform/log.ts';
import { silentMeter } from '../functions/platform/meter.ts';
import type { Runtime } from '../functions/runtime/runtime.ts';
import { databaseOf } from '../functions/runtime/services.ts';
import { readSettings } from '../functions/runtime/settings.ts';
import { startEmbeddedDynamoDb } from '../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../local/dynamodb/ensure-tables.ts';
import { SqsEngine } from '../local/sqs/engine.ts';
import { ensureQueues } from '../local/sqs/ensure-queues.ts';
import { embeddedSqsClientConfig } from '../local/sqs/request-handler.ts';
import { type CapacityMeter, meterCapacity } from './capacity.ts';

export const TENANT = asTenantId('bench');
const PREFIX = 'bench';

/** The engine in a process of its own, with empty tables, and a runtime that the deployed handlers run on. */
export interface Rig {
  readonly runtime: Runtime;
  readonly db: ReturnType<typeof databaseOf>;
  readonly capacity: CapacityMeter;
  /** For a client that is not metered. */
  readonly clientConfig: DynamoDBClientConfig;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly clock?: Clock;
  readonly http?: HttpClient;
  /** Default: SQS in this process, which costs its CPU too. */
  readonly sqs?: SQSClient;
  readonly environment?: Readonly<Record<string, string>>;
  readonly log?: Runtime['log'];
  readonly meter?: Runtime['meter'];
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { clock = systemClock, http = noHttp } = options;
  const engine = await startEmbeddedDynamoDb();
  const lowLevel = new DynamoDBClient(engine.clientConfig);
  await ensureTables(lowLevel, PREFIX);
  const dynamo = DynamoDBDocumentClient.from(lowLevel, { marshallOptions: { removeUndefinedValues: true } });
  const capacity = meterCapacity(dynamo);
  const sqsEngine = new SqsEngine({ clock });
  const sqs = options.sqs ?? new SQSClient(embeddedSqsClientConfig(sqsEngine));
  const queues = await ensureQueues(sqs, PREFIX, KIND_NAMES);
  const runtime: Runtime = {
    settings: readSettings({
      STAGE: 'bench',
      TABLE_PREFIX: PREFIX,
      QUEUE_URLS: JSON.stringify(Object.fromEntries(KIND_NAMES.map((kind) => [kind, queues[kind].url]))),
      ...options.environment,
    }),
    clock,
    ids: createIds(clock),
    log: options.log ?? silentLog,
    meter: options.meter ?? silentMeter,
    dynamo,
    sqs,
    http,
    keys: createLocalKeyService({ masterKey: new Uint8Array(32).fill(1) }),
    publish: async () => undefined,
    subscriptions: { subscribe: async (_, email) => ({ id: email, notice: '' }), unsubscribe: async () => undefined },
    stopSignal: new AbortController().signal,
  };
  return {
    runtime,
    db: databaseOf(runtime),
    capacity,
    clientConfig: engine.clientConfig,
    async close() {
      sqsEngine.close();
      lowLevel.destroy();
      await engine.close();
    },
  };
}

/** What middy hands its handler when Lambda calls it. */
export const MIDDY_OPTIONS = { signal: new AbortController().signal };

/** A context with a minute left. */
export const lambdaContext = (remainingMs = 60_000): Context =>
  ({ getRemainingTimeInMillis: () => remainingMs }) as Context;

/** What an event source mapping hands a worker. */
export function sqsEvent(kind: string, bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: String(index),
      receiptHandle: String(index),
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'bench',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${PREFIX}-${kind}`,
      awsRegion: 'us-east-1',
    })),
  };
}

const noHttp: HttpClient = {
  send: async ({ url }) => {
    throw new Error(`the bench has nobody at ${url}`);
  },
};

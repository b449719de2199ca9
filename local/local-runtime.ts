import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { KIND_NAMES, type KindName } from '../functions/model/kind-name.ts';
import { systemClock } from '../functions/platform/clock.ts';
import { createLocalKeyService, loadMasterKey } from '../functions/platform/credentials/local-key-service.ts';
import { createAddressGuard } from '../functions/platform/http/address-guard.ts';
import { createHttpClient } from '../functions/platform/http/http-client.ts';
import { createIds } from '../functions/platform/ids.ts';
import type { Log } from '../functions/platform/log.ts';
import { silentMeter } from '../functions/platform/meter.ts';
import type { Runtime } from '../functions/runtime/runtime.ts';
import { databaseOf } from '../functions/runtime/services.ts';
import { readSettings } from '../functions/runtime/settings.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { startEmbeddedDynamoDb } from './dynamodb/embedded-dynamodb.ts';
import { ensureTables } from './dynamodb/ensure-tables.ts';
import type { LocalOptions } from './options.ts';
import { printedMail } from './printed-mail.ts';
import { SqsEngine } from './sqs/engine.ts';
import { ensureQueues, type QueuePair } from './sqs/ensure-queues.ts';
import { openFileJournal } from './sqs/file-journal.ts';
import { embeddedSqsClientConfig } from './sqs/request-handler.ts';

const PREFIX = 'driftless-local';

export interface LocalRuntime {
  readonly runtime: Runtime;
  readonly sqs: SQSClient;
  readonly queues: Readonly<Record<KindName, QueuePair>>;
  /** For signing local tokens; kept with the data, so that a token outlives a restart. */
  readonly tokenSecret: Uint8Array;
  close(): Promise<void>;
}

/** The embedded AWS: DynamoDB in a child process, SQS in this one, a master key in place of KMS. */
export async function startLocalRuntime(
  options: LocalOptions,
  { log, stopSignal, onFailure }: { log: Log; stopSignal: AbortSignal; onFailure: (reason: string) => void },
): Promise<LocalRuntime> {
  const { dataDir } = options;
  if (dataDir !== undefined) await prepareDataDirectory(dataDir);
  const clock = systemClock;
  const dynamo = await startEmbeddedDynamoDb({
    ...(dataDir !== undefined && { dataDir: join(dataDir, 'dynamodb') }),
    onUnexpectedEnd: onFailure,
  });
  const lowLevel = new DynamoDBClient(dynamo.clientConfig);
  const engine = new SqsEngine({
    clock,
    ...(dataDir !== undefined && { journal: openFileJournal(join(dataDir, 'sqs')) }),
  });
  const sqs = new SQSClient(embeddedSqsClientConfig(engine));
  const [, queues] = await Promise.all([ensureTables(lowLevel, PREFIX), ensureQueues(sqs, PREFIX, KIND_NAMES)]);
  const masterKey = dataDir === undefined ? randomBytes(32) : await loadMasterKey(join(dataDir, 'master-key'));
  const http = createHttpClient({
    guard: createAddressGuard({ allowedPrivateCidrs: options.allowedPrivateCidrs }),
    clock,
  });
  const settings = readSettings({
    STAGE: 'local',
    TABLE_PREFIX: PREFIX,
    QUEUE_URLS: JSON.stringify(Object.fromEntries(KIND_NAMES.map((kind) => [kind, queues[kind].url]))),
    TICK_SECONDS: String(options.tickSeconds),
    ALLOWED_PRIVATE_CIDRS: options.allowedPrivateCidrs.join(','),
  });
  const client = DynamoDBDocumentClient.from(lowLevel, { marshallOptions: { removeUndefinedValues: true } });
  const runtime: Runtime = {
    settings,
    clock,
    ids: createIds(clock),
    log,
    meter: silentMeter,
    dynamo: client,
    sqs,
    http,
    keys: createLocalKeyService({ masterKey }),
    ...printedMail(databaseOf({ dynamo: client, settings, clock }), log),
    stopSignal,
  };
  return {
    runtime,
    sqs,
    queues,
    tokenSecret: masterKey,
    async close() {
      http.close();
      engine.close();
      lowLevel.destroy();
      await dynamo.close();
    },
  };
}

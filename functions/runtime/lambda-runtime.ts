import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../model/ids.ts';
import { systemClock } from '../platform/clock.ts';
import { countThrottles } from '../platform/count-throttles.ts';
import { createKmsKeyService } from '../platform/credentials/kms-key-service.ts';
import { createAddressGuard } from '../platform/http/address-guard.ts';
import { createHttpClient } from '../platform/http/http-client.ts';
import { createIds } from '../platform/ids.ts';
import { createMeter } from '../platform/meter.ts';
import { snsPublisher } from '../platform/notifier.ts';
import { snsSubscriptions } from '../platform/subscriptions.ts';
import { createStoreClock } from '../platform/upstream/store-clock.ts';
import { readSettings as readTenant } from '../store/settings.ts';
import type { Runtime } from './runtime.ts';
import { databaseOf } from './services.ts';
import { readSettings } from './settings.ts';

/** A connection that hangs must not eat the time of a run. */
const AWS_CALL = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true } as const;

/** The runtime of a deployed function, made once per cold start. */
export function lambdaRuntime(): Runtime {
  const settings = readSettings(process.env);
  const clock = systemClock;
  const log = new Logger({ serviceName: settings.POWERTOOLS_SERVICE_NAME, logLevel: settings.LOG_LEVEL });
  const options = { requestHandler: AWS_CALL, maxAttempts: 5, retryMode: 'standard' } as const;
  const topic = settings.TOPIC_ARN;
  const sns = new SNSClient(options);
  const meter = createMeter(settings.POWERTOOLS_SERVICE_NAME);
  const lowLevel = new DynamoDBClient(options);
  countThrottles(lowLevel, meter);
  const dynamo = DynamoDBDocumentClient.from(lowLevel, { marshallOptions: { removeUndefinedValues: true } });
  const db = databaseOf({ dynamo, settings, clock });
  const addressOf = async (tenantId: TenantId) => (await readTenant(tenantId, db)).notificationEmail;
  return {
    settings,
    clock,
    ids: createIds(clock),
    log: {
      debug: (message, fields = {}) => log.debug(message, fields),
      info: (message, fields = {}) => log.info(message, fields),
      warn: (message, fields = {}) => log.warn(message, fields),
      error: (message, fields = {}) => log.error(message, fields),
    },
    meter,
    dynamo,
    storeClock: createStoreClock({ client: dynamo, clock }),
    sqs: new SQSClient(options),
    http: createHttpClient({
      guard: createAddressGuard({ allowedPrivateCidrs: settings.ALLOWED_PRIVATE_CIDRS }),
      clock,
      maxBodyBytes: settings.MAX_BODY_BYTES,
    }),
    keys: createKmsKeyService({ client: new KMSClient(options), keyId: settings.KMS_KEY_ID ?? '' }),
    publish: topic === undefined ? async () => undefined : snsPublisher(sns, topic, addressOf),
    subscriptions: snsSubscriptions(sns, topic ?? ''),
    // Lambda tells nobody that it stops: a run that is cut off is found by its lease.
    stopSignal: new AbortController().signal,
  };
}

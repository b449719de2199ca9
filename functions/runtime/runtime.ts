import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../platform/clock.ts';
import type { KeyService } from '../platform/credentials/key-service.ts';
import type { HttpClient } from '../platform/http/http.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Meter } from '../platform/meter.ts';
import type { NotifierDeps } from '../platform/notifier.ts';
import type { Subscriptions } from '../platform/subscriptions.ts';
import type { StoreClock } from '../platform/upstream/limits-table.ts';
import type { Settings } from './settings.ts';

/**
 * Everything outside that the handlers touch. `lambda-runtime.ts` is the real one; the local system and the simulation
 * bring their own, and run the very same handlers.
 */
export interface Runtime {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly dynamo: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly http: HttpClient;
  readonly keys: KeyService;
  /** A clock all workers share, for limits that hold over all of them. Absent where there is one process. */
  readonly storeClock?: StoreClock;
  /** Sends a notice out to people. */
  readonly publish: NotifierDeps['publish'];
  /** Of the addresses that notices go out to. */
  readonly subscriptions: Subscriptions;
  /** Aborted when the process is told to stop. */
  readonly stopSignal: AbortSignal;
}

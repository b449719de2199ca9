import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { CredentialsKey } from './credentials-key.ts';
import type { Data } from './data.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import type { DeployedKind } from './deployed-kinds.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Notifications } from './notifications.ts';

const WORKER_TIMEOUT = Duration.seconds(60);
/** Longer than the worker can run, so that no second one gets a message while the first is at it. */
const VISIBILITY_TIMEOUT = Duration.seconds(75);
/** The message and three retries; then the redrive policy moves it. */
const MAX_RECEIVE_COUNT = 4;
const BATCH_SIZE = 10;
/** When a provider is down many are given up on at once: recording them must not take the account's concurrency from the runs. */
const DEAD_LETTER_CONCURRENCY = 5;

export interface KindPipelineProps {
  readonly configuration: Configuration;
  readonly data: Data;
  readonly credentialsKey: CredentialsKey;
  readonly notifications: Notifications;
}

/** One kind's way from slot to history: queue → worker, and queue → dead-letter queue → dead-letter function. */
export class KindPipeline extends Construct {
  readonly kind: DeployedKind;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly worker: LambdaFunction;
  readonly deadLetter: LambdaFunction;

  constructor(scope: Construct, kind: DeployedKind, props: KindPipelineProps) {
    const { name } = kind;
    super(scope, name);
    const { configuration, data, credentialsKey, notifications } = props;
    this.kind = kind;
    this.deadLetterQueue = deadLetterQueue(this, 'DeadLetters', {
      configuration,
      name: `${name}-dlq`,
      visibilityTimeout: VISIBILITY_TIMEOUT,
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: `${configuration.prefix}-${name}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: !configuration.local,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      // A message outlives an outage of days; a slot that is stale by then is dropped by the worker.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });

    this.worker = new LambdaFunction(this, 'Worker', {
      configuration,
      name,
      handler: 'execute',
      description: `Syncs integrations of the kind ${name}`,
      timeout: WORKER_TIMEOUT,
      memoryMb: configuration.memoryMb[name],
      vpc: configuration.vpc?.kinds.includes(name) ? configuration.vpc : null,
      // Long runs go on in another message, a buffer that fills is emptied batch by batch, and what is put off is put off again.
      comesBack: true,
    });
    data.grantRun(this.worker, ['history', 'data', 'tenants', 'limits']);
    credentialsKey.grantOpen(this.worker);
    notifications.grantPublish(this.worker);
    this.grantSend(this.worker);
    this.worker.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: BATCH_SIZE,
        reportBatchItemFailures: true,
        maxConcurrency: configuration.concurrency[name],
      }),
    );

    this.deadLetter = new LambdaFunction(this, 'DeadLetter', {
      configuration,
      name: `${name}-dead-letter`,
      handler: 'dead-letter',
      description: `Records what was given up on (${name})`,
      timeout: WORKER_TIMEOUT,
      memoryMb: 256,
      // Data to be removed is tried for as long as it takes: queue, dead-letter queue, and back.
      comesBack: true,
    });
    data.grantRun(this.deadLetter, ['history', 'tenants']);
    notifications.grantPublish(this.deadLetter);
    // A message whose run turns out to be alive goes back.
    this.grantSend(this.deadLetter);
    this.deadLetter.function.addEventSource(
      new SqsEventSource(this.deadLetterQueue, {
        batchSize: BATCH_SIZE,
        reportBatchItemFailures: true,
        maxConcurrency: DEAD_LETTER_CONCURRENCY,
      }),
    );
  }

  /** Lets a function enqueue runs of this kind. */
  grantSend(fn: LambdaFunction): void {
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
    fn.setQueueUrl(this.kind.name, this.queue.queueUrl);
  }
}

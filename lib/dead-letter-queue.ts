import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';

/** A queue for what was given up on: kept as long as SQS can. */
export function deadLetterQueue(
  scope: Construct,
  id: string,
  props: { readonly configuration: Configuration; readonly name: string; readonly visibilityTimeout?: Duration },
): Queue {
  const { configuration, name, visibilityTimeout } = props;
  return new Queue(scope, id, {
    queueName: `${configuration.prefix}-${name}`,
    encryption: QueueEncryption.SQS_MANAGED,
    // An emulator speaks plain HTTP.
    enforceSSL: !configuration.local,
    retentionPeriod: Duration.days(14),
    ...(visibilityTimeout ? { visibilityTimeout } : {}),
  });
}

import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** What the functions tell people: disabled, recovered, dead-lettered. Alarms have topics of their own (observability). */
export class Notifications extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: `${configuration.prefix}-notifications`,
      displayName: `Driftless ${configuration.stage}`,
      enforceSSL: !configuration.local,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    });
    if (configuration.email !== null) this.topic.addSubscription(new EmailSubscription(configuration.email));
  }

  grantPublish(fn: LambdaFunction): void {
    fn.allow(['sns:Publish'], [this.topic.topicArn]);
    fn.setEnvironment('TOPIC_ARN', this.topic.topicArn);
  }
}

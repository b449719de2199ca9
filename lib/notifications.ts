import { Stack, Validations } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { type CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
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

  /** For the address in a tenant's settings. Mail only; a subscription has no name before it is made. */
  grantSubscribe(fn: LambdaFunction): void {
    fn.allow(['sns:Subscribe'], [this.topic.topicArn], { StringEquals: { 'sns:Protocol': 'email' } });
    fn.allow(['sns:Unsubscribe'], [this.topic.topicArn, `${this.topic.topicArn}:*`]);
    const topicId = Stack.of(this).getLogicalId(this.topic.node.defaultChild as CfnTopic);
    Validations.of(fn).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${topicId}>:*]`,
      reason: 'The subscriptions of one topic, whose names SNS gives when people are subscribed.',
    });
  }
}

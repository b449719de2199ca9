import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Configuration, TICK_SECONDS } from './configuration.ts';
import type { Data } from './data.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import { LambdaFunction } from './lambda-function.ts';

/**
 * The tick: EventBridge Scheduler invokes the dispatcher once a minute. A tick that could not be delivered, or that failed,
 * ends in a queue of its own for a person to see; it is not made again, because the next tick takes over what it left.
 */
export class Dispatcher extends Construct {
  readonly lambda: LambdaFunction;
  readonly deadLetterQueue: Queue;
  /** Ticks a minute. */
  readonly ticks: number;

  constructor(scope: Construct, id: string, props: { readonly configuration: Configuration; readonly data: Data }) {
    super(scope, id);
    const { configuration, data } = props;
    this.ticks = configuration.dispatchers;
    this.deadLetterQueue = deadLetterQueue(this, 'FailedTicks', { configuration, name: 'tick-dlq' });
    this.lambda = new LambdaFunction(this, 'Dispatch', {
      configuration,
      name: 'dispatch',
      handler: 'dispatch',
      description: 'Enqueues what is due before the next tick',
      timeout: Duration.seconds(TICK_SECONDS),
      memoryMb: 1024,
      // Throttled ticks would be kept for hours, and then all run at once.
      asynchronous: { deadLetterQueue: this.deadLetterQueue, maxEventAge: Duration.seconds(TICK_SECONDS) },
    });
    data.grantDispatch(this.lambda);

    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.lambda.function.functionArn] }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetterQueue.queueArn] }));
    for (let index = 0; index < configuration.dispatchers; index++) this.tick(index, configuration, role);
  }

  private tick(index: number, { prefix, dispatchers, dueShards }: Configuration, role: Role): void {
    const number = index === 0 ? '' : String(index + 1);
    const shards = Array.from({ length: dueShards }, (_, shard) => shard).filter(
      (shard) => shard % dispatchers === index,
    );
    const schedule = new CfnSchedule(this, `Schedule${number}`, {
      name: `${prefix}-tick${number && `-${number}`}`,
      description: 'The tick of Driftless',
      scheduleExpression: `rate(${TICK_SECONDS / 60} minute)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.lambda.function.functionArn,
        roleArn: role.roleArn,
        // Without it, all.
        ...(dispatchers > 1 ? { input: JSON.stringify({ shards }) } : {}),
        deadLetterConfig: { arn: this.deadLetterQueue.queueArn },
        // Older than a tick it is of no use: the next one does its work.
        retryPolicy: { maximumEventAgeInSeconds: TICK_SECONDS, maximumRetryAttempts: 3 },
      },
    });
    // The schedule checks at once that its role may invoke the function.
    schedule.node.addDependency(role);
  }
}

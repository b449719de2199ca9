import { join } from 'node:path';
import { Annotations, ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type ISubnet, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, RecursiveLoop, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../functions/platform/metric-names.ts';
import { type Configuration, TICK_SECONDS, type VpcConfiguration } from './configuration.ts';

const ROOT = join(import.meta.dirname, '..');

export interface LambdaFunctionProps {
  readonly configuration: Configuration;
  /** Ends the physical name: `<prefix>-<name>`. */
  readonly name: string;
  /** Folder under functions/ whose handler.ts it is. */
  readonly handler: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  /** Set where it must reach a private network. */
  readonly vpc?: VpcConfiguration | null;
  /** Its messages lead back to it, on purpose. Lambda stops a chain of sixteen otherwise. */
  readonly comesBack?: boolean;
  /** Invoked asynchronously: where events end that failed, or that found no free worker for so long. */
  readonly asynchronous?: { readonly deadLetterQueue: Queue; readonly maxEventAge: Duration };
}

/**
 * A function with a role of its own that holds nothing but its log group and its traces; whatever else it may do is given
 * by the construct that owns the resource, together with the environment names that lead there.
 */
export class LambdaFunction extends Construct {
  readonly function: NodejsFunction;
  readonly functionName: string;
  readonly logGroup: LogGroup;
  readonly timeout: Duration;
  readonly memoryMb: number;
  private readonly role: Role;
  private readonly local: boolean;
  private readonly queueUrls: Record<string, string> = {};

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const { configuration } = props;
    this.local = configuration.local;
    this.functionName = `${configuration.prefix}-${props.name}`;
    this.timeout = props.timeout;
    this.memoryMb = props.memoryMb;
    this.logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${this.functionName}`,
      retention: configuration.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);
    if (props.vpc) this.allowNetworkInterfaces();
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray segments and the network interfaces of a function in a VPC cannot be named before they exist.',
    });

    this.function = new NodejsFunction(this, 'Function', {
      functionName: this.functionName,
      description: props.description,
      entry: join(ROOT, 'functions', props.handler, 'handler.ts'),
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      // An emulator runs the function on this machine.
      architecture: configuration.local && process.arch === 'x64' ? Architecture.X86_64 : Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      role: this.role,
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      awsSdkConnectionReuse: false,
      ...(props.comesBack ? { recursiveLoop: RecursiveLoop.ALLOW } : {}),
      environment: environmentOf(configuration),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        keepNames: false,
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        mainFields: ['module', 'main'],
        // The SDK goes inside: the version that was tested is the one that runs, and a cold start reads one small file.
        externalModules: [],
        // Packages inside that are still CommonJS call require for Node's own modules.
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
      ...(props.asynchronous
        ? {
            deadLetterQueue: props.asynchronous.deadLetterQueue,
            maxEventAge: props.asynchronous.maxEventAge,
            retryAttempts: 0,
          }
        : {}),
      ...(props.vpc ? networkOf(this, props.vpc) : {}),
    });
    // Without it a function could log before its permission to do so is there, and the lines would be lost.
    this.function.node.addDependency(this.role);
  }

  /** Least privilege: single actions on single resources. `conditions` as in IAM. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void {
    const add = (names: readonly string[], on: readonly string[], when: Conditions | undefined) =>
      this.role.addToPolicy(
        new PolicyStatement({ actions: [...names], resources: [...on], ...(when ? { conditions: when } : {}) }),
      );
    add(actions, resources, this.local ? undefined : conditions);
    const more = this.local ? actions.flatMap((action) => EMULATOR_ACTIONS[action] ?? []) : [];
    if (more.length > 0) add(more, ['*'], undefined);
  }

  /** Lambda itself makes them, with this role; code that runs inside, whatever it was brought to run, must not. */
  private allowNetworkInterfaces(): void {
    const own = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const actions = [...NETWORK_INTERFACE_ACTIONS];
    this.allow(actions, ['*']);
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': own } },
      }),
    );
  }

  setEnvironment(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }

  /** Adds a kind's queue to QUEUE_URLS. */
  setQueueUrl(kind: string, url: string): void {
    this.queueUrls[kind] = url;
    this.setEnvironment('QUEUE_URLS', this.function.stack.toJsonString({ ...this.queueUrls }));
  }
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * MiniStack asks for these, on any resource, where AWS asks for what the batch's entries need, and of a subscription for the
 * right on its topic; and it does not know the conditions that KMS does.
 */
const EMULATOR_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'sqs:SendMessage': ['sqs:SendMessageBatch'],
  'dynamodb:PartiQLUpdate': ['dynamodb:BatchExecuteStatement'],
  'sns:Unsubscribe': ['sns:Unsubscribe'],
};

function environmentOf(configuration: Configuration): Record<string, string> {
  return {
    STAGE: configuration.stage,
    QUEUE_URLS: '{}',
    ALLOWED_PRIVATE_CIDRS: configuration.allowedPrivateCidrs.join(','),
    RETENTION_DAYS: String(configuration.retentionDays),
    MEASUREMENT_RETENTION_DAYS: String(configuration.measurementRetentionDays),
    DUE_SHARDS: String(configuration.dueShards),
    TICK_SECONDS: String(TICK_SECONDS),
    MAX_BODY_BYTES: String(configuration.maxBodyBytes),
    LOG_LEVEL: configuration.logLevel,
    // The `service` dimension of every metric: two deployments in one account stay apart.
    POWERTOOLS_SERVICE_NAME: configuration.prefix,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    NODE_OPTIONS: '--enable-source-maps',
  };
}

const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** By ids, without a look-up, so that a synth needs no AWS account. */
function networkOf(scope: Construct, vpc: VpcConfiguration) {
  Annotations.of(scope).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', 'Nothing here asks for routes.');
  const subnets: ISubnet[] = vpc.subnetIds.map((id, index) => Subnet.fromSubnetId(scope, `Subnet${index}`, id));
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', {
      vpcId: vpc.id,
      availabilityZones: vpc.subnetIds.map((_, index) => `zone-${index}`),
      privateSubnetIds: [...vpc.subnetIds],
    }),
    vpcSubnets: { subnets },
    securityGroups: [
      SecurityGroup.fromSecurityGroupId(scope, 'SecurityGroup', vpc.securityGroupId, { mutable: false }),
    ],
  };
}

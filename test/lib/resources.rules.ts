import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { TABLE_NAMES, tables } from '../../functions/store/tables.ts';
import { deployedKinds } from '../../lib/deployed-kinds.ts';
import { type Resource, resourcesOf, synthesize, textOf } from './synthesize.ts';

const { template } = synthesize({ stage: 'test', email: 'ops@example.com' });
const PREFIX = 'driftless-test';

/** All but the one with which the CDK uploads the console. */
const functions = resourcesOf(template, 'AWS::Lambda::Function').filter(({ properties }) => properties.FunctionName);
const queues = resourcesOf(template, 'AWS::SQS::Queue');
const functionNamed = (name: string): Resource => {
  const found = functions.find(({ properties }) => properties.FunctionName === `${PREFIX}-${name}`);
  if (found === undefined) throw new Error(`there is no function ${name}`);
  return found;
};

/** Statements that the role of a function has, with the resources as text. */
function statementsOf(
  lambda: Resource,
): readonly { actions: readonly string[]; resources: string; conditions: string }[] {
  const role = lambda.properties.Role['Fn::GetAtt'][0];
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => textOf(properties.Roles).includes(role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .map(({ Action, Resource, Condition }) => ({
      actions: [Action].flat(),
      resources: textOf(Resource),
      conditions: textOf(Condition ?? {}),
    }));
}
const actionsOf = (lambda: Resource) => statementsOf(lambda).flatMap(({ actions }) => actions);

describe('queues', () => {
  it('each kind has one, and its messages end in a dead-letter queue after four receives', () => {
    for (const { name } of deployedKinds) {
      const queue = queues.find(({ properties }) => properties.QueueName === `${PREFIX}-${name}`);
      const dlq = queues.find(({ properties }) => properties.QueueName === `${PREFIX}-${name}-dlq`);
      expect(queue?.properties.RedrivePolicy).toEqual({
        deadLetterTargetArn: { 'Fn::GetAtt': [dlq?.id, 'Arn'] },
        maxReceiveCount: 4,
      });
    }
    expect(deployedKinds.length).toBeGreaterThan(0);
  });

  it('every queue has a dead-letter queue or is one', () => {
    const targets = queues.map(({ properties }) => textOf(properties.RedrivePolicy ?? {})).join();
    const ofFunctions = textOf([
      resourcesOf(template, 'AWS::Scheduler::Schedule'),
      functions.map(({ properties }) => properties.DeadLetterConfig),
    ]);
    for (const { id, properties } of queues) {
      const isTarget = `${targets}${ofFunctions}`.includes(id);
      expect(properties.RedrivePolicy !== undefined || isTarget, `${properties.QueueName}`).toBe(true);
      if (isTarget) expect(properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    }
  });

  it('a message stays hidden for longer than its worker can run', () => {
    for (const { properties } of resourcesOf(template, 'AWS::Lambda::EventSourceMapping')) {
      const queue = queues.find(({ id }) => id === properties.EventSourceArn['Fn::GetAtt'][0]);
      const lambda = functions.find(({ id }) => id === properties.FunctionName.Ref);
      expect(queue?.properties.VisibilityTimeout).toBeGreaterThan(lambda?.properties.Timeout);
      expect(properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(properties.BatchSize).toBe(10);
    }
  });

  it('no more workers of a kind run at once than the deployer allows', () => {
    const own = synthesize({ concurrency: { carrier: 3 } }).template;
    const most = resourcesOf(own, 'AWS::Lambda::EventSourceMapping').map(
      ({ properties }) => properties.ScalingConfig?.MaximumConcurrency,
    );
    expect(most).toContain(3);
  });

  it('workers of a kind have the memory the deployer gives them', () => {
    const own = synthesize({ memoryMb: '{"source":1024}' }).template;
    const memoryOf = (name: string) =>
      resourcesOf(own, 'AWS::Lambda::Function').find(
        ({ properties }) => properties.FunctionName === `driftless-prod-${name}`,
      )?.properties.MemorySize;
    expect([memoryOf('source'), memoryOf('carrier'), memoryOf('source-dead-letter')]).toEqual([1024, 512, 256]);
  });
});

describe('functions', () => {
  it('are what was tested: Node 24 on arm64, traced, with a log group that forgets', () => {
    const logGroups = resourcesOf(template, 'AWS::Logs::LogGroup');
    for (const { properties } of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
      const logGroup = logGroups.find(({ id }) => id === properties.LoggingConfig.LogGroup.Ref);
      expect(logGroup?.properties).toMatchObject({
        LogGroupName: `/aws/lambda/${properties.FunctionName}`,
        RetentionInDays: 30,
      });
    }
  });

  it('are told everything they read from the environment', () => {
    const common = [
      'STAGE',
      'ALLOWED_PRIVATE_CIDRS',
      'RETENTION_DAYS',
      'MEASUREMENT_RETENTION_DAYS',
      'DUE_SHARDS',
      'TICK_SECONDS',
    ];
    const telemetry = ['LOG_LEVEL', 'MAX_BODY_BYTES', 'POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE'];
    const named = (name: string) => Object.keys(functionNamed(name).properties.Environment.Variables);
    for (const name of [
      'dispatch',
      'api',
      ...deployedKinds.flatMap((kind) => [kind.name, `${kind.name}-dead-letter`]),
    ]) {
      expect(named(name)).toEqual(expect.arrayContaining([...common, ...telemetry, 'TABLE_PREFIX', 'QUEUE_URLS']));
    }
    for (const name of ['api', ...deployedKinds.map((kind) => kind.name)]) {
      expect(named(name)).toEqual(expect.arrayContaining(['KMS_KEY_ID', 'TOPIC_ARN']));
    }
    expect(named('dispatch')).not.toContain('KMS_KEY_ID');
  });

  it('that enqueue for themselves are not stopped by Lambda as a loop: a run of a hundred slices is one chain of messages', () => {
    const allowed = functions.filter(({ properties }) => properties.RecursiveLoop === 'Allow');
    const loops = deployedKinds.flatMap(({ name }) => [`${PREFIX}-${name}`, `${PREFIX}-${name}-dead-letter`]);
    expect(allowed.map(({ properties }) => properties.FunctionName).sort()).toEqual(loops.sort());
  });

  it('the dispatcher and the API can enqueue every kind, a worker only its own', () => {
    const urls = (name: string) => textOf(functionNamed(name).properties.Environment.Variables.QUEUE_URLS);
    for (const { name } of deployedKinds) {
      expect(urls('dispatch')).toContain(`\\"${name}\\":`);
      expect(urls('api')).toContain(`\\"${name}\\":`);
      for (const other of deployedKinds) expect(urls(name).includes(`\\"${other.name}\\":`)).toBe(other.name === name);
    }
  });

  it('join the VPC where the deployer names one: the kinds in it, and the API for its connection test', () => {
    const vpc = {
      id: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      securityGroupId: 'sg-0123456789abcdef0',
      kinds: ['carrier'],
    };
    const inside = resourcesOf(synthesize({ vpc }).template, 'AWS::Lambda::Function').filter(
      ({ properties }) => properties.VpcConfig,
    );
    expect(inside.map(({ properties }) => properties.FunctionName).sort()).toEqual([
      'driftless-prod-api',
      'driftless-prod-carrier',
    ]);
    expect(inside[0]?.properties.VpcConfig).toEqual({
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    // Lambda makes the network interfaces with the function's role; the function's own code may not.
    const denied = resourcesOf(synthesize({ vpc }).template, 'AWS::IAM::Policy')
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Deny');
    expect(denied.map(({ Condition }) => textOf(Condition)).sort()).toEqual([
      expect.stringMatching(/lambda:SourceFunctionArn.*:function:driftless-prod-api"/),
      expect.stringMatching(/lambda:SourceFunctionArn.*:function:driftless-prod-carrier"/),
    ]);
    for (const { Action } of denied) expect(Action).toContain('ec2:DeleteNetworkInterface');
    expect(Annotations.fromStack(synthesize({ vpc }).stack).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('permissions', () => {
  it('name every action, and every resource that has a name', () => {
    const nameless = new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']);
    for (const { id, properties } of resourcesOf(template, 'AWS::IAM::Policy')) {
      for (const { Action, Resource } of properties.PolicyDocument.Statement) {
        const actions = [Action].flat() as string[];
        for (const action of actions) expect(action, id).not.toContain('*');
        if (actions.every((action) => nameless.has(action))) continue;
        for (const resource of [Resource].flat()) {
          // Objects of the console's own bucket are the only ones that have no names yet.
          if (id.startsWith('ConsoleUpload')) continue;
          // Nor have subscriptions before they are made; they are those of one topic.
          if (actions.join() === 'sns:Unsubscribe' && textOf(resource).includes('NotificationsTopic')) continue;
          expect(textOf(resource), `${id}: ${actions}`).not.toContain('*');
        }
      }
    }
  });

  it('no role carries a policy made by somebody else', () => {
    for (const { properties } of resourcesOf(template, 'AWS::IAM::Role'))
      expect(properties.ManagedPolicyArns).toBeUndefined();
  });

  it('only who needs credentials can open them, and only for a named tenant', () => {
    const decrypt = (lambda: Resource) =>
      statementsOf(lambda).filter(({ actions }) => actions.some((action) => action.startsWith('kms:')));
    for (const { name } of deployedKinds) {
      expect(decrypt(functionNamed(name))).toMatchObject([{ actions: ['kms:Decrypt'] }]);
      expect(decrypt(functionNamed(`${name}-dead-letter`))).toEqual([]);
    }
    expect(decrypt(functionNamed('dispatch'))).toEqual([]);
    expect(decrypt(functionNamed('api'))).toMatchObject([
      {
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        conditions: expect.stringContaining('kms:EncryptionContext:tenant'),
      },
    ]);
  });

  it('the dispatcher moves slots and enqueues, and can do nothing else to an integration', () => {
    expect(new Set(actionsOf(functionNamed('dispatch')).filter((action) => action.startsWith('dynamodb:')))).toEqual(
      new Set(['dynamodb:Query', 'dynamodb:PartiQLUpdate']),
    );
    expect(textOf(statementsOf(functionNamed('dispatch')))).not.toContain('Datahistory');
    expect(textOf(statementsOf(functionNamed('dispatch')))).not.toContain('byTenant');
  });

  it('a run changes its integration, and can neither make nor remove nor look for one', () => {
    const onIntegrations = (name: string) =>
      statementsOf(functionNamed(name)).flatMap(({ actions, resources }) =>
        resources.includes('Dataintegrations') ? actions : [],
      );
    for (const { name } of deployedKinds) {
      for (const lambda of [name, `${name}-dead-letter`]) {
        expect(onIntegrations(lambda), lambda).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
      }
    }
    expect(onIntegrations('api')).toContain('dynamodb:DeleteItem');
  });

  it('who records what was given up on cannot touch what the kinds have stored', () => {
    for (const { name } of deployedKinds) {
      const granted = textOf(statementsOf(functionNamed(`${name}-dead-letter`)));
      expect(granted).toContain('Datatenants');
      expect(granted).not.toContain('Datadata');
      expect(granted).not.toContain('Datalimits');
    }
  });

  it('only the API subscribes people, by mail and to the notices', () => {
    const subscribes = (lambda: Resource) =>
      statementsOf(lambda).filter(({ actions }) => actions.some((action) => action.startsWith('sns:S')));
    const holders = functions.filter((lambda) => subscribes(lambda).length > 0);
    expect(holders).toEqual([functionNamed('api')]);
    const [statement] = subscribes(functionNamed('api'));
    expect(statement).toMatchObject({ actions: ['sns:Subscribe'], conditions: expect.stringContaining('email') });
    expect(actionsOf(functionNamed('api'))).toContain('sns:Unsubscribe');
  });

  it('nobody can scan or delete a table, or read another queue', () => {
    for (const lambda of functions) {
      expect(actionsOf(lambda)).not.toContain('dynamodb:Scan');
      expect(actionsOf(lambda)).not.toContain('dynamodb:DeleteTable');
    }
  });
});

describe('tables', () => {
  const found = resourcesOf(template, 'AWS::DynamoDB::Table');

  it('are those of functions/store/tables.ts, keys and indexes alike', () => {
    const described = found.map(({ properties }) => ({
      name: properties.TableName,
      keys: properties.KeySchema.map((key: { AttributeName: string }) => key.AttributeName),
      indexes: (properties.GlobalSecondaryIndexes ?? []).map((index: { IndexName: string }) => index.IndexName),
    }));
    expect(described).toEqual(
      TABLE_NAMES.map((name) => ({
        name: `${PREFIX}-${name}`,
        keys: [tables[name].partitionKey.name, ...(tables[name].sortKey ? [tables[name].sortKey.name] : [])],
        indexes: tables[name].indexes.map((index) => index.name),
      })),
    );
  });

  it('cost nothing at rest, are encrypted, backed up, and not deleted by a mistake', () => {
    for (const { properties } of found) {
      expect(properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    }
    template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('of a trial go with it', () => {
    const trial = synthesize({ disposable: true }).template;
    trial.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    trial.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
  });

  it('nor does a bucket of a trial stay because something is in it', () => {
    const trial = synthesize({ disposable: true }).template;
    const emptied = resourcesOf(trial, 'Custom::S3AutoDeleteObjects').map(
      ({ properties }) => properties.BucketName.Ref,
    );
    expect(emptied.sort()).toEqual(
      resourcesOf(trial, 'AWS::S3::Bucket')
        .map(({ id }) => id)
        .sort(),
    );
    expect(resourcesOf(template, 'Custom::S3AutoDeleteObjects')).toEqual([]);
  });
});

describe('an upgrade', () => {
  it('finds what holds data under the same logical id: under another CloudFormation would make a new and empty one', () => {
    const resources: Readonly<Record<string, { readonly DeletionPolicy?: string }>> = template.toJSON().Resources;
    const kept = Object.entries(resources).flatMap(([id, { DeletionPolicy }]) =>
      DeletionPolicy === 'Retain' ? [id] : [],
    );
    expect(kept.sort()).toEqual([
      'ConsoleLogs223D8CCD',
      'ConsolePages082CCFA4',
      'CredentialsKey849F44B7',
      'Datadata98124583',
      'Datahistory4431733A',
      'Dataintegrations3C355839',
      'Datalimits9E6FC3BC',
      'Datatenants4E2E099D',
      'SignInUsers1801E146',
    ]);
  });
});

describe('the tick', () => {
  it('comes once a minute, and one that cannot be delivered is kept', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { DeadLetterConfig: {}, RetryPolicy: {} },
    });
    expect(functionNamed('dispatch').properties.Environment.Variables.TICK_SECONDS).toBe('60');
  });

  it('comes several times at once where the deployer says so, and every shard is somebody’s', () => {
    const own = synthesize({ dispatchers: 3, dueShards: 8 }).template;
    const schedules = resourcesOf(own, 'AWS::Scheduler::Schedule');
    const shards = schedules.map(({ properties }) => JSON.parse(properties.Target.Input).shards);
    expect(shards).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
    const names = schedules.map(({ properties }) => properties.Name);
    expect(names).toEqual(['driftless-prod-tick', 'driftless-prod-tick-2', 'driftless-prod-tick-3']);
    own.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'Tick', Threshold: 3 });
    // The first is the one there always was.
    expect(schedules[0]?.id).toBe(resourcesOf(template, 'AWS::Scheduler::Schedule')[0]?.id);
    expect(resourcesOf(template, 'AWS::Scheduler::Schedule')[0]?.properties.Target.Input).toBeUndefined();
  });

  it('is not made up for: one that found no free worker for a minute is given up, and none is tried again', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });
});

describe('the API', () => {
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route');

  it('is closed to everyone without a token, but for its description', () => {
    const open = routes.filter(({ properties }) => properties.AuthorizationType !== 'JWT');
    expect(open.map(({ properties }) => properties.RouteKey)).toEqual(['GET /api/openapi.json']);
    expect(routes.length).toBeGreaterThan(5);
  });

  it('logs and throttles', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AccessLogSettings: {},
      DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
    });
  });

  it('takes the tokens of the issuer the deployer names, and then makes no user pool', () => {
    const own = synthesize({ issuer: 'https://login.example.com/', audience: 'driftless' }).template;
    own.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://login.example.com/', Audience: ['driftless'] },
    });
    own.resourceCountIs('AWS::Cognito::UserPool', 0);
  });

  it('answers web pages elsewhere only where the deployer allows them', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Api')[0]?.properties.CorsConfiguration).toBeUndefined();
    synthesize({ allowedOrigins: 'https://tools.example.com' }).template.hasResourceProperties(
      'AWS::ApiGatewayV2::Api',
      {
        CorsConfiguration: { AllowOrigins: ['https://tools.example.com'] },
      },
    );
  });
});

describe('sign-in', () => {
  it('lets nobody sign up by himself, and nobody choose tenant or role', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
    const [client] = resourcesOf(template, 'AWS::Cognito::UserPoolClient');
    expect(client?.properties.WriteAttributes).toEqual(['email', 'name']);
    expect(client?.properties.GenerateSecret).toBe(false);
  });

  it('asks everyone for a second factor where the deployer says so', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'OPTIONAL' });
    synthesize({ mfa: true }).template.hasResourceProperties('AWS::Cognito::UserPool', {
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });
});

describe('the console', () => {
  const policy = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy')[0]?.properties
    .ResponseHeadersPolicyConfig;

  it('is asked for anew by browsers, so that an upgrade is seen at once and no page asks for scripts that are gone', () => {
    expect(policy.CustomHeadersConfig.Items).toEqual([{ Header: 'Cache-Control', Value: 'no-cache', Override: true }]);
  });

  it('is in a private bucket behind a CDN that sends security headers', () => {
    template.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    const headers = policy.SecurityHeadersConfig;
    expect(Object.keys(headers).sort()).toEqual([
      'ContentSecurityPolicy',
      'ContentTypeOptions',
      'FrameOptions',
      'ReferrerPolicy',
      'StrictTransportSecurity',
    ]);
    expect(textOf(headers.ContentSecurityPolicy)).toContain("default-src 'self'");
  });

  it('has the API at its own origin, uncached', () => {
    const behaviors = resourcesOf(template, 'AWS::CloudFront::Distribution')[0]?.properties.DistributionConfig
      .CacheBehaviors;
    const disabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
    expect(behaviors).toMatchObject([
      { PathPattern: '/api/*', CachePolicyId: disabled },
      { PathPattern: '/v1/*', CachePolicyId: disabled },
    ]);
  });

  it('answers at the deployer’s own name', () => {
    const domain = {
      name: 'sync.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
      zone: { id: 'Z1', name: 'example.com' },
    };
    const own = synthesize({ domain }).template;
    own.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { Aliases: ['sync.example.com'] },
    });
    own.resourceCountIs('AWS::Route53::RecordSet', 2);
  });
});

describe('on an emulator', () => {
  it('nothing is deployed that it does not have', () => {
    const local = synthesize({ local: true }).template;
    for (const type of [
      'AWS::CloudFront::Distribution',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::Logs::QueryDefinition',
      'AWS::Budgets::Budget',
    ]) {
      local.resourceCountIs(type, 0);
    }
  });
});

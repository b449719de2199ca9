import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { CredentialsKey } from './credentials-key.ts';
import type { Data } from './data.ts';
import type { KindPipeline } from './kind-pipeline.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Notifications } from './notifications.ts';
import type { Identity } from './sign-in.ts';

const METHODS = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE];
/** Requests a second, over all tenants: a bound on cost, far above what people and consoles need. */
const THROTTLE = { rateLimit: 200, burstLimit: 400 };

/** What the function's own log cannot tell: why the gateway refused a token, and that it got no answer. Never the query. */
const ACCESS_LOG_LINE = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionMs: '$context.integrationLatency',
  functionError: '$context.integrationErrorMessage',
  tokenError: '$context.authorizer.error',
} as const;

export interface ApiProps {
  readonly configuration: Configuration;
  readonly data: Data;
  readonly credentialsKey: CredentialsKey;
  readonly notifications: Notifications;
  readonly pipelines: readonly KindPipeline[];
  readonly identity: Identity;
}

/** The HTTP API: the gateway verifies the token, one function answers. */
export class Api extends Construct {
  readonly lambda: LambdaFunction;
  readonly httpApi: HttpApi;
  readonly url: string;
  /** Without scheme and path. */
  readonly domainName: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { configuration, data, credentialsKey, notifications, pipelines, identity } = props;
    this.lambda = new LambdaFunction(this, 'Function', {
      configuration,
      name: 'api',
      handler: 'api',
      description: 'The HTTP API',
      // The gateway gives up after 30 s.
      timeout: Duration.seconds(29),
      memoryMb: 512,
      // A connection test calls the upstream from here.
      vpc: configuration.vpc,
    });
    data.grantReadWrite(this.lambda, ['integrations', 'history', 'data', 'tenants', 'limits']);
    credentialsKey.grantSealAndOpen(this.lambda);
    // "Sync the buffer now" makes its run here.
    notifications.grantPublish(this.lambda);
    notifications.grantSubscribe(this.lambda);
    for (const pipeline of pipelines) pipeline.grantSend(this.lambda);

    this.httpApi = new HttpApi(this, 'Gateway', {
      apiName: configuration.prefix,
      createDefaultStage: false,
      ...corsOf(configuration),
    });
    const integration = new HttpLambdaIntegration('Integration', this.lambda.function);
    const authorizer = new HttpJwtAuthorizer('Jwt', identity.issuer, { jwtAudience: [...identity.audience] });
    for (const path of ['/api/{proxy+}', '/v1/{proxy+}']) {
      this.httpApi.addRoutes({ path, methods: METHODS, integration, authorizer });
    }
    // Open to everyone: it describes the program, not a tenant.
    const [description] = this.httpApi.addRoutes({ path: '/api/openapi.json', methods: [HttpMethod.GET], integration });
    if (description) {
      Validations.of(description).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'It shows the OpenAPI document and nothing else.',
      });
    }
    new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            logGroupName: `/driftless/${configuration.prefix}/api-access`,
            retention: configuration.logRetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
    this.domainName = `${this.httpApi.apiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`;
    this.url = this.httpApi.apiEndpoint;
  }
}

/** The console calls the API at its own origin (lib/console-site.ts); only consoles elsewhere need CORS. */
function corsOf(configuration: Configuration) {
  if (configuration.allowedOrigins.length === 0) return {};
  return {
    corsPreflight: {
      allowOrigins: [...configuration.allowedOrigins],
      allowMethods: METHODS.map((method) => CorsHttpMethod[method as keyof typeof CorsHttpMethod]),
      allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
      maxAge: Duration.hours(1),
    },
  };
}

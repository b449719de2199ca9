import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api.ts';
import type { Configuration } from './configuration.ts';
import { ConsoleSite } from './console-site.ts';
import { CredentialsKey } from './credentials-key.ts';
import { Data } from './data.ts';
import { deployedKinds } from './deployed-kinds.ts';
import { Dispatcher } from './dispatcher.ts';
import { KindPipeline } from './kind-pipeline.ts';
import { Notifications } from './notifications.ts';
import { Observability } from './observability.ts';
import { SignIn } from './sign-in.ts';

/** Driftless: data → dispatcher → a pipeline per kind → api → console → observability. */
export class DriftlessStack extends Stack {
  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id, {
      env: { region: configuration.region, ...(configuration.account ? { account: configuration.account } : {}) },
      description: 'Driftless: scheduled sync for SIM carriers, vehicles, REST/GraphQL sources and fiscal receipts',
    });
    Tags.of(this).add('driftless', configuration.prefix);

    const data = new Data(this, 'Data', configuration);
    const credentialsKey = new CredentialsKey(this, 'Credentials', configuration);
    const notifications = new Notifications(this, 'Notifications', configuration);

    const dispatcher = new Dispatcher(this, 'Dispatcher', { configuration, data });
    const pipelines = deployedKinds.map(
      (kind) => new KindPipeline(this, kind, { configuration, data, credentialsKey, notifications }),
    );
    for (const pipeline of pipelines) pipeline.grantSend(dispatcher.lambda);

    const identity = configuration.identity ?? new SignIn(this, 'SignIn', configuration);
    const api = new Api(this, 'Api', { configuration, data, credentialsKey, notifications, pipelines, identity });
    const console = configuration.local ? null : new ConsoleSite(this, 'Console', { configuration, api, identity });

    const otherFunctions = identity instanceof SignIn ? [identity.trigger] : [];
    const { pageTopic } = new Observability(this, 'Observability', {
      configuration,
      dispatcher,
      pipelines,
      api,
      data,
      otherFunctions,
    });

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'ApiId', { value: api.httpApi.apiId });
    new CfnOutput(this, 'PageTopicArn', { value: pageTopic.topicArn, description: 'Subscribe your pager here' });
    if (console) new CfnOutput(this, 'ConsoleUrl', { value: console.url });
    if (identity instanceof SignIn) {
      new CfnOutput(this, 'UserPoolId', { value: identity.userPool.userPoolId });
      new CfnOutput(this, 'UserPoolClientId', { value: identity.client.userPoolClientId });
    }
  }
}

import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  type CfnUserPoolClient,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  OAuthScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { LambdaFunction } from './lambda-function.ts';

/** Whose tokens the API accepts, and where the console sends people to get one. */
export interface Identity {
  /** The "iss" of the tokens. */
  readonly issuer: string;
  /** Their "aud" or "client_id". */
  readonly audience: readonly string[];
}

/**
 * A user pool, unless the deployer brings an issuer. People are added by an administrator, with the attributes
 * `custom:tenant_id` and `custom:role`; a trigger turns them into the claims of the tokens.
 */
export class SignIn extends Construct implements Identity {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** What the console must reach to sign people in. */
  readonly origins: readonly string[];
  readonly userPool: UserPool;
  readonly client: UserPoolClient;
  readonly trigger: LambdaFunction;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    const { region, account } = Stack.of(this);
    this.userPool = new UserPool(this, 'Users', {
      userPoolName: configuration.prefix,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      // Where it is optional the sign-in page offers nobody to set it up; somebody's own program may.
      mfa: configuration.mfa ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: FeaturePlan.ESSENTIALS,
      customAttributes: {
        tenant_id: new StringAttribute({ mutable: true, minLen: 1, maxLen: 64 }),
        role: new StringAttribute({ mutable: true, minLen: 1, maxLen: 16 }),
      },
      deletionProtection: !configuration.disposable,
      removalPolicy: configuration.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    Validations.of(this.userPool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'Whether MFA is asked for is the deployer’s choice: context mfa, or an issuer of his own.',
      },
      { id: 'AwsSolutions-COG8', reason: 'The plus plan costs per user; it can be switched on in the pool.' },
    );

    this.trigger = new LambdaFunction(this, 'TokenClaims', {
      configuration,
      name: 'sign-in',
      handler: 'sign-in',
      description: 'Copies tenant and role of a user into the tokens',
      timeout: Duration.seconds(5),
      memoryMb: 256,
    });
    this.userPool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, this.trigger.function, LambdaVersion.V2_0);

    const standard = new ClientAttributes().withStandardAttributes({ email: true, fullname: true });
    this.client = this.userPool.addClient('Console', {
      userPoolClientName: `${configuration.prefix}-console`,
      generateSecret: false,
      // With the password: only for someone who holds AWS credentials of this account (the command line).
      authFlows: { userSrp: true, adminUserPassword: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [LOCAL_CONSOLE],
        logoutUrls: [LOCAL_CONSOLE],
      },
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
      preventUserExistenceErrors: true,
      readAttributes: standard.withCustomAttributes('tenant_id', 'role'),
      // Left out, a client may write every attribute, and a user could move to another tenant.
      writeAttributes: standard,
    });
    const domainPrefix = `${configuration.prefix}-${account}`;
    this.userPool.addDomain('Domain', { cognitoDomain: { domainPrefix } });

    this.issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`;
    this.audience = [this.client.userPoolClientId];
    this.origins = [
      `https://cognito-idp.${region}.amazonaws.com`,
      `https://${domainPrefix}.auth.${region}.amazoncognito.com`,
    ];
  }

  /** Where Cognito may send people back to, besides a console on this machine. */
  setConsoleUrl(url: string): void {
    const client = this.client.node.defaultChild as CfnUserPoolClient;
    client.callbackUrLs = [url];
    client.logoutUrLs = [url];
  }
}

const LOCAL_CONSOLE = 'http://localhost:4680/';

import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** The key the tenants' data keys are wrapped with. What was sealed can only be opened with the same tenant as context. */
export class CredentialsKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias: `alias/${configuration.prefix}-credentials`,
      description: 'Wraps the data keys that seal credentials of Driftless',
      enableKeyRotation: true,
      removalPolicy: configuration.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
  }

  grantOpen(fn: LambdaFunction): void {
    this.grant(fn, ['kms:Decrypt']);
  }

  grantSealAndOpen(fn: LambdaFunction): void {
    this.grant(fn, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  private grant(fn: LambdaFunction, actions: readonly string[]): void {
    // A call that does not say for which tenant is refused by KMS itself.
    fn.allow(actions, [this.key.keyArn], { Null: { 'kms:EncryptionContext:tenant': 'false' } });
    fn.setEnvironment('KMS_KEY_ID', this.key.keyId);
  }
}

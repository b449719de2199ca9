import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';

export interface ConsoleUploadProps {
  readonly configuration: Configuration;
  /** Folder of the built console. */
  readonly dist: string;
  /** Becomes config.json beside the page. */
  readonly pageConfiguration: Readonly<Record<string, unknown>>;
  readonly pages: Bucket;
  readonly distribution: Distribution;
}

/**
 * Puts the built console into its bucket when the stack is deployed. The CDK's function for that would be given wildcard
 * actions; this role names the ones it uses.
 */
export class ConsoleUpload extends Construct {
  constructor(scope: Construct, id: string, props: ConsoleUploadProps) {
    super(scope, id);
    const { configuration, dist, pageConfiguration, pages, distribution } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/driftless/${configuration.prefix}/console-upload`,
      retention: configuration.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const allow = (actions: string[], ...resources: string[]) =>
      role.addToPolicy(new PolicyStatement({ actions, resources }));
    // Only the objects of this deployment, not everything in the CDK's bucket.
    const readable = (source: ISource): ISource => ({
      bind: (scope, context) => {
        const bound = source.bind(scope, context);
        allow(['s3:GetObject'], bound.bucket.arnForObjects(bound.zipObjectKey));
        return bound;
      },
    });
    allow(['s3:ListBucket'], pages.bucketArn);
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], pages.arnForObjects('*'));
    allow(['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'], distribution.distributionArn);
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    const pagesId = Stack.of(this).getLogicalId(pages.node.defaultChild as CfnBucket);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${pagesId}.Arn>/*]`,
      reason: 'The bucket holds nothing but the console; which files it has changes with every build.',
    });

    const upload = new BucketDeployment(this, 'Upload', {
      destinationBucket: pages,
      distribution,
      distributionPaths: ['/*'],
      sources: [readable(Source.asset(dist)), readable(Source.jsonData('config.json', pageConfiguration))],
      role: role.withoutPolicyUpdates(),
      logGroup,
    });
    upload.node.addDependency(role);
    for (const provider of Stack.of(this).node.children.filter(({ node }) =>
      node.id.startsWith('Custom::CDKBucketDeployment'),
    )) {
      Validations.of(provider).acknowledge({
        id: 'AwsSolutions-L1',
        reason: 'The CDK chooses the runtime of its own function.',
      });
    }
  }
}

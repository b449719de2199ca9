import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

const violationsOf = (app: App): readonly string[] =>
  new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ resourceLogicalId }) => `${ruleName} at ${resourceLogicalId}`),
    );

it('the AWS Solutions rules find nothing that is not answered for', () => {
  expect(violationsOf(synthesize({ stage: 'test', email: 'ops@example.com' }).app)).toEqual([]);
});

it('nor with a VPC, a domain, a budget and an issuer of one’s own', () => {
  const { app } = synthesize({
    issuer: 'https://login.example.com',
    audience: 'driftless',
    budgetUsd: 10,
    vpc: {
      id: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0'],
      securityGroupId: 'sg-0123456789abcdef0',
    },
    domain: { name: 'sync.example.com', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' },
  });
  expect(violationsOf(app)).toEqual([]);
});

it('nor with a trial, whose buckets are emptied when it is removed', () => {
  expect(violationsOf(synthesize({ disposable: true }).app)).toEqual([]);
});

it('and they do look', () => {
  const app = new App();
  new Bucket(new Stack(app, 'Stack'), 'Open');
  expect(violationsOf(app)).not.toEqual([]);
});

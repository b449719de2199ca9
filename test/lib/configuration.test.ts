import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfiguration, SETTING_NAMES } from '../../lib/configuration.ts';

const read = (context: Record<string, unknown>, environment = {}) => readConfiguration(context, environment);

function problemsOf(context: Record<string, unknown>): readonly string[] {
  try {
    read(context);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }
  throw new Error('the configuration was taken as it is');
}

describe('configuration', () => {
  it('deploys without any setting', () => {
    expect(read({})).toMatchObject({
      stage: 'prod',
      prefix: 'driftless-prod',
      region: 'us-east-1',
      identity: null,
      disposable: false,
      local: false,
      allowedPrivateCidrs: [],
    });
  });

  it('takes region and account of the person who deploys, unless told otherwise', () => {
    const environment = { CDK_DEFAULT_REGION: 'eu-west-1', CDK_DEFAULT_ACCOUNT: '123456789012' };
    expect(read({}, environment)).toMatchObject({ region: 'eu-west-1', account: '123456789012' });
    expect(read({ region: 'eu-north-1' }, environment)).toMatchObject({ region: 'eu-north-1' });
  });

  it('reads the same from the command line, where everything is text', () => {
    const vpc = {
      id: 'vpc-1',
      subnetIds: ['subnet-1', 'subnet-2'],
      securityGroupId: 'sg-1',
      kinds: ['vehicle', 'source'],
    };
    const typed = {
      retentionDays: 30,
      allowedPrivateCidrs: ['10.0.0.0/8', 'fd00::/8'],
      concurrency: { vehicle: 7 },
      vpc,
      disposable: true,
    };
    const text = {
      retentionDays: '30',
      allowedPrivateCidrs: '10.0.0.0/8, fd00::/8',
      concurrency: '{"vehicle":7}',
      vpc: JSON.stringify(vpc),
      disposable: 'true',
    };
    expect(read(text)).toEqual(read(typed));
    expect(read(text).concurrency).toMatchObject({ vehicle: 7, carrier: 20 });
  });

  it('names every problem in one message', () => {
    expect(
      problemsOf({
        stage: 'Not a stage',
        emial: 'ops@example.com',
        email: 'nobody',
        retentionDays: '0',
        logRetentionDays: 8,
        concurrency: '{"carrier":1,"carier":5}',
        vpc: '{"id":"vpc-1"}',
        allowedPrivateCidrs: '10.0.0.0/8,10.0.0.0/99',
        local: 'yes',
        audience: 'driftless',
        domain: '{name:sync.example.com}',
        allowedOrigins: 'https://console.example.com/',
      }),
    ).toEqual([
      expect.stringMatching(/^stage: /),
      expect.stringMatching(/^email: /),
      expect.stringMatching(/^concurrency\.carrier: must be at least 2/),
      expect.stringMatching(/^concurrency\.carier: there is no such setting/),
      expect.stringMatching(/^retentionDays: must be at least 1/),
      expect.stringMatching(/^logRetentionDays: must be one of 1, 3, /),
      'vpc.subnetIds: is missing',
      'vpc.securityGroupId: is missing',
      expect.stringMatching(/^allowedPrivateCidrs\.1: must be a range/),
      'domain: must be an object; on the command line as JSON in single quotes',
      expect.stringMatching(/^allowedOrigins\.0: must be an origin such as/),
      'local: must be true or false',
      expect.stringMatching(/^emial: there is no such setting \(there are: stage, /),
      'issuer: is needed with an audience',
    ]);
  });

  it('is in the README, setting by setting', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
    const [, table = ''] = readme.split('### Configuration');
    const rows = table.split('###')[0]?.match(/^\|[^|]+\|/gm) ?? [];
    const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(named.toSorted()).toEqual(SETTING_NAMES.toSorted());
  });

  it('refuses a name that the sign-in page could not have', () => {
    expect(problemsOf({ stage: 'aws-test' })).toEqual([expect.stringMatching(/^stage: Cognito takes no aws/)]);
    expect(problemsOf({ prefix: 'my-cognito' })).toEqual([expect.stringMatching(/^prefix: Cognito takes no aws/)]);
    expect(read({ stage: 'aws', issuer: 'https://login.example.com', audience: 'a' }).prefix).toBe('driftless-aws');
  });

  it('wants the name of the console in the zone its record is made in', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1';
    const domain = (name: string, zone: string) => ({
      domain: { name, certificateArn, zone: { id: 'Z1', name: zone } },
    });
    expect(problemsOf(domain('sync.example.com', 'ample.com'))).toEqual([
      expect.stringMatching(/^domain\.zone\.name: must end the name/),
    ]);
    expect(read(domain('sync.example.com', 'example.com')).domain?.name).toBe('sync.example.com');
    expect(read(domain('example.com', 'example.com')).domain?.name).toBe('example.com');
  });

  it('leaves the CDK its own keys', () => {
    expect(() => read({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': [] })).not.toThrow();
  });

  it('wants issuer and audience together, and the issuer by TLS', () => {
    expect(problemsOf({ issuer: 'https://login.example.com' })).toEqual([expect.stringMatching(/^audience: /)]);
    expect(problemsOf({ audience: 'driftless' })).toEqual([expect.stringMatching(/^issuer: /)]);
    expect(problemsOf({ issuer: 'http://login.example.com', audience: 'driftless' })).toEqual([
      expect.stringMatching(/^issuer: must begin with https/),
    ]);
  });

  it('has no dispatcher without a shard', () => {
    expect(read({ dispatchers: '4' }).dispatchers).toBe(4);
    expect(problemsOf({ dispatchers: 5 })).toEqual([expect.stringMatching(/^dispatchers: .*dueShards/)]);
    expect(read({ dispatchers: 5, dueShards: '8' }).dispatchers).toBe(5);
  });

  it('leaves a second factor to an issuer of one’s own', () => {
    expect(read({ mfa: 'true' }).mfa).toBe(true);
    expect(problemsOf({ issuer: 'https://login.example.com', audience: 'a', mfa: true })).toEqual([
      'mfa: is for your issuer to ask for',
    ]);
  });

  it('allows loopback upstreams on an emulator and nowhere else', () => {
    expect(read({ local: true, allowedPrivateCidrs: '10.0.0.0/8' }).allowedPrivateCidrs).toEqual([
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
    ]);
    expect(read({ local: true }).disposable).toBe(true);
    expect(problemsOf({ local: true, budgetUsd: 10 })).toEqual([expect.stringMatching(/^budgetUsd: /)]);
  });
});

import * as z from 'zod';
import { KIND_NAMES, type KindName } from '../functions/model/kind-name.ts';

/**
 * What the deployer decides, in one typed place. Each setting is a key of the CDK context: in cdk.json under "context", or
 * on the command line (`npm run deploy -- -c stage=test -c email=ops@example.com`), where lists are comma separated and
 * objects are JSON. Everything has a default, so that `npm run deploy` alone works.
 */
export interface Configuration {
  /** Tells deployments apart; part of every name. */
  readonly stage: string;
  /** Begins every physical name (tables, queues, functions). */
  readonly prefix: string;
  readonly region: string;
  /** Undefined: whatever account the credentials of the deploying person belong to. */
  readonly account: string | undefined;
  /** An OIDC issuer of your own; null: a Cognito user pool is made. */
  readonly identity: { readonly issuer: string; readonly audience: readonly string[] } | null;
  /** Where the console may call to sign people in, where that is not the issuer's own origin alone. */
  readonly signInOrigins: readonly string[];
  /** Whether the user pool asks everyone for a second factor. */
  readonly mfa: boolean;
  /** Who gets alarms, and notices about integrations. Null: nobody is subscribed to the topics. */
  readonly email: string | null;
  /** How many workers of a kind may run at once. */
  readonly concurrency: Readonly<Record<KindName, number>>;
  /** Megabytes of a worker of a kind, and with them its share of a processor. */
  readonly memoryMb: Readonly<Record<KindName, number>>;
  /** Days of history, of measurements and records, of logs. */
  readonly retentionDays: number;
  readonly measurementRetentionDays: number;
  readonly logRetentionDays: LogRetentionDays;
  /** Where workers must run to reach upstreams in a private network; null: outside any VPC. */
  readonly vpc: VpcConfiguration | null;
  /** Private ranges an upstream may be in; all others are refused. */
  readonly allowedPrivateCidrs: readonly string[];
  /** The console's and the API's own name; null: the names AWS gives. */
  readonly domain: { readonly name: string; readonly certificateArn: string; readonly zone?: ZoneConfiguration } | null;
  /** Web origins besides the console's own that may call the API from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Folder of the built console. */
  readonly consoleDist: string;
  /** A WAF web ACL (scope CLOUDFRONT) to put before console and API. */
  readonly webAclArn: string | null;
  /** Shards of the due index. May grow, and never shrink: integrations in a shard nobody reads would not run. */
  readonly dueShards: number;
  /** Ticks at once, each over its share of the shards: one is enough for some hundred thousand integrations. */
  readonly dispatchers: number;
  /** Monthly budget in US dollars that is watched; null: none. */
  readonly budgetUsd: number | null;
  /** Where the README can be read, for the links in alarms. */
  readonly runbookUrl: string;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** Bytes of an upstream's answer. */
  readonly maxBodyBytes: number;
  /** Tables can be deleted with the stack, and are. For trials; never for data one wants to keep. */
  readonly disposable: boolean;
  /** An AWS emulator: no CDN, no budget and nothing else it does not know; loopback upstreams allowed. */
  readonly local: boolean;
}

export interface VpcConfiguration {
  readonly id: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Kinds whose workers run there. The API function joins them, so that its connection test sees the same network. */
  readonly kinds: readonly KindName[];
}

export interface ZoneConfiguration {
  readonly id: string;
  readonly name: string;
}

/** How often the dispatcher runs. The horizon it fills, and so the longest time a message waits in SQS, is two of it. */
export const TICK_SECONDS = 60;

/** What CloudWatch Logs accepts, as far as it makes sense here. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;
export type LogRetentionDays = (typeof LOG_RETENTION_DAYS)[number];

const DEFAULT_DUE_SHARDS = 4;

const LOOPBACK_CIDRS = ['127.0.0.0/8', '::1/128'] as const;

/** Context given on the command line is always text. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    return value.trim() === '' ? [] : value.split(',').map((part) => part.trim());
  }, z.array(item));

const fromJson = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value, context) => {
    try {
      const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
    } catch {
      // Not JSON at all: often the shell has eaten its quotes.
    }
    context.addIssue('must be an object; on the command line as JSON in single quotes');
    return z.NEVER;
  }, schema);

/** As browsers name it: no path, not even a slash. */
const origin = (message: string) =>
  z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, message);

const wholeNumber = (minimum: number, maximum: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z
      .number('must be a number')
      .int('must be a whole number')
      .min(minimum, `must be at least ${minimum}`)
      .max(maximum, `must be at most ${maximum}`),
  );

const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);

const kindName = z.enum(KIND_NAMES);
/** The same setting for each kind, or for some. */
const ofKinds = <T extends z.ZodType>(setting: T) =>
  fromJson(z.strictObject({ carrier: setting, vehicle: setting, source: setting, receipts: setting }).partial());

const settings = z.strictObject({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 lower-case letters, digits and dashes, a letter first')
    .default('prod'),
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and dashes, a letter first')
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-central-1')
    .optional(),
  issuer: z.url('must be a URL, as in the token\'s "iss"').optional(),
  audience: listOf(z.string().min(1, 'must not be empty')).optional(),
  signInOrigins: listOf(origin('must be an origin such as https://login.example.com')).default([]),
  mfa: flag.default(false),
  email: z.email('must be an e-mail address').optional(),
  concurrency: ofKinds(wholeNumber(2, 1000)).default({}),
  memoryMb: ofKinds(wholeNumber(256, 10_240)).default({}),
  retentionDays: wholeNumber(1, 3650).default(90),
  measurementRetentionDays: wholeNumber(1, 3650).default(400),
  logRetentionDays: wholeNumber(1, 3653)
    .refine(
      (days) => (LOG_RETENTION_DAYS as readonly number[]).includes(days),
      `must be one of ${LOG_RETENTION_DAYS.join(', ')}`,
    )
    .transform((days) => days as LogRetentionDays)
    .default(30),
  vpc: fromJson(
    z.strictObject({
      id: z.string().regex(/^vpc-[0-9a-f]+$/, 'must be a VPC id (vpc-…)'),
      subnetIds: listOf(z.string().regex(/^subnet-[0-9a-f]+$/, 'must be a subnet id (subnet-…)')).refine(
        (ids) => ids.length > 0,
        'must name at least one subnet',
      ),
      securityGroupId: z.string().regex(/^sg-[0-9a-f]+$/, 'must be a security group id (sg-…)'),
      kinds: listOf(kindName).default(['vehicle']),
    }),
  ).optional(),
  allowedPrivateCidrs: listOf(z.union([z.cidrv4(), z.cidrv6()], 'must be a range such as 10.20.0.0/16')).default([]),
  domain: fromJson(
    z
      .strictObject({
        name: z.hostname('must be a host name'),
        certificateArn: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:acm:us-east-1:/,
            'must be an ACM certificate of us-east-1, where CloudFront looks for it',
          ),
        zone: z.strictObject({ id: z.string().min(1), name: z.string().min(1) }).optional(),
      })
      .refine(({ name, zone }) => zone === undefined || `.${name}`.endsWith(`.${zone.name}`), {
        path: ['zone', 'name'],
        message: 'must end the name, whose record is to be made there',
      }),
  ).optional(),
  allowedOrigins: listOf(origin('must be an origin such as https://console.example.com')).default([]),
  consoleDist: z.string().min(1).default('console/dist'),
  webAclArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:wafv2:us-east-1:.*:global\/webacl\//, 'must be a web ACL of scope CLOUDFRONT (us-east-1)')
    .optional(),
  dueShards: wholeNumber(1, 64).default(DEFAULT_DUE_SHARDS),
  dispatchers: wholeNumber(1, 64).default(1),
  budgetUsd: wholeNumber(1, 1_000_000).optional(),
  runbookUrl: z.string().min(1).default('README.md'),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
  maxBodyBytes: wholeNumber(1_000, 100_000_000).default(10_000_000),
  disposable: flag.default(false),
  local: flag.default(false),
});

const DEFAULT_CONCURRENCY: Readonly<Record<KindName, number>> = { carrier: 20, vehicle: 100, source: 20, receipts: 20 };
const DEFAULT_MEMORY_MB: Readonly<Record<KindName, number>> = {
  carrier: 512,
  vehicle: 512,
  source: 512,
  receipts: 512,
};

/**
 * The context, checked. Keys with a colon or a slash are the CDK's own and are left alone.
 * Throws one error that names every problem.
 */
export function readConfiguration(
  context: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const given = Object.fromEntries(Object.entries(context).filter(([key]) => !/[:/]/.test(key)));
  const parsed = settings.safeParse(given);
  const problems = [...(parsed.error?.issues ?? []).flatMap(describe), ...problemsBetween(given)];
  if (!parsed.success || problems.length > 0) {
    throw new Error(
      `The configuration (CDK context) has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
  }
  const { issuer, audience, concurrency: workers, memoryMb, ...rest } = parsed.data;
  return {
    ...rest,
    prefix: rest.prefix ?? `driftless-${rest.stage}`,
    region: rest.region ?? environment.CDK_DEFAULT_REGION ?? 'us-east-1',
    account: environment.CDK_DEFAULT_ACCOUNT,
    identity: issuer === undefined || audience === undefined ? null : { issuer, audience },
    email: rest.email ?? null,
    concurrency: { ...DEFAULT_CONCURRENCY, ...workers },
    memoryMb: { ...DEFAULT_MEMORY_MB, ...memoryMb },
    vpc: rest.vpc ?? null,
    allowedPrivateCidrs: rest.local ? [...LOOPBACK_CIDRS, ...rest.allowedPrivateCidrs] : rest.allowedPrivateCidrs,
    domain: rest.domain ?? null,
    webAclArn: rest.webAclArn ?? null,
    budgetUsd: rest.budgetUsd ?? null,
    disposable: rest.disposable || rest.local,
  };
}

/** What no single setting can be blamed for. The settings as they were given: they may be wrong by themselves as well. */
function problemsBetween(given: Readonly<Record<string, unknown>>): readonly string[] {
  const problems: string[] = [];
  const { issuer } = given;
  const local = given.local === true || given.local === 'true';
  const prefix = String(given.prefix ?? given.stage ?? '');
  if (issuer !== undefined && [given.audience ?? []].flat().join('') === '') {
    problems.push('audience: is needed with an issuer of your own (the "aud" or "client_id" of its tokens)');
  }
  if (given.audience !== undefined && issuer === undefined) problems.push('issuer: is needed with an audience');
  if (typeof issuer === 'string' && URL.canParse(issuer) && !issuer.startsWith('https://') && !local) {
    problems.push('issuer: must begin with https://');
  }
  if (issuer !== undefined && given.mfa !== undefined) problems.push('mfa: is for your issuer to ask for');
  if (Number(given.dispatchers ?? 1) > Number(given.dueShards ?? DEFAULT_DUE_SHARDS)) {
    problems.push('dispatchers: cannot be more than there are shards (dueShards)');
  }
  // The prefix begins the name of the user pool's domain.
  if (issuer === undefined && /aws|amazon|cognito/.test(prefix)) {
    problems.push(`${given.prefix === undefined ? 'stage' : 'prefix'}: Cognito takes no aws, amazon or cognito in it`);
  }
  for (const name of ['domain', 'webAclArn', 'budgetUsd']) {
    if (local && given[name] !== undefined)
      problems.push(`${name}: cannot be used with local, an emulator has no such thing`);
  }
  return problems;
}

function describe(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length === 0 ? '' : `${issue.path.join('.')}.`;
    return issue.keys.map(
      (key) => `${at}${key}: there is no such setting${at === '' ? ` (there are: ${SETTING_NAMES.join(', ')})` : ''}`,
    );
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [`${issue.path.join('.')}: ${missing ? 'is missing' : issue.message}`];
}

export const SETTING_NAMES: readonly string[] = Object.keys(settings.shape);

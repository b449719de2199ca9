import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../functions/platform/metric-names.ts';
import { connectAws } from './aws.ts';
import { eventually } from './eventually.ts';
import { type Fleet, LINKED, startFleet } from './fleet.ts';
import { mailed, subscribe } from './notices.ts';
import { caller, signIn, type User } from './user.ts';

const deployment = inject('deployment');
const { prefix } = deployment;
const aws = connectAws(deployment.endpoint);

const KINDS = ['carrier', 'vehicle', 'source', 'receipts'];
const FUNCTIONS = ['api', 'dispatch', ...KINDS.flatMap((kind) => [kind, `${kind}-dead-letter`])];

/** What these flows make happen; the others need a takeover, a 429, an open breaker or a throttled table. */
const EXPECTED_METRICS: MetricName[] = [
  ...(['Tick', 'SlotsDispatched', 'Overdue', 'OldestOverdueSeconds', 'TickSeconds'] as const),
  ...([
    'Runs',
    'RunFailed',
    'RunSeconds',
    'LatenessMs',
    'StaleIntervals',
    'UpstreamCalls',
    'UpstreamLatencyMs',
  ] as const),
  ...(['BreakerOpened', 'AuthenticationFailures', 'DeadLettered'] as const),
];

/** The part of a line of CloudWatch's embedded metric format that says what to make metrics of. */
interface EmbeddedMetrics {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
  }[];
}

/** Two ticks and some. */
const TICKS = 200;

interface Entry {
  readonly run: number;
  readonly status: string;
  readonly trigger: string;
  readonly scheduledFor: string;
  readonly recordsCount: number;
  readonly errorMessage: string | null;
}

let user: User;
let stranger: User;
let fleet: Fleet;
let notices: () => Promise<readonly string[]>;

beforeAll(async () => {
  user = await signIn({ tenantId: 'acme', role: 'operator' }, deployment, aws);
  stranger = await signIn({ tenantId: 'other', role: 'viewer' }, deployment, aws);
  notices = await subscribe(`${prefix}-notifications`, aws);
  fleet = await startFleet(user);
});
afterAll(() => fleet?.close());

// The functions' own words, where a test fails.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const name of FUNCTIONS) {
    const lines = await aws.logLines(`${prefix}-${name}`, 'rror').catch(() => []);
    const told = lines.filter((line) => !line.includes('DeprecationWarning')).map((line) => line.slice(0, 700));
    if (told.length > 0) console.log(`${name}:\n${told.slice(-3).join('\n')}`);
  }
});

const history = async (id: string) =>
  (await user.call<{ logs: readonly Entry[] }>('GET', `/api/integrations/${id}/sync-history`)).logs;
const runOf = (id: string, what: string, is: (entry: Entry) => boolean) =>
  eventually(
    what,
    () => history(id),
    (entries) => entries.some(is),
    TICKS,
  );
const succeeded = ({ status }: Entry) => status === 'SUCCESS';

describe('the API', () => {
  it('refuses a call without a token, and with a forged one', async () => {
    await caller(deployment.apiUrl, undefined).call('GET', '/api/integrations', { status: 401 });
    await caller(deployment.apiUrl, 'eyJhbGciOiJSUzI1NiJ9.e30.x').call('GET', '/api/integrations', { status: 401 });
  });

  it('shows its description to everyone', async () => {
    const { openapi } = await caller(deployment.apiUrl, undefined).call<{ openapi: string }>(
      'GET',
      '/api/openapi.json',
    );
    expect(openapi).toMatch(/^3\./);
  });

  it('shows a tenant nothing of another, and lets a viewer change nothing', async () => {
    await stranger.call('GET', `/api/integrations/${fleet.carrier}`, { status: 404 });
    await stranger.call('POST', `/api/integrations/${fleet.carrier}/sync`, { status: 403 });
    expect(await stranger.call('GET', '/api/integrations')).toMatchObject({ integrations: [] });
  });

  it('tests a connection from the deployed function, and stores credentials sealed', async () => {
    expect(await user.call('POST', `/api/integrations/${fleet.carrier}/test`)).toMatchObject({ ok: true });
    const { Item: item } = await aws.dynamo.send(
      new GetCommand({ TableName: `${prefix}-integrations`, Key: { pk: `acme#${fleet.carrier}` } }),
    );
    expect(item?.credentials.sealed).toMatch(/^[\w+/=]{40,}$/);
    expect(JSON.stringify(item)).not.toContain(fleet.hologram.credentials.apiKey);
  });
});

describe('the address of a tenant', () => {
  it('is subscribed by the deployed function to the notices of its tenant alone, replaced by another, and taken back', async () => {
    const put = (notificationEmail: string | null) =>
      user.call('PUT', '/api/settings', { body: { notificationEmail } });
    const own = { tenant: ['acme'], address: [expect.any(String)] };

    expect(await put('first@acme.example')).toMatchObject({ notificationEmail: 'first@acme.example' });
    expect(await mailed(`${prefix}-notifications`, aws)).toEqual([{ to: 'first@acme.example', filter: own }]);
    await put('second@acme.example');
    expect(await mailed(`${prefix}-notifications`, aws)).toEqual([{ to: 'second@acme.example', filter: own }]);
    await put(null);
    expect(await mailed(`${prefix}-notifications`, aws)).toEqual([]);
    expect(await user.call('GET', '/api/settings')).toMatchObject({ notificationEmail: null });
  });
});

describe('every kind, through its own queue and worker', () => {
  it('carrier: what the SIMs used is read', async () => {
    await runOf(fleet.carrier, 'a run over all devices', (entry) => succeeded(entry) && entry.recordsCount === LINKED);
    const { devices } = await user.call<{ devices: { dataUsedBytes: number | null }[] }>(
      'GET',
      `/api/integrations/${fleet.carrier}/devices`,
    );
    expect(devices).toHaveLength(LINKED);
    expect(devices.every(({ dataUsedBytes }) => dataUsedBytes !== null)).toBe(true);
  });

  it('vehicle: channels and measurements are pulled', async () => {
    await runOf(fleet.vehicle, 'a pull', succeeded);
    const channels = await user.call<{ channelId: string }[]>('GET', `/api/integrations/${fleet.vehicle}/channels`);
    expect(channels).toHaveLength(8);
    const query = new URLSearchParams({
      channel: String(channels[0]?.channelId),
      from: new Date(Date.now() - 3_600_000).toISOString(),
      to: new Date(Date.now() + 60_000).toISOString(),
    });
    const { points } = await user.call<{ points: unknown[] }>(
      'GET',
      `/api/integrations/${fleet.vehicle}/measurements?${query}`,
    );
    expect(points.length).toBeGreaterThan(0);
  });

  it('source: every page is read and stored', async () => {
    const entries = await runOf(fleet.source, 'a read', succeeded);
    expect(entries.find(succeeded)?.recordsCount).toBeGreaterThan(50);
    const { records } = await user.call<{ records: unknown[] }>('GET', `/api/integrations/${fleet.source}/records`);
    expect(records.length).toBeGreaterThan(0);
  });

  it('receipts: one that is accepted is registered once, and the register falls idle', async () => {
    const sell = (key: string) =>
      user.call<{ receipt_id: string }>('POST', `/v1/kkt/receipt?integrationId=${fleet.receipts}`, {
        status: 202,
        body: {
          idempotency_key: key,
          type: 'sale',
          items: [{ name: 'Lens cleaner', price: 149.9, quantity: 1, total: 149.9, vat_rate: 20 }],
          payments: [{ type: 'card', amount: 149.9 }],
        },
      });
    const first = await sell('sale-1');
    expect(await sell('sale-1')).toEqual(first);
    await sell('sale-2');
    await eventually(
      'both receipts at the operator',
      () => user.call<{ synced: number; pending: number }>('GET', '/v1/kkt/buffer/status'),
      ({ synced, pending }) => synced === 2 && pending === 0,
      TICKS,
    );
  });
});

describe('the tick', () => {
  it('enqueues what is due, each slot once', async () => {
    await eventually(
      'a tick that enqueues',
      () => aws.metricLines(`${prefix}-dispatch`, 'Tick'),
      (ticks) => ticks.some((tick) => Number(tick.SlotsDispatched) > 0),
      TICKS,
    );
    const before = (await history(fleet.carrier)).length;
    const entries = await eventually(
      'two more runs',
      () => history(fleet.carrier),
      ({ length }) => length >= before + 2,
      TICKS,
    );
    const slots = entries.filter(({ trigger }) => trigger === 'schedule').map(({ scheduledFor }) => scheduledFor);
    expect(new Set(slots).size).toBe(slots.length);
  });
});

describe('trouble', () => {
  it('an upstream that cannot be reached fails the run, in words, and leaves it to be tried again', async () => {
    const entries = await runOf(fleet.unreachable, 'the failure', ({ status }) => status === 'FAILED');
    expect(entries[0]?.errorMessage).toMatch(/could not be reached|refused|no connection/i);
    expect(await user.call('GET', `/api/integrations/${fleet.unreachable}`)).toMatchObject({ health: 'yellow' });
    expect(await aws.metricLines(`${prefix}-source`, 'RunFailed')).toContainEqual(
      expect.objectContaining({ kind: 'source', provider: 'rest', RunFailed: 1 }),
    );
  });

  it('a refused key is the tenant’s to mend: told to people, and counted', async () => {
    const entries = await runOf(fleet.refused, 'the refusal', ({ status }) => status === 'FAILED');
    expect(entries[0]?.errorMessage).not.toContain('hologram-wrong-key-9999');
    expect(await aws.metricLines(`${prefix}-carrier`, 'AuthenticationFailures')).toContainEqual(
      expect.objectContaining({ provider: 'hologram', AuthenticationFailures: 1 }),
    );
  });

  it('an upstream that keeps failing is spared by a breaker, and people are told', async () => {
    await runOf(fleet.failing, 'a failed run', ({ status }) => status === 'FAILED' || status === 'DEFERRED');
    await eventually(
      'the breaker’s notice',
      notices,
      (heard) => heard.some((text) => /keeps failing/.test(text)),
      TICKS,
    );
    expect(await aws.metricLines(`${prefix}-carrier`, 'BreakerOpened')).toContainEqual(
      expect.objectContaining({ kind: 'carrier', provider: 'hologram', BreakerOpened: 1 }),
    );
    const { events } = await user.call<{ events: { type: string }[] }>('GET', '/api/events');
    expect(events.map(({ type }) => type)).toContain('breaker_opened');
  });

  it('a poison message ends in the dead-letter queue, and from there in the table, where its tenant sees it', async () => {
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: aws.queueUrl(`${prefix}-vehicle`),
        MessageBody: JSON.stringify({ tenantId: 'acme', poison: true }),
      }),
    );
    const { deadLetters } = await eventually(
      'the dead letter',
      () => user.call<{ deadLetters: { kind: string; reason: string }[] }>('GET', '/api/dead-letters'),
      (answer) => answer.deadLetters.some(({ kind }) => kind === 'vehicle'),
      120,
    );
    expect(deadLetters).toContainEqual(
      expect.objectContaining({ kind: 'vehicle', reason: expect.stringContaining('could not be read') }),
    );
    expect(await aws.metricLines(`${prefix}-vehicle-dead-letter`, 'DeadLettered')).toContainEqual(
      expect.objectContaining({ service: prefix, kind: 'vehicle', DeadLettered: 1 }),
    );
  });
});

describe('metrics', () => {
  it('are written under the very names and dimensions that the alarms look at', async () => {
    const lines = await Promise.all(FUNCTIONS.map((name) => aws.metricLines(`${prefix}-${name}`)));
    const seen = new Set<string>();
    for (const { _aws, ...line } of lines.flat()) {
      for (const { Namespace, Dimensions, Metrics } of (_aws as EmbeddedMetrics).CloudWatchMetrics) {
        expect(Namespace).toBe(METRIC_NAMESPACE);
        for (const { Name, Unit } of Metrics) {
          const definition = METRICS[Name as MetricName];
          expect(
            Dimensions.map((set) => set.toSorted()),
            Name,
          ).toEqual([['service', ...definition.dimensions].sort()]);
          expect(Unit).toBe(definition.unit);
          expect(line.service).toBe(prefix);
          seen.add(Name);
        }
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(EXPECTED_METRICS));
  });
});

// The last of all: nothing is there any more after it.
describe('npm run destroy:local', () => {
  it('takes back what was deployed, tables and queues included', async () => {
    const ours = async () => {
      const { TableNames = [] } = await aws.dynamo.send(new ListTablesCommand({}));
      const { QueueUrls = [] } = await aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
      return [...TableNames.filter((name) => name.startsWith(prefix)), ...QueueUrls].map((name) => basename(name));
    };
    expect(await ours()).toEqual(expect.arrayContaining([`${prefix}-data`, `${prefix}-carrier`]));

    const command = ['run', '--silent', 'destroy:local', '--', '-c', `prefix=${prefix}`];
    await promisify(execFile)('npm', command, { env: { ...process.env, AWS_ENDPOINT_URL: deployment.endpoint } });
    // This suite's own.
    expect(await ours()).toEqual([`${prefix}-notifications-heard`]);
  });
});

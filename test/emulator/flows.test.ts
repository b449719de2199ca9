import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type CarrierServer,
  type SimulatedCarrier,
  serveCarriers,
  simulateCarrier,
} from '../../functions/kinds/carrier/simulator/index.ts';
import { systemClock } from '../../functions/platform/clock.ts';
import { connectAws } from './aws.ts';
import { eventually } from './eventually.ts';
import { caller, signIn, type User } from './user.ts';

const deployment = inject('deployment');
const aws = connectAws(deployment.endpoint);
const { prefix } = deployment;

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
interface View {
  readonly id: string;
  readonly status: string;
  readonly health: string;
  readonly version: number;
}

let operator: User;
let stranger: User;
let carriers: CarrierServer;
let hologram: SimulatedCarrier;
let carrierId: string;

beforeAll(async () => {
  operator = await signIn({ tenantId: 'acme', role: 'operator' }, deployment, aws);
  stranger = await signIn({ tenantId: 'other', role: 'viewer' }, deployment, aws);
  hologram = simulateCarrier('hologram', { sims: 30, clock: systemClock, requestsPerMinute: null });
  carriers = await serveCarriers({ hologram });
});
afterAll(() => carriers.close());

// The functions' own words, where a test fails.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const name of ['api', 'dispatch', 'carrier', 'carrier-dead-letter']) {
    const lines = await aws.logLines(`${prefix}-${name}`, '').catch(() => []);
    console.log(
      `${name}:\n${lines
        .slice(-3)
        .map((line) => line.slice(0, 700))
        .join('\n')}`,
    );
  }
});

const history = async (id: string, user = operator) =>
  (await user.call<{ logs: Entry[] }>('GET', `/api/integrations/${id}/sync-history`)).logs;

const succeeded = (trigger: string, recordsCount: number) => (entries: readonly Entry[]) =>
  entries.some(
    (entry) => entry.status === 'SUCCESS' && entry.trigger === trigger && entry.recordsCount === recordsCount,
  );

async function createCarrier(baseUrl = carriers.baseUrlOf('hologram')): Promise<View> {
  return operator.call<View>('POST', '/api/integrations', {
    status: 201,
    body: {
      name: 'Hologram',
      kind: 'carrier',
      provider: 'hologram',
      baseUrl,
      accountId: hologram.accountId,
      credentials: hologram.credentials,
      syncInterval: 30,
    },
  });
}

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
});

describe('a carrier', () => {
  it('is created through the API, and what it used is read', async () => {
    const { id } = await createCarrier();
    carrierId = id;
    const sims = hologram.sims.slice(0, 3);
    for (const [index, { carrierDeviceId }] of sims.entries()) {
      await operator.call('PUT', `/api/integrations/${id}/devices/device-${index}`, { body: { carrierDeviceId } });
    }
    await operator.call('POST', `/api/integrations/${id}/sync`, { status: 202 });
    await eventually('the run that was asked for', () => history(id), succeeded('manual', 3), 60);
    const { devices } = await operator.call<{ devices: { carrierDeviceId: string; dataUsedBytes: number | null }[] }>(
      'GET',
      `/api/integrations/${id}/devices`,
    );
    expect(devices.map(({ carrierDeviceId }) => carrierDeviceId).sort()).toEqual(
      sims.map((sim) => sim.carrierDeviceId).sort(),
    );
    expect(devices.every(({ dataUsedBytes }) => dataUsedBytes !== null)).toBe(true);
  });

  it('is nothing another tenant can see', async () => {
    await stranger.call('GET', `/api/integrations/${carrierId}`, { status: 404 });
  });

  it('is synced on the tick, each run once', async () => {
    const enqueued = () => aws.metricLines(`${prefix}-dispatch`, 'Tick');
    await eventually(
      'a tick that enqueues',
      enqueued,
      (ticks) => ticks.some((tick) => Number(tick.SlotsDispatched) > 0),
      TICKS,
    );
    const before = (await history(carrierId)).length;
    const logs = await eventually(
      'two more scheduled runs',
      () => history(carrierId),
      (entries) => entries.length >= before + 2 && succeeded('schedule', 3)(entries),
      TICKS,
    );
    const slots = logs.filter(({ trigger }) => trigger === 'schedule').map(({ scheduledFor }) => scheduledFor);
    expect(new Set(slots).size).toBe(slots.length);
  });

  it('leaves a line for every run that CloudWatch makes metrics of', async () => {
    expect(await aws.metricLines(`${prefix}-carrier`, 'Runs')).toContainEqual(
      expect.objectContaining({ service: prefix, kind: 'carrier', provider: 'hologram', outcome: 'success', Runs: 1 }),
    );
  });

  it('stores the credentials sealed', async () => {
    const { Item: item } = await aws.dynamo.send(
      new GetCommand({ TableName: `${prefix}-integrations`, Key: { pk: `acme#${carrierId}` } }),
    );
    expect(item?.credentials).toBeDefined();
    expect(JSON.stringify(item)).not.toContain(hologram.credentials.apiKey);
  });
});

describe('a poison message', () => {
  it('ends in the dead-letter queue, and from there in the table, where its tenant sees it', async () => {
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: aws.queueUrl(`${prefix}-carrier`),
        MessageBody: JSON.stringify({ tenantId: 'acme', poison: true }),
      }),
    );
    const { deadLetters } = await eventually(
      'the dead letter',
      () => operator.call<{ deadLetters: { kind: string; reason: string }[] }>('GET', '/api/dead-letters'),
      (answer) => answer.deadLetters.length > 0,
      120,
    );
    expect(deadLetters).toMatchObject([{ kind: 'carrier', reason: expect.stringContaining('could not be read') }]);
    expect(await aws.metricLines(`${prefix}-carrier-dead-letter`, 'DeadLettered')).toContainEqual(
      expect.objectContaining({ kind: 'carrier', DeadLettered: 1 }),
    );
  });
});

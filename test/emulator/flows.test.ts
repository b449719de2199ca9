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
    const lines = await aws.logLines(`${prefix}-${name}`, '"level":"ERROR"').catch(() => []);
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
  it('is created through the API, and synced again and again on the tick', async () => {
    const { id } = await createCarrier();
    const sims = hologram.sims.slice(0, 3);
    for (const [index, { carrierDeviceId }] of sims.entries()) {
      await operator.call('PUT', `/api/integrations/${id}/devices/device-${index}`, { body: { carrierDeviceId } });
    }
    const logs = await eventually(
      'two scheduled runs that read the devices',
      () => history(id),
      (entries) =>
        entries.filter(
          ({ status, trigger, recordsCount }) => status === 'SUCCESS' && trigger === 'schedule' && recordsCount === 3,
        ).length >= 2,
      TICKS,
    );
    expect(new Set(logs.map(({ run }) => run)).size).toBe(logs.length);
    const { devices } = await operator.call<{ devices: { carrierDeviceId: string; dataUsedBytes: number | null }[] }>(
      'GET',
      `/api/integrations/${id}/devices`,
    );
    expect(devices.map(({ carrierDeviceId }) => carrierDeviceId).sort()).toEqual(
      sims.map((sim) => sim.carrierDeviceId).sort(),
    );
    expect(devices.every(({ dataUsedBytes }) => dataUsedBytes !== null)).toBe(true);
    await stranger.call('GET', `/api/integrations/${id}`, { status: 404 });
  });

  it('leaves a line for every tick and run that CloudWatch makes metrics of', async () => {
    const ticks = await aws.logLines(`${prefix}-dispatch`, '"Tick"');
    expect(JSON.parse(ticks[0] ?? '')).toMatchObject({ service: prefix, Tick: expect.anything() });
    const runs = await aws.logLines(`${prefix}-carrier`, '"Runs"');
    expect(runs.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ service: prefix, kind: 'carrier', provider: 'hologram', outcome: 'success' }),
    );
  });

  it('stores the credentials sealed', async () => {
    const { integrations } = await operator.call<{ integrations: View[] }>('GET', '/api/integrations');
    const { Item: item } = await aws.dynamo.send(
      new GetCommand({ TableName: `${prefix}-integrations`, Key: { pk: `acme#${integrations[0]?.id}` } }),
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
    expect(await aws.logLines(`${prefix}-carrier-dead-letter`, '"DeadLettered"')).not.toEqual([]);
  });
});

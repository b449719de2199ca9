import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { KIND_NAMES } from '../../functions/model/kind-name.ts';
import { systemClock } from '../../functions/platform/clock.ts';
import { startEmbeddedDynamoDb } from '../../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../../local/dynamodb/ensure-tables.ts';
import { SqsEngine } from '../../local/sqs/engine.ts';
import { ensureQueues } from '../../local/sqs/ensure-queues.ts';
import { serveSqs } from '../../local/sqs/server.ts';
import { askProcess } from '../ask-process.ts';
import { LAMBDA_ENVIRONMENT } from '../lambda-environment.ts';
import { round, type Section } from '../report.ts';
import type { TickOrder, TickReport } from './dispatch-process.ts';
import { loadIntegrations } from './load-integrations.ts';

export interface DispatchSize {
  readonly integrations: number;
  /** Due in the tick that shows the throughput. */
  readonly many: number;
}

const SHARDS = 4;
const HOUR_MS = 3_600_000;

export async function dispatchSection(size: DispatchSize): Promise<Section> {
  const { warm, few, many } = await measureDispatch(size);
  const perSecond = many.slots / many.seconds;
  const perCpuSecond = many.slots / many.cpuSeconds;
  const items = size.integrations.toLocaleString('en-US');
  const scanned = (size.integrations * 0.5 * ITEM_BYTES) / 4096;
  return {
    title: 'Dispatching',
    figures: [
      {
        name: `reads of a tick, ${few.slots} of ${items} due`,
        value: `${round(few.usage.readUnits)} read units`,
        beside: `${round(few.usage.readUnits / few.slots)} a due one; a scan of all would read ${round(scanned)}`,
        target: {
          text: 'only for due ones',
          met: few.usage.readUnits <= 0.5 * SHARDS + few.slots * MOST_UNITS_A_DUE_ONE,
        },
      },
      {
        name: 'writes of a tick',
        value: `${round(few.usage.writeUnits / few.slots)} write units a slot`,
        beside: '1 of the item, 2 of the index, whose key changes',
      },
      {
        name: `one dispatcher, ${many.slots} due`,
        value: `${round(perSecond)} slots a second`,
        beside: `${round((many.dynamoCalls * 1000) / many.slots)} calls of DynamoDB for a thousand slots, and 100 of SQS; both embedded on the same cores`,
      },
      {
        name: 'the same, an hour',
        value: `${round((perSecond * 3600) / 1e6)} million integrations`,
        beside: 'one slot each',
        target: { text: '1 million', met: perSecond * 3600 >= 1e6 },
      },
      {
        name: 'per second of its CPU',
        value: `${round(perCpuSecond)} slots`,
        beside: `${round((many.cpuSeconds / many.slots) * 1000)} ms a slot; the first tick after a cold start ${round((warm.cpuSeconds / warm.slots) * 1000)} ms`,
      },
    ],
  };
}

/** What an index entry takes, at the most, as part of 4 KB that half a unit reads. */
const MOST_UNITS_A_DUE_ONE = 0.05;
/** Of an integration without anything special. */
const ITEM_BYTES = 400;

/** Three ticks: a first one, one with a hundredth due, one with many. `execArgv`: for a profile. */
export async function measureDispatch(
  { integrations, many }: DispatchSize,
  execArgv: readonly string[] = [],
): Promise<{ readonly warm: TickReport; readonly few: TickReport; readonly many: TickReport }> {
  const dynamo = await startEmbeddedDynamoDb();
  const client = new DynamoDBClient(dynamo.clientConfig);
  const engine = new SqsEngine({ clock: systemClock });
  const server = await serveSqs(engine);
  const sqs = new SQSClient({ ...dynamo.clientConfig, endpoint: server.endpoint });
  try {
    const tables = await ensureTables(client, LAMBDA_ENVIRONMENT.TABLE_PREFIX);
    const queues = await ensureQueues(sqs, LAMBDA_ENVIRONMENT.TABLE_PREFIX, KIND_NAMES);
    const now = Date.now();
    // One in a hundred is due now, as many an hour later, then many; the rest in ten days.
    const hundredth = Math.floor(integrations / 100);
    const dueAt = (number: number): number => {
      if (number < 2 * hundredth) return now + (number < hundredth ? 0 : HOUR_MS);
      return number < 2 * hundredth + many ? now + 2 * HOUR_MS : now + 240 * HOUR_MS;
    };
    await loadIntegrations(integrations, dueAt, { client, tableName: tables.integrations, shards: SHARDS });
    const order: TickOrder = { ahead: [0, HOUR_MS, 2 * HOUR_MS] };
    const reports = (await askProcess(join(import.meta.dirname, 'dispatch-process.ts'), order, {
      env: {
        ...LAMBDA_ENVIRONMENT,
        DUE_SHARDS: String(SHARDS),
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
        AWS_ENDPOINT_URL_SQS: server.endpoint,
        QUEUE_URLS: JSON.stringify(Object.fromEntries(KIND_NAMES.map((kind) => [kind, queues[kind].url]))),
      },
      execArgv,
    })) as readonly [TickReport, TickReport, TickReport];
    return { warm: reports[0], few: reports[1], many: reports[2] };
  } finally {
    client.destroy();
    sqs.destroy();
    await server.close();
    engine.close();
    await dynamo.close();
  }
}

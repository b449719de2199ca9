import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEmbeddedDynamoDb } from '../../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../../local/dynamodb/ensure-tables.ts';
import { askProcess, messageOf, startProcess } from '../ask-process.ts';
import { LAMBDA_ENVIRONMENT } from '../lambda-environment.ts';
import { groupCpuSeconds } from './group-cpu.ts';
import type { SimulatedFleet } from './link-devices.ts';
import { ROUNDS_BESIDE, type WorkerCase, type WorkerOrder, type WorkerReport } from './worker-order.ts';

export const LATENCY_MS = 50;

export interface WorkerSize {
  readonly integrations: number;
  readonly rounds: number;
  readonly lanes: number;
}

export interface MeasuredWorker extends WorkerReport {
  /** Of the embedded DynamoDB's processes, a sync; undefined where the machine does not tell. */
  readonly engineCpuMs: number | undefined;
}

/** One case on an engine of its own. `execArgv`: for a profile. */
export async function measureWorker(
  name: WorkerCase,
  size: WorkerSize,
  execArgv: readonly string[] = [],
): Promise<MeasuredWorker> {
  const engine = await startEmbeddedDynamoDb();
  const client = new DynamoDBClient(engine.clientConfig);
  const provider = startProcess(join(import.meta.dirname, 'provider-process.ts'), {
    env: { PROVIDER_LATENCY_MS: String(LATENCY_MS) },
  });
  try {
    await ensureTables(client, LAMBDA_ENVIRONMENT.TABLE_PREFIX);
    const fleet = (await messageOf(provider)) as SimulatedFleet;
    const order: WorkerOrder = { case: name, ...size, latencyMs: LATENCY_MS, fleet: name === 'carrier' ? fleet : null };
    const env = { ...LAMBDA_ENVIRONMENT, AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint };
    const script = join(import.meta.dirname, 'worker-process.ts');
    const report = (await askProcess(script, order, { env, execArgv })) as WorkerReport;
    const engineCpu = await groupCpuSeconds(engine.pid);
    const allSyncs = (size.rounds + ROUNDS_BESIDE) * size.integrations;
    return { ...report, engineCpuMs: engineCpu === undefined ? undefined : (engineCpu / allSyncs) * 1000 };
  } finally {
    provider.kill();
    client.destroy();
    await engine.close();
  }
}

import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEmbeddedDynamoDb } from '../../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../../local/dynamodb/ensure-tables.ts';
import { askProcess, messageOf, startProcess } from '../ask-process.ts';
import { LAMBDA_ENVIRONMENT } from '../lambda-environment.ts';
import type { SimulatedFleet } from './link-devices.ts';
import type { WorkerCase, WorkerOrder, WorkerReport } from './worker-process.ts';

export const LATENCY_MS = 50;

export interface WorkerSize {
  readonly integrations: number;
  readonly rounds: number;
  readonly lanes: number;
}

/** One case on an engine of its own. `execArgv`: for a profile. */
export async function measureWorker(
  name: WorkerCase,
  size: WorkerSize,
  execArgv: readonly string[] = [],
): Promise<WorkerReport> {
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
    const report = await askProcess(join(import.meta.dirname, 'worker-process.ts'), order, { env, execArgv });
    return report as WorkerReport;
  } finally {
    provider.kill();
    client.destroy();
    await engine.close();
  }
}

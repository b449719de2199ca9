import { performance } from 'node:perf_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Run } from '../functions/kinds/kind.ts';
import { vehicle } from '../functions/kinds/vehicle/index.ts';
import { simulatedHttp, simulatedVehicle } from '../functions/kinds/vehicle/simulator/index.ts';
import { asIntegrationId, asTenantId } from '../functions/model/ids.ts';
import type { Integration } from '../functions/model/integration.ts';
import type { Clock } from '../functions/platform/clock.ts';
import { parseJson } from '../functions/platform/http/parse-json.ts';
import { tableNames } from '../functions/store/tables.ts';
import { startEmbeddedDynamoDb } from '../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../local/dynamodb/ensure-tables.ts';

/** A vehicle of 25 channels × 1 Hz that comes back after a day without a connection: how long until it is caught up. Prints figures. */
const ORIGIN = 'http://vehicle.bench:8001';
const DAY_MS = 24 * 3_600_000;
const SLICE_MS = 40_000;

async function main(): Promise<void> {
  const engine = await startEmbeddedDynamoDb();
  const lowLevel = new DynamoDBClient({ ...engine.clientConfig });
  try {
    await ensureTables(lowLevel, 'bench');
    const before = Date.now();
    let shift = -DAY_MS;
    const clock: Clock = { now: () => Date.now() + shift, sleep: async () => undefined };
    const simulated = simulatedVehicle({ clock, apiKey: 'key', channels: 25 });
    const http = simulatedHttp(ORIGIN, { '': simulated }, clock);
    let cursor: string | null = null;
    let checkpoint: unknown = null;
    let calls = 0;
    let peak = 0;

    const slice = (continued: boolean): Run => ({
      tenantId: asTenantId('demo'),
      integrationId: asIntegrationId('vehicle'),
      integration: { provider: 'pull', baseUrl: ORIGIN, accountId: null, config: {} } as unknown as Integration,
      credentials: { apiKey: 'key' },
      upstream: {
        send: (request) => http.send(request),
        async json(request) {
          calls++;
          const { status, headers, text } = await http.send(request);
          peak = Math.max(peak, process.memoryUsage().rss);
          return { status, headers, body: parseJson(text) };
        },
        get calls() {
          return calls;
        },
      },
      data: { client: DynamoDBDocumentClient.from(lowLevel), tableName: tableNames('bench').data },
      clock,
      signal: new AbortController().signal,
      memo: new Map(),
      slot: clock.now(),
      trigger: 'schedule',
      token: 1,
      deadline: clock.now() + SLICE_MS,
      cursor,
      checkpoint,
      continued,
      assertHeld: () => undefined,
      async save(progress) {
        cursor = progress.cursor ?? cursor;
        checkpoint = progress.checkpoint ?? checkpoint;
      },
    });

    const first = await vehicle.sync(slice(false));
    if (first.outcome === 'success') cursor = first.cursor ?? null;
    shift = before - Date.now();
    calls = 0;
    const startedAt = performance.now();
    let slices = 1;
    let result = await vehicle.sync(slice(false));
    for (; result.outcome === 'continue'; slices++) {
      checkpoint = result.checkpoint;
      result = await vehicle.sync(slice(true));
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const { rows, windows } = result.details;
    console.log(
      `a day of backlog, 25 channels × 1 Hz: ${rows} rows in ${windows} windows, ${calls} calls, ${slices} slices`,
    );
    console.log(
      `${seconds.toFixed(1)} s with simulator and database on this machine; ${Math.round(peak / 1e6)} MB of memory`,
    );
  } finally {
    lowLevel.destroy();
    await engine.close();
  }
}

await main();

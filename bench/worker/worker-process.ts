import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { slotMessage } from '../../functions/dispatch/send-sync.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import { kinds } from '../../functions/kinds/registry.ts';
import { asIntegrationId, type IntegrationId } from '../../functions/model/ids.ts';
import type { Integration } from '../../functions/model/integration.ts';
import { createLocalKeyService } from '../../functions/platform/credentials/local-key-service.ts';
import { lambdaRuntime } from '../../functions/runtime/lambda-runtime.ts';
import { databaseOf, vaultOf } from '../../functions/runtime/services.ts';
import { createIntegration } from '../../functions/store/integrations.ts';
import { type CapacityMeter, callsOf, meterCapacity } from '../capacity.ts';
import { lambdaContext, MIDDY_OPTIONS, sqsEvent, TENANT } from '../rig.ts';
import { linkDevices } from './link-devices.ts';
import { answerAfter, plainKind } from './plain-kind.ts';
import { createStraightforwardHandler } from './straightforward.ts';
import type { WorkerOrder, WorkerReport } from './worker-order.ts';

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

const BATCH = 10;

/** One worker, measured by itself: told by the environment and one message what to do, answers with one message. */
async function carryOut(order: WorkerOrder): Promise<WorkerReport> {
  const runtime = {
    ...lambdaRuntime(),
    keys: createLocalKeyService({ masterKey: new Uint8Array(32).fill(1) }),
  };
  const db = databaseOf(runtime);
  const integrations = await Promise.all(
    Array.from({ length: order.integrations }, (_, index) => add(asIntegrationId(`integration-${index}`), order)),
  );

  async function add(id: IntegrationId, { fleet }: WorkerOrder): Promise<Integration> {
    const { integration } = await createIntegration(
      {
        tenantId: TENANT,
        id,
        name: `Fleet ${id}`,
        kind: 'carrier',
        provider: fleet === null ? 'plain' : 'hologram',
        baseUrl: fleet?.baseUrl ?? null,
        accountId: fleet?.accountId ?? null,
        config: fleet === null ? {} : { requestsPerMinute: 6000 },
        credentials: fleet === null ? null : await vaultOf(runtime).seal(TENANT, id, { apiKey: `key-of-${id}-0123` }),
        syncInterval: 3600,
        syncEnabled: true,
      },
      db,
    );
    if (fleet !== null) await linkDevices(id, fleet, db);
    return integration;
  }

  function handlerOf(): { readonly handler: Handler; readonly meter: () => CapacityMeter } {
    if (order.case === 'straightforward') {
      const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
      const call = () => answerAfter(order.latencyMs);
      return {
        handler: createStraightforwardHandler({ client, tables: db.tables, call }),
        meter: () => meterCapacity(client),
      };
    }
    const used = order.case.startsWith('engine') ? { ...kinds, carrier: plainKind(order.latencyMs) } : kinds;
    const execute = createExecuteHandler(runtime, used);
    return {
      handler: (event) => execute(event, lambdaContext(), MIDDY_OPTIONS) as Promise<SQSBatchResponse>,
      meter: () => meterCapacity(runtime.dynamo),
    };
  }

  const { handler, meter } = handlerOf();
  let slot = Date.now() - 3_600_000;

  /** Every integration once, in batches of ten, `lanes` at a time. */
  async function round(): Promise<void> {
    slot += 1000;
    const bodies = integrations.map((integration) => slotMessage(integration, { slot }, slot).body);
    const batches = Array.from({ length: Math.ceil(bodies.length / BATCH) }, (_, index) =>
      bodies.slice(index * BATCH, (index + 1) * BATCH),
    );
    const lane = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const { batchItemFailures } = await handler(sqsEvent('carrier', batch));
        if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} syncs of a batch failed`);
      }
    };
    await Promise.all(Array.from({ length: order.lanes }, lane));
  }

  // The first rounds compile the code and open the connections.
  await round();
  await round();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let done = 0; done < order.rounds; done++) await round();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const capacity = meter();
  await round();
  const usage = capacity.usage();
  return {
    syncs: order.rounds * integrations.length,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    calls: callsOf(usage) / integrations.length,
    usage,
  };
}

process.once('message', (order) => {
  carryOut(order as WorkerOrder).then(
    (report) => process.send?.({ report }, () => process.exit()),
    (error) => process.send?.({ problem: String(error) }, () => process.exit()),
  );
});

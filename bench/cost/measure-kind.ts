import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createApiHandler } from '../../functions/api/api-handler.ts';
import { slotMessage } from '../../functions/dispatch/send-sync.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { isOnDemand } from '../../functions/model/kind-name.ts';
import { historyBetween } from '../../functions/store/history.ts';
import { getIntegration } from '../../functions/store/integrations.ts';
import { createDemoApi } from '../../local/demo/demo-api.ts';
import { callsOf } from '../capacity.ts';
import { lambdaContext, MIDDY_OPTIONS, type Rig, sqsEvent, TENANT } from '../rig.ts';
import type { JumpingClock } from './jumping-clock.ts';
import type { KindCase } from './kind-cases.ts';

/** Averages of one run. */
export interface KindUse {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly awsCalls: number;
  readonly providerCalls: number;
  /** Devices, measurements, data values or receipts stored. */
  readonly records: number;
  /** Of the writes of a person or till before the run, a run: taking receipts in. */
  readonly before: { readonly writeUnits: number; readonly readUnits: number };
}

/** Runs of a typical integration, with the deployed handler on the real engine; ten integrations, as a batch has them. */
export async function measureKind(
  kindCase: KindCase,
  { integrations, rounds }: { readonly integrations: number; readonly rounds: number },
  rig: Rig,
  clock: JumpingClock,
): Promise<KindUse> {
  const { runtime, db, capacity } = rig;
  const { kind } = kindCase;
  const apiHandler = createApiHandler(runtime);
  const invokeApi = async (event: APIGatewayProxyEventV2): Promise<unknown> =>
    apiHandler(event, lambdaContext(), MIDDY_OPTIONS);
  const api = createDemoApi(TENANT, invokeApi);
  const execute = createExecuteHandler(runtime);
  const ids: string[] = [];
  for (let number = 0; number < integrations; number++) {
    const { id } = (await api.call('POST', '/api/integrations', kindCase.draft(number))) as { id: string };
    await kindCase.prepare?.(id, api);
    ids.push(id);
  }
  const total = { writeUnits: 0, readUnits: 0, awsCalls: 0 };
  const before = { writeUnits: 0, readUnits: 0 };
  // The first runs find everything new; a typical one follows another.
  for (let round = -2; round < rounds; round++) {
    clock.pass(kindCase.intervalSeconds * 1000);
    capacity.reset();
    for (const id of ids) await kindCase.before?.(id, api);
    const prepared = capacity.usage();
    const bodies = isOnDemand(kind) ? await received(kindCase, rig, clock) : await dueNow(ids, rig, clock);
    if (bodies.length !== integrations) throw new Error(`${kind}: ${bodies.length} of ${integrations} are due`);
    capacity.reset();
    await execute(sqsEvent(kind, bodies), lambdaContext(), MIDDY_OPTIONS);
    if (round < 0) continue;
    const usage = capacity.usage();
    total.writeUnits += usage.writeUnits;
    total.readUnits += usage.readUnits;
    total.awsCalls += callsOf(usage);
    before.writeUnits += prepared.writeUnits;
    before.readUnits += prepared.readUnits;
  }
  const runs = rounds * integrations;
  const perRun = (amount: number): number => amount / runs;
  const { providerCalls, records } = await lastRuns(ids, rounds, rig);
  return {
    writeUnits: perRun(total.writeUnits),
    readUnits: perRun(total.readUnits),
    awsCalls: perRun(total.awsCalls),
    providerCalls,
    records,
    before: { writeUnits: perRun(before.writeUnits), readUnits: perRun(before.readUnits) },
  };

  /** As the history tells it; every run must have gone well. */
  async function lastRuns(all: readonly string[], count: number, { db: database }: Rig) {
    let providerCalls = 0;
    let records = 0;
    for (const id of all) {
      const integrationId = asIntegrationId(id);
      const newest = (await getIntegration(TENANT, integrationId, database))?.runCounter ?? 0;
      const entries = await historyBetween(TENANT, integrationId, { from: newest - count + 1, to: newest }, db);
      for (const { status, errorMessage, details, recordsCount } of entries) {
        if (status !== 'SUCCESS') throw new Error(`a run of ${kind} ended ${status}: ${errorMessage}`);
        providerCalls += Number(details.calls ?? 0);
        records += recordsCount;
      }
    }
    return { providerCalls: perRun(providerCalls), records: perRun(records) };
  }
}

/** Messages for a slot that has just come, of every integration. */
async function dueNow(ids: readonly string[], { db }: Rig, clock: JumpingClock): Promise<readonly string[]> {
  const slot = clock.now();
  const bodies: string[] = [];
  for (const id of ids) {
    const integration = await getIntegration(TENANT, asIntegrationId(id), db);
    if (integration !== undefined) bodies.push(slotMessage(integration, { slot }, slot).body);
  }
  return bodies;
}

/** What the buffers enqueued by themselves. */
async function received({ kind }: KindCase, { runtime }: Rig, clock: JumpingClock): Promise<readonly string[]> {
  clock.pass(1000);
  const QueueUrl = runtime.settings.QUEUE_URLS[kind];
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await runtime.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await runtime.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

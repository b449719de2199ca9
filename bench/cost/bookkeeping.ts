import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createDispatchHandler } from '../../functions/dispatch/dispatch-handler.ts';
import { createExecuteHandler } from '../../functions/execute/execute-handler.ts';
import type { Kind } from '../../functions/kinds/kind.ts';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { createIntegration } from '../../functions/store/integrations.ts';
import type { Usage } from '../capacity.ts';
import { lambdaContext, MIDDY_OPTIONS, type Rig, sqsEvent, TENANT } from '../rig.ts';
import type { JumpingClock } from './jumping-clock.ts';

const TICK_MS = 60_000;

/** What the engine itself consumes for runs that find nothing to do. */
export interface Bookkeeping {
  readonly syncs: number;
  /** Of the ticks: finding due slots, moving them on. */
  readonly dispatch: Usage;
  /** Of the runs: start, end, history. */
  readonly execute: Usage;
}

/** `ticks` minutes of integrations with this interval, dispatched and run by the deployed handlers. */
export async function measureBookkeeping(
  { intervalSeconds, integrations, ticks }: { intervalSeconds: number; integrations: number; ticks: number },
  rig: Rig,
  clock: JumpingClock,
): Promise<Bookkeeping> {
  const { runtime, db, capacity } = rig;
  const dispatch = createDispatchHandler(runtime);
  const execute = createExecuteHandler(runtime, { carrier: idleKind });
  for (let index = 0; index < integrations; index++) {
    const id = asIntegrationId(`idle-${intervalSeconds}-${index}`);
    await createIntegration({ ...IDLE, id, syncInterval: intervalSeconds }, db);
  }
  // A new integration's first slots are enqueued by whoever created it, and watched: they are not what is measured.
  await pass(Math.ceil((2 * intervalSeconds * 1000) / TICK_MS) + 2);
  const used = await pass(ticks);
  return { syncs: used.syncs, dispatch: totalOf(used.dispatch), execute: totalOf(used.execute) };

  async function pass(count: number): Promise<{ syncs: number; dispatch: Usage[]; execute: Usage[] }> {
    const passed = { syncs: 0, dispatch: [] as Usage[], execute: [] as Usage[] };
    for (let tick = 0; tick < count; tick++) {
      capacity.reset();
      await dispatch({}, lambdaContext(), MIDDY_OPTIONS);
      passed.dispatch.push(capacity.usage());
      for (let second = 0; second < TICK_MS / 1000; second += 1) {
        clock.pass(1000);
        for (let bodies = await receive(rig); bodies.length > 0; bodies = await receive(rig)) {
          capacity.reset();
          await execute(sqsEvent('carrier', bodies), lambdaContext(), MIDDY_OPTIONS);
          passed.execute.push(capacity.usage());
          passed.syncs += bodies.length;
        }
      }
    }
    return passed;
  }
}

const IDLE = {
  tenantId: TENANT,
  name: 'Idle',
  kind: 'carrier',
  provider: 'idle',
  baseUrl: null,
  accountId: null,
  config: {},
  syncEnabled: true,
  credentials: null,
} as const;

const idleKind: Kind = {
  name: 'carrier',
  title: 'Idle',
  defaultSyncInterval: 3600,
  providers: {
    idle: {
      title: 'Idle',
      defaultBaseUrl: null,
      credentials: [],
      // Saved by the store directly: nobody asks.
      configSchema: undefined as never,
      rateLimit: null,
    },
  },
  policy: { retries: 3, onExhausted: 'stay', scheduled: 'interval', breaker: true, leaseSeconds: 45 },
  routes: [],
  test: async () => ({ ok: true, detail: null }),
  sync: async () => ({ outcome: 'success', recordsCount: 0, details: {}, stored: false }),
};

/** Up to ten messages of the carriers' queue, as an event source mapping takes them. */
async function receive({ runtime }: Rig): Promise<readonly string[]> {
  const QueueUrl = runtime.settings.QUEUE_URLS.carrier;
  const { Messages = [] } = await runtime.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 40_000 }),
  );
  return Messages.map(({ Body = '' }) => Body);
}

function totalOf(usages: readonly Usage[]): Usage {
  const add = (pick: (usage: Usage) => Readonly<Record<string, number>>): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const usage of usages) for (const [name, n] of Object.entries(pick(usage))) sums[name] = (sums[name] ?? 0) + n;
    return sums;
  };
  return {
    writeUnits: usages.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    readUnits: usages.reduce((sum, { readUnits }) => sum + readUnits, 0),
    calls: add(({ calls }) => calls),
    byTarget: add(({ byTarget }) => byTarget),
  };
}

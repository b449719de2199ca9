import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../bench/cost/jumping-clock.ts';
import { loadIntegrations } from '../../bench/dispatch/load-integrations.ts';
import { lambdaContext, MIDDY_OPTIONS, type Rig, startRig } from '../../bench/rig.ts';
import { createDispatchHandler } from '../../functions/dispatch/dispatch-handler.ts';

const HOUR_MS = 3_600_000;
const SHARDS = 4;

describe('a tick', () => {
  const now = Date.now();
  const clock = jumpingClock(now);
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ clock });
    const client = new DynamoDBClient(rig.clientConfig);
    const dueAt = (number: number): number => now + (number < 10 ? 0 : number < 400 ? HOUR_MS : 9 * 24 * HOUR_MS);
    await loadIntegrations(1000, dueAt, { client, tableName: rig.db.tables.integrations, shards: SHARDS });
    client.destroy();
  });
  afterAll(() => rig.close());

  async function tick() {
    rig.capacity.reset();
    const summary = await createDispatchHandler(rig.runtime)({}, lambdaContext(), MIDDY_OPTIONS);
    return { summary, usage: rig.capacity.usage() };
  }

  it('reads due entries only, however many integrations there are', async () => {
    const { summary, usage } = await tick();
    expect(summary).toMatchObject({ slots: 10, refused: 0, throttled: 0 });
    expect(usage.readUnits).toBe(0.5 * SHARDS);
    expect(usage.writeUnits).toBe(3 * 10);
  });

  it('costs half a unit a shard when nothing is due', async () => {
    clock.pass(60_000);
    const { summary, usage } = await tick();
    expect(summary).toMatchObject({ slots: 0 });
    expect(usage.readUnits).toBe(0.5 * SHARDS);
    expect(usage.writeUnits).toBe(0);
  });

  it('moves many slots with 25 a call', async () => {
    clock.pass(HOUR_MS);
    const { summary, usage } = await tick();
    expect(summary).toMatchObject({ slots: 390 });
    // A shard's last call may be less than full.
    expect(usage.calls.BatchExecuteStatementCommand).toBeLessThanOrEqual(Math.ceil(390 / 25) + SHARDS);
    expect(usage.readUnits).toBeLessThan(0.05 * 390);
  });
});

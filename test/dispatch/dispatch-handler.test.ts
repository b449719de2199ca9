import type { Context } from 'aws-lambda';
import { expect, it } from 'vitest';
import { createDispatchHandler } from '../../functions/dispatch/dispatch-handler.ts';
import { asIntegrationId } from '../../functions/model/ids.ts';
import { dueShardOf } from '../../functions/model/slot.ts';
import { CARRIER_POLICY, fakeKind, success } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

it('is done by several dispatchers, each over its shards: every slot is enqueued by one of them', async () => {
  const world = await World.create({
    kinds: { carrier: fakeKind('carrier', CARRIER_POLICY, async () => success()) },
  });
  const table = world.dynamo.table('integrations');
  const now = world.clock.now();
  const ids = Array.from({ length: 40 }, (_, index) => asIntegrationId(`i${index}`));
  for (const id of ids) {
    table.set({
      pk: `${TENANT}#${id}`,
      tenantId: TENANT,
      id,
      kind: 'carrier',
      syncInterval: 3600,
      syncEnabled: true,
      scheduleVersion: 1,
      dueShard: dueShardOf(id, 4),
      nextSyncAt: now + 30_000,
    });
  }
  const moved = () => ids.filter((id) => Number(table.get({ pk: `${TENANT}#${id}` })?.nextSyncAt) > now + 30_000);
  const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

  const dispatch = createDispatchHandler(world.runtime);
  const first = await dispatch({ shards: [0, 2] }, context);
  expect(moved()).toEqual(ids.filter((id) => dueShardOf(id, 4) % 2 === 0));
  const second = await dispatch({ shards: [1, 3] }, context);
  expect(moved()).toEqual(ids);
  expect(first.entries).toBeGreaterThan(0);
  expect(first.entries + second.entries).toBe(ids.length);
});

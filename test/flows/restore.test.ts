import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { CARRIER_POLICY, fakeKind, success } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

/** As README.md, "Backup and restore": an older item comes back, and its counter is raised. */
describe('after a restore', () => {
  it('gives out no token again, and goes on at its phase', async () => {
    const tokens: number[] = [];
    const world = await World.create({
      kinds: {
        carrier: fakeKind('carrier', CARRIER_POLICY, async ({ token }) => {
          tokens.push(token);
          return success();
        }),
      },
    });
    await world.add({ id: 'a', syncInterval: 60 });
    await world.pass(300);
    const Key = { pk: `${TENANT}#a` };
    const TableName = world.db.tables.integrations;
    const { Item } = await world.db.client.send(new GetCommand({ TableName, Key }));
    world.ticking = false;
    await world.pass(600);
    const before = [...tokens];

    await world.db.client.send(new PutCommand({ TableName, Item: { ...Item } }));
    await world.db.client.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: 'SET runCounter = runCounter + :gap',
        ConditionExpression: 'attribute_exists(runCounter)',
        ExpressionAttributeValues: { ':gap': 100 },
      }),
    );
    world.ticking = true;
    await world.pass(300);

    const after = tokens.slice(before.length);
    expect(after.length).toBeGreaterThanOrEqual(5);
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
    const slots = (await world.history('a'))
      .filter(({ run }) => run >= Math.min(...after))
      .map(({ scheduledFor }) => scheduledFor);
    expect(new Set(slots).size).toBe(slots.length);
    expect(slots.slice(2).every((slot, i) => slot - (slots[i + 1] ?? 0) === 60_000)).toBe(true);
  });
});

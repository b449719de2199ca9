import { describe, expect, it } from 'vitest';
import { listEvents } from '../../functions/store/events.ts';
import { fakeKind, SOURCE_POLICY, success, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { TENANT, World } from '../support/world.ts';

describe('an hour in which DynamoDB does not answer', () => {
  it('leaves a letter for every slot, one catch-up run and at most one mail for each integration, and switches nothing off', async () => {
    let isDown = false;
    const refused = new Set<string>();
    const world = await World.create({
      kinds: {
        vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => success()),
        source: fakeKind('source', SOURCE_POLICY, async () => success()),
      },
      chooseFault: ({ name }) => {
        if (!isDown || name === 'http' || /^(Send|Change)Message/.test(name)) return undefined;
        refused.add(name);
        return 'throttle';
      },
    });
    const ids = ['v1', 'v2', 'v3', 'v4', 's1', 's2', 's3', 's4'];
    for (const id of ids) {
      const vehicle = id.startsWith('v');
      await world.add({ id, kind: vehicle ? 'vehicle' : 'source', syncInterval: vehicle ? 30 : 60 });
    }
    await world.pass(600);
    isDown = true;
    await world.pass(3600);
    isDown = false;
    const recovered = world.clock.now();
    await world.pass(900);
    expect([...refused]).toEqual(expect.arrayContaining(['QueryCommand', 'UpdateCommand', 'GetCommand']));
    const letters = await world.deadLetters();
    for (const id of ids) {
      expect(await world.get(id)).toMatchObject({ syncEnabled: true, status: 'success', alerted: false });
      const history = await world.history(id);
      const missed = history.filter(
        ({ status, scheduledFor, startedAt }) =>
          status === 'SUCCESS' && startedAt >= recovered && scheduledFor < recovered - 60_000,
      );
      expect(missed).toHaveLength(1);
      const mails = world.notices.filter(({ integrationId }) => integrationId === id).map(({ type }) => type);
      expect(mails.filter((type) => type === 'dead_lettered').length).toBeLessThanOrEqual(1);
      expect(mails).not.toContain('disabled');
    }
    expect(letters.length).toBeGreaterThan(ids.length);
    const { events } = await listEvents(TENANT, { limit: 100, before: null }, world.db);
    expect(events.filter(({ type }) => type === 'dead_lettered')).toHaveLength(letters.length);
  });
});

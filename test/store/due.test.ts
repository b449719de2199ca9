import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asIntegrationId, asTenantId } from '../../functions/model/ids.ts';
import type { Database } from '../../functions/store/database.ts';
import { advanceSlots, type DueEntry, dueEntries } from '../../functions/store/due.ts';
import {
  createIntegration,
  deleteIntegration,
  getIntegration,
  updateIntegration,
} from '../../functions/store/integrations.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

const TENANT = asTenantId('acme');
const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T10:00:00.000Z');

let dynamo: TestDynamoDb;
let db: Database;

beforeAll(async () => {
  dynamo = await startTestDynamoDb();
  const { client, tables } = dynamo;
  const clock = { now: () => NOW, sleep: async () => undefined };
  db = { client, tables, clock, dueShards: 1, horizonMs: 90_000 };
});
afterAll(() => dynamo.close());

/** On the engine itself: that a statement is understood no fake can tell. */
describe('slots of the due index', () => {
  it('are moved past what was enqueued, more than one call’s worth of them', async () => {
    for (let i = 0; i < 30; i++) await add(`many-${i}`);
    const entries = await due('many-');
    const moved = await advanceSlots(
      entries.map((entry) => ({ entry, next: NOW + HOUR, watch: null })),
      db,
    );
    expect(moved).toEqual({ advanced: 30, refused: 0, throttled: 0 });
    const [entry] = entries as [DueEntry];
    expect(await getIntegration(TENANT, entry.id, db)).toMatchObject({
      nextSyncAt: NOW + HOUR,
      enqueuedFrom: entry.nextSyncAt,
    });
    expect(await due('many-')).toEqual([]);
  });

  it('stay where somebody else has moved them, and do not bring back what was deleted', async () => {
    await add('other-changed');
    await add('other-deleted');
    const entries = await due('other-');
    await updateIntegration(TENANT, asIntegrationId('other-changed'), { syncInterval: 7200 }, undefined, db);
    await deleteIntegration(TENANT, asIntegrationId('other-deleted'), db);
    const moves = entries.map((entry) => ({ entry, next: NOW + HOUR, watch: null }));
    expect(await advanceSlots(moves, db)).toEqual({ advanced: 0, refused: 2, throttled: 0 });
    expect(await getIntegration(TENANT, asIntegrationId('other-deleted'), db)).toBeUndefined();
  });

  it('move to the shards of a deployment that has more of them', async () => {
    const names = ['spread-1', 'spread-2', 'spread-3', 'spread-4', 'spread-5', 'spread-6'];
    for (const name of names) await add(name);
    const entries = await due('spread-');
    const more = { ...db, dueShards: 4 };
    await advanceSlots(
      entries.map((entry) => ({ entry, next: NOW + HOUR, watch: null })),
      more,
    );
    const found: string[][] = [];
    for (const shard of [0, 1, 2, 3]) {
      const ids: string[] = [];
      for await (const page of dueEntries(shard, NOW + HOUR, more)) ids.push(...page.map(({ id }) => id));
      found.push(ids.filter((id) => id.startsWith('spread-')));
    }
    expect(found.flat().sort()).toEqual(names);
    expect(found.filter((ids) => ids.length > 0).length).toBeGreaterThan(1);
  });

  it('that cannot be moved for a reason that stays are an error, not a slow database', async () => {
    await add('unreachable');
    const [entry] = (await due('unreachable')) as [DueEntry];
    const lost = { ...db, tables: { ...db.tables, integrations: 'no-such-table' } };
    await expect(advanceSlots([{ entry, next: NOW + HOUR, watch: null }], lost)).rejects.toThrow(
      /cannot be moved|no-such-table|not found/i,
    );
  });
});

/** Its slot lies an hour back. */
async function add(id: string): Promise<void> {
  const draft = {
    tenantId: TENANT,
    id: asIntegrationId(id),
    name: id,
    kind: 'carrier',
    provider: 'hologram',
    baseUrl: null,
    accountId: null,
    config: {},
    syncInterval: 3600,
    syncEnabled: true,
    credentials: null,
  } as const;
  await createIntegration(draft, { ...db, clock: { ...db.clock, now: () => NOW - 2 * HOUR } });
}

async function due(prefix: string): Promise<readonly DueEntry[]> {
  const found: DueEntry[] = [];
  for await (const page of dueEntries(0, NOW + db.horizonMs, db)) found.push(...page);
  return found.filter(({ id }) => id.startsWith(prefix));
}

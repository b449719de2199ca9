import { PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Kind, Run, SyncResult } from '../../functions/kinds/kind.ts';
import type { Kinds } from '../../functions/kinds/registry.ts';
import { PermanentError, RetryLater, UpstreamError } from '../../functions/model/failure.ts';
import { integrationKey } from '../../functions/model/ids.ts';
import { CARRIER_POLICY, fakeKind, RECEIPTS_POLICY, SOURCE_POLICY, VEHICLE_POLICY } from '../support/fake-kind.ts';
import type { Dice } from './dice.ts';
import { type Mood, REQUESTS_PER_MINUTE } from './internet.ts';

const WINDOW_MS = 300_000;

/** A call through rate limit and breaker; carriers share one upstream and one key. */
async function call({ integration, upstream, credentials }: Run): Promise<void> {
  const url = `https://${integration.kind}.example/usage`;
  await upstream.json({ url, headers: { 'x-api-key': credentials.apiKey ?? '' }, timeoutMs: 10_000 });
}

/** The next seconds of the upstream's truth are read in windows; each is stored, then the cursor moves past it. */
async function copyTruth(run: Run, dice: Dice, mood: Mood, cursorFirst: boolean): Promise<SyncResult> {
  let from = run.cursor === null ? run.integration.createdAt - 60_000 : Number(run.cursor);
  const to = run.clock.now();
  let stored = 0;
  while (from < to) {
    await misbehave(run, dice, mood);
    for (let calls = dice.between(1, 3); calls > 0; calls--) await call(run);
    const end = Math.min(to, from + WINDOW_MS);
    run.assertHeld();
    if (cursorFirst) await run.save({ cursor: String(end) });
    await run.data.client.send(
      new PutCommand({
        TableName: run.data.tableName,
        Item: {
          pk: integrationKey(run.tenantId, run.integrationId),
          sk: `window#${String(from).padStart(15, '0')}#${String(end).padStart(15, '0')}`,
          from,
          to: end,
          token: run.token,
        },
      }),
    );
    if (!cursorFirst) await run.save({ cursor: String(end) });
    from = end;
    stored += 1;
    if (run.clock.now() >= run.deadline && from < to) {
      return { outcome: 'continue', checkpoint: { from }, details: { stored } };
    }
  }
  return { outcome: 'success', recordsCount: stored, details: {}, stored: stored > 0 };
}

async function misbehave(run: Run, dice: Dice, mood: Mood): Promise<void> {
  if (!dice.chance(mood.trouble)) return;
  switch (dice.pick(['fail', 'defer', 'refuse', 'slow', 'bug'] as const)) {
    case 'fail':
      throw new UpstreamError('connection refused', { problem: 'connection' });
    case 'defer':
      throw new RetryLater(run.clock.now() + dice.between(1, 400) * 1000, 'rate limited');
    case 'refuse':
      throw new PermanentError('the key was refused', 'auth');
    case 'slow':
      await run.clock.sleep(dice.between(1, 55) * 1000, run.signal);
      return;
    case 'bug':
      throw new TypeError('undefined is not a function');
  }
}

/** A buffer that is emptied one by one; wants a slot only while something is pending. */
async function emptyBuffer(run: Run, dice: Dice, mood: Mood): Promise<SyncResult> {
  const pk = integrationKey(run.tenantId, run.integrationId);
  const pending = async () => {
    const found: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await run.data.client.send(
        new QueryCommand({
          TableName: run.data.tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': 'pending#' },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      found.push(...Items);
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return found.filter((item) => item.done !== true);
  };
  let done = 0;
  for (const item of await pending()) {
    if (run.clock.now() >= run.deadline) break;
    await misbehave(run, dice, mood);
    await call(run);
    run.assertHeld();
    await run.data.client.send(
      new UpdateCommand({
        TableName: run.data.tableName,
        Key: { pk, sk: item.sk },
        UpdateExpression: 'SET done = :yes, #token = :token',
        ExpressionAttributeNames: { '#token': 'token' },
        ExpressionAttributeValues: { ':yes': true, ':token': run.token },
      }),
    );
    done += 1;
  }
  const left = await pending();
  const nextSyncAt = left.length === 0 ? null : run.clock.now() + 10_000;
  return { outcome: 'success', recordsCount: done, details: {}, stored: done > 0, nextSyncAt };
}

/** Limited to so many calls a minute. */
function withLimit(kind: Kind): Kind {
  const { fake } = kind.providers;
  if (fake === undefined) throw new Error('a fake kind has a provider "fake"');
  return { ...kind, providers: { fake: { ...fake, rateLimit: { requestsPerMinute: REQUESTS_PER_MINUTE } } } };
}

/** Bugs of a kind: its cursor moves before it stores; it calls without a token of its credential's limit. */
export interface KindBugs {
  readonly cursorFirst: boolean;
  readonly limitless: boolean;
}

export function simulatedKinds(dice: Dice, mood: Mood, { cursorFirst, limitless }: KindBugs): Kinds {
  const limited = limitless ? (kind: Kind): Kind => kind : withLimit;
  const copy = (run: Run): Promise<SyncResult> => copyTruth(run, dice, mood, cursorFirst);
  const breaker = true;
  return {
    carrier: limited(fakeKind('carrier', { ...CARRIER_POLICY, breaker }, copy)),
    vehicle: fakeKind('vehicle', VEHICLE_POLICY, copy),
    source: limited(fakeKind('source', { ...SOURCE_POLICY, breaker }, copy)),
    receipts: fakeKind('receipts', { ...RECEIPTS_POLICY, breaker }, (run) => emptyBuffer(run, dice, mood)),
  };
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createStoreClock } from '../../../functions/platform/upstream/store-clock.ts';

/** A client whose store has the true time; each answer takes a while. */
function aStore(skewMs: number, start = Date.parse('2026-11-22T12:00:00.400Z')) {
  let now = start;
  let travelMs = 20;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
      requestHandler: {
        async handle() {
          now += travelMs / 2;
          const date = new Date(now).toUTCString();
          now += travelMs / 2;
          const body = new Response('{}').body;
          return {
            response: { statusCode: 200, headers: { date, 'content-type': 'application/x-amz-json-1.0' }, body },
          };
        },
      },
    }),
  );
  const clock = { now: () => now + skewMs, sleep: () => Promise.reject(new Error('nobody sleeps here')) };
  const storeClock = createStoreClock({ client, clock });
  return {
    storeClock,
    clock,
    trueNow: () => now,
    ask: async (afterMs: number, travel = 20) => {
      now += afterMs;
      travelMs = travel;
      await client.send(new GetCommand({ TableName: 't', Key: { pk: 'x' } }));
    },
  };
}

it('leaves a worker’s clock alone while it fits what the store shows', async () => {
  const { storeClock, clock, ask } = aStore(0);
  for (const ms of [0, 137, 700, 2_500]) await ask(ms);
  expect(storeClock.now()).toBe(clock.now());
});

it('brings a clock that is minutes off to within a second of the store’s', async () => {
  for (const skew of [4 * 60_000, -3 * 60_000, 2_500, -2_500]) {
    const { storeClock, trueNow, ask } = aStore(skew);
    await ask(0);
    expect(Math.abs(storeClock.now() - trueNow())).toBeLessThanOrEqual(1_020);
  }
});

it('comes closer with every answer, and stays', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -600_000, max: 600_000 }),
      fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      async (skew, pauses, travel) => {
        const { storeClock, trueNow, ask } = aStore(skew);
        for (const ms of pauses) {
          await ask(ms, travel);
          expect(Math.abs(storeClock.now() - trueNow())).toBeLessThanOrEqual(1_000 + travel);
        }
      },
    ),
    { numRuns: 30 },
  );
});

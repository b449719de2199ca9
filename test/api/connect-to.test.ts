import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../functions/api/kind-deps.ts';
import { anIntegration } from '../kinds/carrier/support/an-integration.ts';
import { anUpstreamWorld, thrown, type UpstreamWorld, url } from '../platform/support/upstream-world.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/embedded-aws.ts';

let dynamo: TestDynamoDb;
let world: UpstreamWorld;
beforeAll(async () => {
  dynamo = await startTestDynamoDb();
});
afterAll(() => dynamo.close());
beforeEach(() => {
  world = anUpstreamWorld(dynamo);
});

/** What a route of a kind calls its provider with. */
async function anUpstream(requestsPerMinute: number) {
  const { clock, aWorker } = world;
  const carrier = { accountId: null, baseUrl: 'https://api.carrier.example' };
  const { upstream } = await connectTo(anIntegration('hologram', 'sims', carrier, clock.now()), {
    clock,
    db: { ...dynamo, clock, dueShards: 4, horizonMs: 1 },
    connect: async (_integration, patience) => ({
      credentials: {},
      secrets: [],
      memo: new Map(),
      upstream: aWorker().aRun({ rateLimit: { requestsPerMinute }, ...patience }),
    }),
  });
  return upstream;
}

it('sends nothing whose turn comes so late that no time would be left for its answer', async () => {
  await (await anUpstream(3)).send({ url });
  const later = { reason: 'rate_limited', until: world.clock.now() + 20_667 };
  expect(await thrown((await anUpstream(3)).send({ url, method: 'POST' }))).toMatchObject(later);
  expect(world.http.requests).toHaveLength(1);
});

it('waits for a turn that comes soon', async () => {
  await (await anUpstream(10)).send({ url });
  const second = (await anUpstream(10)).send({ url, method: 'POST' });
  await world.clock.advance(6_300);
  expect(await second).toMatchObject({ status: 200 });
});

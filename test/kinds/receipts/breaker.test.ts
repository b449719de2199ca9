import { describe, expect, it } from 'vitest';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { clientFor } from '../../../functions/kinds/receipts/simulator/operator.ts';
import type { RouteDeps } from '../../../functions/kinds/route.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import { createUpstreamFactory } from '../../../functions/platform/upstream/upstream-client.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aSale } from './support/documents.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister } from './support/test-register.ts';

/** A register whose calls go through the real breaker. */
function aRegisterBehindABreaker() {
  const clock = new SteppingClock();
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  let broken = true;
  const operator = new OfdOperator({ clock, faults: () => (broken ? { kind: 'answer', status: 503 } : undefined) });
  const upstreams = createUpstreamFactory({
    http: clientFor(operator, clock),
    limits: { client: dynamo.client, tableName: dynamo.tables.limits },
    clock,
  });
  const upstream = upstreams.open({
    ...{
      tenantId: asTenantId('acme'),
      integrationId: asIntegrationId('register-1'),
      kindHasBreaker: true,
      kind: 'receipts',
      provider: 'ofd',
    },
    ...{ credentialId: null, rateLimit: null, deadline: Number.MAX_SAFE_INTEGER, secrets: [] },
    signal: new AbortController().signal,
  });
  const data = { client: dynamo.client, tableName: dynamo.tables.data };
  const breaker: RouteDeps['breaker'] = ({ tenantId }, url) => upstreams.breaker(tenantId, url);
  return {
    ...{ clock, operator, register: new TestRegister({ data, operator, clock, upstream }), breaker },
    mend: () => {
      broken = false;
    },
  };
}

describe('the breaker', () => {
  it('opens after five failures in a row: the other receipts are skipped and their counts stay', async () => {
    const { register, operator, clock, breaker } = aRegisterBehindABreaker();
    for (let n = 0; n < 8; n += 1) await register.take(`k${n}`, aSale(`Item ${n}`));
    expect(await register.run()).toMatchObject({
      outcome: 'error',
      details: { synced: 0, failed: 5, skipped: 3 },
      nextSyncAt: clock.now() + 60_000,
    });
    expect(operator.calls).toBe(5);
    expect((await register.list()).map((receipt) => receipt.retry_count)).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
    const status = await register.call('GET', '/v1/kkt/buffer/status', {}, { breaker });
    expect(status.breaker).toEqual({ state: 'open', until: new Date(clock.now() + 60_000).toISOString() });

    // By hand it does no better, and harms nothing.
    expect(await register.call('POST', '/v1/kkt/buffer/sync')).toEqual({
      ...{ status: 'completed', synced: 0, failed: 0, skipped: 8, duration_seconds: 0 },
    });
    expect(operator.calls).toBe(5);
    expect((await register.list()).map((receipt) => receipt.retry_count)).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('lets a single probe through after a minute, and all when that one is answered', async () => {
    const { register, operator, clock, mend } = aRegisterBehindABreaker();
    for (let n = 0; n < 3; n += 1) await register.take(`k${n}`, aSale(`Item ${n}`));
    await register.run();
    clock.advance(1000);
    await register.run();
    expect(operator.calls).toBe(5);
    clock.advance(60_000);
    expect(await register.run()).toMatchObject({ details: { failed: 1, skipped: 2 } });
    expect(operator.calls).toBe(6);
    mend();
    clock.advance(60_000);
    expect(await register.run()).toMatchObject({ outcome: 'success', details: { synced: 3, skipped: 0 } });
    expect(operator.ledger.entries.length).toBe(3);
  });
});

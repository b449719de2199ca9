import { expect, it } from 'vitest';
import { runSync } from '../../functions/execute/run-sync.ts';
import { UpstreamError } from '../../functions/model/failure.ts';
import { silentLog } from '../../functions/platform/log.ts';
import { executeDepsOf } from '../../functions/runtime/execute-services.ts';
import { fakeKind, VEHICLE_POLICY } from '../support/fake-kind.ts';
import { World } from '../support/world.ts';

it('leaves one line of log a run, which says in words how it ended and why', async () => {
  const kinds = {
    vehicle: fakeKind('vehicle', VEHICLE_POLICY, async () => {
      throw new UpstreamError('timeout: no answer within 10 s', { problem: 'timeout' });
    }),
  };
  const world = await World.create({ kinds });
  const { tenantId, id: integrationId, scheduleVersion } = await world.add({ id: 'v', kind: 'vehicle', name: 'Van 7' });
  const lines: unknown[] = [];
  const log = { ...silentLog, info: (message: string, fields = {}) => void lines.push({ message, ...fields }) };
  const slot = world.clock.now();
  await runSync(
    {
      message: { v: 1, tenantId, integrationId, kind: 'vehicle', slot, trigger: 'schedule', scheduleVersion },
      receiveCount: 1,
      deadline: slot + 40_000,
    },
    executeDepsOf({ ...world.runtime, log }, kinds),
  );
  expect(lines).toMatchObject([
    { message: 'run 1 of Van 7: failed: timeout: no answer within 10 s', status: 'FAILED', run: 1, integrationId: 'v' },
  ]);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatedHttp } from '../../../functions/kinds/vehicle/simulator/simulator.ts';
import { type SimulatedVehicleOptions, simulatedVehicle } from '../../../functions/kinds/vehicle/simulator/vehicle.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/embedded-aws.ts';
import { type BenchOptions, differences, MovingClock, START, TestVehicle } from './harness.ts';

let db: TestDynamoDb;
beforeAll(async () => {
  db = await startTestDynamoDb();
});
afterAll(() => db.close());

const ORIGIN = 'http://vehicle.test:8001';

function aVehicle(options: Partial<SimulatedVehicleOptions> = {}, bench: Partial<BenchOptions> = {}) {
  const clock = new MovingClock();
  const simulated = simulatedVehicle({ clock, apiKey: 'vehicle-key', channels: 5, ...options });
  const vehicle = new TestVehicle({ http: simulatedHttp(ORIGIN, { '': simulated }, clock), db, clock, ...bench });
  return { clock, simulated, vehicle, faults: simulated.faults };
}

describe('a pulled vehicle', () => {
  it('stores the last minute with the first run and goes on from there', async () => {
    const { clock, simulated, vehicle } = aVehicle();
    const first = await vehicle.run();
    expect(first.result).toMatchObject({ outcome: 'success', recordsCount: 60 * 5, stored: true });
    clock.pass(30_000);
    const second = await vehicle.run();
    expect(second.result).toMatchObject({ outcome: 'success', recordsCount: 31 * 5 });
    expect(differences(await vehicle.stored(), simulated.truth(START - 60_000, START + 30_001))).toEqual([]);
  });
});

import { expect } from 'vitest';
import type { SimulatedCarrier } from '../../../../functions/kinds/carrier/simulator/index.ts';
import type { Harness } from './run-harness.ts';

/** Every linked SIM's bytes as stored, against what the carrier itself would say. */
export async function expectRightToTheByte(own: Harness, carrier: SimulatedCarrier): Promise<void> {
  const stored = new Map((await own.devices()).map((device) => [device.carrierDeviceId, device.dataUsedBytes]));
  const wrong = carrier.sims
    .map((sim) => ({
      id: sim.carrierDeviceId,
      stored: stored.get(sim.carrierDeviceId),
      used: carrier.usedInCycle(sim),
    }))
    .filter((each) => each.stored !== each.used);
  expect(wrong).toEqual([]);
}

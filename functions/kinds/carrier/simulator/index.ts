import type { CarrierName } from '../providers/index.ts';
import { hologramWire } from './hologram.ts';
import {
  type CarrierWire,
  type SimulatedCarrier,
  type SimulatorOptions,
  simulatedCarrier,
} from './simulated-carrier.ts';

export { inProcessHttp } from './in-process-http.ts';
export { type CarrierServer, serveCarriers } from './server.ts';
export type { SimulatedCarrier, SimulatorOptions } from './simulated-carrier.ts';
export type { SimulatedSim } from './simulated-sim.ts';

const wires: Readonly<Record<CarrierName, CarrierWire>> = {
  hologram: hologramWire,
};

/** One simulated carrier with its fleet: `simulateCarrier('hologram', { sims: 250, clock })`. */
export const simulateCarrier = (name: CarrierName, options: SimulatorOptions): SimulatedCarrier =>
  simulatedCarrier(wires[name], options);

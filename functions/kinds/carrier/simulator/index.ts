import type { CarrierName } from '../providers/index.ts';
import { emnifyWire } from './emnify.ts';
import { hologramWire } from './hologram.ts';
import { jasperWire } from './jasper.ts';
import { onceWire } from './once.ts';
import { onomondoWire } from './onomondo.ts';
import {
  type CarrierWire,
  type SimulatedCarrier,
  type SimulatorOptions,
  simulatedCarrier,
} from './simulated-carrier.ts';
import { soracomWire } from './soracom.ts';
import { superSimWire } from './supersim.ts';
import { telnyxWire } from './telnyx.ts';

export { inProcessHttp } from './in-process-http.ts';
export { type CarrierServer, serveCarriers } from './server.ts';
export type { SimulatedCarrier, SimulatorOptions } from './simulated-carrier.ts';
export type { SimulatedSim } from './simulated-sim.ts';

const wires: Readonly<Record<CarrierName, CarrierWire>> = {
  hologram: hologramWire,
  '1nce': onceWire,
  supersim: superSimWire,
  emnify: emnifyWire,
  telnyx: telnyxWire,
  soracom: soracomWire,
  jasper: jasperWire,
  onomondo: onomondoWire,
};

/** One simulated carrier with its fleet: `simulateCarrier('hologram', { sims: 250, clock })`. */
export const simulateCarrier = (name: CarrierName, options: SimulatorOptions): SimulatedCarrier =>
  simulatedCarrier(wires[name], options);

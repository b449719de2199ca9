export { type SimulatedSamsara, simulatedSamsara } from './samsara.ts';
export { type Mounts, type Simulator, serveSimulators, simulatedHttp } from './simulator.ts';
export { type SimulatedTraccar, simulatedTraccar } from './traccar.ts';
export { type SimulatedVehicle, simulatedVehicle, type VehicleFaults } from './vehicle.ts';

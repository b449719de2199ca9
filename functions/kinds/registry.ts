import type { KindName } from '../model/kind-name.ts';
import { carrier } from './carrier/index.ts';
import type { Kind } from './kind.ts';
import { receipts } from './receipts/index.ts';
import { source } from './source/index.ts';
import { createVehicle, vehicle } from './vehicle/index.ts';

export type Kinds = Partial<Readonly<Record<KindName, Kind>>>;

/** One line per kind: what is deployed, tested and shown follows from this list. */
export const kinds = {
  carrier,
  vehicle,
  source,
  receipts,
} as const satisfies Kinds;

/** The kinds with a deployment's own settings. */
export const kindsWith = (settings: { readonly measurementRetentionDays: number }): Kinds => ({
  ...kinds,
  vehicle: createVehicle(settings),
});

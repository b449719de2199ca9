import type { CarrierProvider } from '../provider.ts';
import { hologram } from './hologram/index.ts';

/** One line per carrier. */
export const carrierProviders = {
  hologram,
} as const satisfies Readonly<Record<string, CarrierProvider>>;
export type CarrierName = keyof typeof carrierProviders;

import type { CarrierProvider } from '../provider.ts';
import { once } from './1nce/index.ts';
import { emnify } from './emnify/index.ts';
import { hologram } from './hologram/index.ts';
import { jasper } from './jasper/index.ts';
import { onomondo } from './onomondo/index.ts';
import { soracom } from './soracom/index.ts';
import { supersim } from './supersim/index.ts';
import { telnyx } from './telnyx/index.ts';

/** One line per carrier. */
export const carrierProviders = {
  hologram,
  '1nce': once,
  supersim,
  emnify,
  telnyx,
  soracom,
  jasper,
  onomondo,
} as const satisfies Readonly<Record<string, CarrierProvider>>;
export type CarrierName = keyof typeof carrierProviders;

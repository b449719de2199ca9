import type { KindName } from '../model/kind-name.ts';
import { carrier } from './carrier/index.ts';
import type { Kind } from './kind.ts';
import { source } from './source/index.ts';

export type Kinds = Partial<Readonly<Record<KindName, Kind>>>;

/** One line per kind: what is deployed, tested and shown follows from this list. */
export const kinds: Kinds = {
  carrier,
  source,
};

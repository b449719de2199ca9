import type { KindName } from '../model/kind-name.ts';
import type { Kind } from './kind.ts';

/** One line per kind: what is deployed, tested and shown follows from this list. */
export const kinds: Partial<Record<KindName, Kind>> = {};

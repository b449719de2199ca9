/** The four things Driftless keeps in step. The order is the order of every list a person sees. */
export const KIND_NAMES = ['carrier', 'vehicle', 'source', 'receipts'] as const;
export type KindName = (typeof KIND_NAMES)[number];

/**
 * Kinds that have a slot only while they have something to do (a receipt buffer), instead of one every interval.
 * Here and not in the registry, so that the dispatcher need not carry every provider.
 */
const ON_DEMAND: readonly KindName[] = ['receipts'];
export const isOnDemand = (kind: KindName): boolean => ON_DEMAND.includes(kind);

/** The four things Driftless keeps in step. The order is the order of every list a person sees. */
export const KIND_NAMES = ['carrier', 'vehicle', 'source', 'receipts'] as const;
export type KindName = (typeof KIND_NAMES)[number];

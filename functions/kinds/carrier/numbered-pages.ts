export interface NumberedPage {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** Elements it has. */
  readonly length: number;
  /** How many pages there are, where the carrier tells. */
  readonly total: number | undefined;
}

/** The page after this one; null at the end. Where no total is told, a page that is not full is the last. */
export function nextNumber({ page, pageSize, length, total }: NumberedPage): number | null {
  const more = total === undefined ? length >= pageSize : page < total;
  return more ? page + 1 : null;
}

/** As 1NCE and, going by its clients, emnify tell it. */
export function totalPages(headers: Readonly<Record<string, string>>): number | undefined {
  const total = Number(headers['x-total-pages'] ?? Number.NaN);
  // A blank header is 0 as a number; it does not tell that the account is empty.
  return Number.isInteger(total) && total > 0 ? total : undefined;
}

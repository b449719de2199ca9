import type { Device } from '../../../api/kind-types.ts';
import { useRemembered } from '../../../state/remembered.ts';

/** What usage is compared with, where the carrier does not tell what a plan includes: bytes in a billing cycle. */
export const useAllowance = (integrationId: string) => useRemembered<number | null>(`allowance.${integrationId}`, null);

export interface UsageShare {
  readonly used: number;
  readonly limit: number | null;
  /** 0 to 1 and beyond; null where there is nothing to compare with. */
  readonly share: number | null;
}

export function shareOf({ dataUsedBytes, dataLimitBytes }: Device, allowance: number | null): UsageShare | null {
  if (dataUsedBytes === null) return null;
  const limit = dataLimitBytes ?? allowance;
  const comparable = limit !== null && limit > 0;
  return { used: dataUsedBytes, limit: comparable ? limit : null, share: comparable ? dataUsedBytes / limit : null };
}

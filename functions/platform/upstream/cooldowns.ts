/** Until when which credential must not be used (store clock, epoch ms), as far as this process knows. */
export interface Cooldowns {
  /** 0 when it is not cooling. */
  until(key: string): number;
  /** Never shortens one. */
  extend(key: string, until: number): void;
}

const MAX_KEPT = 5_000;

export function createCooldowns(): Cooldowns {
  const known = new Map<string, number>();
  return {
    until: (key) => known.get(key) ?? 0,
    extend(key, until) {
      if (until <= (known.get(key) ?? 0)) return;
      // The oldest entry has most likely ended; what is forgotten is learned again from the store.
      const oldest = known.keys().next().value;
      if (known.size >= MAX_KEPT && oldest !== undefined) known.delete(oldest);
      known.delete(key);
      known.set(key, until);
    },
  };
}

import type { NetworkStatus, SimStatus } from '../../provider.ts';

/** Hologram's words come with suffixes (PAUSED-USER, TEST-ACTIVATE): the part before the first one decides. */
const SIM_WORDS: readonly (readonly [prefix: string, status: SimStatus])[] = [
  ['LIVE', 'active'],
  ['PAUSED', 'suspended'],
  ['DEAD', 'deactivated'],
  ['INACTIVE', 'ready'],
  ['TEST', 'ready'],
  ['FACTORY', 'ready'],
];

export function simStatus(word: string): SimStatus {
  const upper = word.trim().toUpperCase();
  return SIM_WORDS.find(([prefix]) => upper.startsWith(prefix))?.[1] ?? 'unknown';
}

/** `session`: null when the device never had one, undefined when the answer does not tell. */
export function networkStatus(
  sim: SimStatus | undefined,
  session: { readonly active?: boolean | null | undefined } | null | undefined,
): NetworkStatus | undefined {
  if (sim === 'suspended') return 'suspended';
  if (session === undefined) return undefined;
  if (session === null || typeof session.active !== 'boolean') return 'unknown';
  return session.active ? 'connected' : 'disconnected';
}

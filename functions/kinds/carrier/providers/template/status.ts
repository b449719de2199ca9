import type { SimStatus } from '../../provider.ts';

/** Every documented word. `unchanged` for words of a change that is under way; anything else becomes `unknown` by itself. */
export const SIM_WORDS: Readonly<Record<string, SimStatus | 'unchanged'>> = {
  enabled: 'active',
  disabled: 'suspended',
  enabling: 'unchanged',
};

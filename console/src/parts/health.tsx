import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Integration } from '../api/types.ts';
import { healthWords } from './health-words.ts';

const TYPES = { green: 'success', yellow: 'warning', red: 'error', grey: 'stopped' } as const;

/** Green, yellow, red or grey, with an icon and in words: never by colour alone. */
export function Health({ integration }: { readonly integration: Integration }) {
  return <StatusIndicator type={TYPES[integration.health]}>{healthWords(integration)}</StatusIndicator>;
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import type { Integration } from '../../api/types.ts';
import { trouble } from '../../parts/health-words.ts';
import { useIntegrationActions } from '../../state/integration-changes.ts';
import { useCanChange } from '../../state/use-api.ts';

/** Why it does not run, or failed last, and what can be done about it. */
export function Troubles({ integration }: { readonly integration: Integration }) {
  const canChange = useCanChange();
  const { resume } = useIntegrationActions();
  const about = trouble(integration);
  if (about === null) return null;
  const off = integration.disabledReason !== null;
  return (
    <Alert
      type={integration.health === 'red' ? 'error' : 'warning'}
      header={about.title}
      action={off && canChange && <Button onClick={() => void resume(integration)}>Switch on again</Button>}
    >
      <span className="breakable">{about.reason}</span>
    </Alert>
  );
}

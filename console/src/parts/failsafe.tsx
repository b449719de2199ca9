import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component, type ReactNode } from 'react';

interface FailsafeProps {
  readonly children: ReactNode;
}

/** A page that cannot be drawn takes nothing else with it: the way to the other pages stays open. */
export class Failsafe extends Component<FailsafeProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Alert
        type="error"
        header="This page has failed"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        Something in the console went wrong. Your integrations go on without it.
      </Alert>
    );
  }
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ApiFailure } from '../../api/api-failure.ts';
import type { TestAnswer } from '../../api/types.ts';
import { TestAnswerView } from '../../parts/connection/test-answer.tsx';
import { FoundFields } from './found-fields.tsx';

export interface TestState {
  readonly testing: boolean;
  readonly answer: TestAnswer | null;
  readonly failure: ApiFailure | null;
}

interface TestStepProps {
  readonly state: TestState;
  readonly onTest: () => void;
  readonly config: Readonly<Record<string, unknown>>;
  /** Of a source: the fields that shall be stored. */
  readonly onFields?: ((fields: readonly object[] | undefined) => void) | undefined;
}

export function TestStep({ state, onTest, config, onFields }: TestStepProps) {
  const { testing, answer, failure } = state;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The provider is called once, and nothing is stored of what it answers."
          actions={
            <Button loading={testing} onClick={onTest}>
              {answer === null && failure === null ? 'Test connection' : 'Test again'}
            </Button>
          }
        >
          Test the connection
        </Header>
      }
    >
      <SpaceBetween size="m">
        {failure !== null && (
          <Alert type="error" header="The test could not be made">
            {failure.message}
          </Alert>
        )}
        {answer !== null && <TestAnswerView answer={answer} />}
        {answer === null && failure === null && !testing && (
          <Alert type="info">
            The integration is saved, but switched off until you finish. You may leave the test out.
          </Alert>
        )}
        {answer !== null && onFields !== undefined && (
          <FoundFields detail={answer.detail} config={config} onFields={onFields} />
        )}
      </SpaceBetween>
    </Container>
  );
}

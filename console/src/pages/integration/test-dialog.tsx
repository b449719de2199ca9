import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import Spinner from '@cloudscape-design/components/spinner';
import { useCallback, useEffect, useState } from 'react';
import { type ApiFailure, toFailure } from '../../api/api-failure.ts';
import type { Integration, TestAnswer } from '../../api/types.ts';
import { TestAnswerView } from '../../parts/connection/test-answer.tsx';
import { useClient } from '../../state/use-api.ts';

interface TestDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

/** Calls the provider at once, and shows what came back. */
export function TestDialog({ integration: { id, name }, onClose }: TestDialogProps) {
  const client = useClient();
  const [answer, setAnswer] = useState<TestAnswer | ApiFailure | null>(null);
  const test = useCallback(async () => {
    setAnswer(null);
    setAnswer(await client.test(id).catch(toFailure));
  }, [client, id]);
  useEffect(() => {
    void test();
  }, [test]);
  return (
    <Modal
      visible
      header={`Test of ${name}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button loading={answer === null} onClick={() => void test()}>
            Test again
          </Button>
        </Box>
      }
    >
      {answer === null && (
        <Box textAlign="center" padding="l">
          <Spinner /> Calling the provider
        </Box>
      )}
      {answer instanceof Error && (
        <Alert type="error" header="The test could not be made">
          {answer.message}
        </Alert>
      )}
      {answer !== null && !(answer instanceof Error) && <TestAnswerView answer={answer} />}
    </Modal>
  );
}

import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { type ApiFailure, toFailure } from '../../api/api-failure.ts';
import type { Client } from '../../api/client.ts';
import type { Receipt } from '../../api/kind-types.ts';
import type { DeadLetter } from '../../api/types.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { flashDone } from '../../state/flash.ts';
import { useClient } from '../../state/use-api.ts';
import { usePoll } from '../../state/use-poll.ts';
import { refreshAfterRedrive, withoutLetters } from './letters.ts';

interface CorrectDialogProps {
  readonly letter: DeadLetter;
  readonly onClose: () => void;
}

/** A receipt the operator has rejected: its document can be mended before it is sent again. */
export function CorrectDialog({ letter, onClose }: CorrectDialogProps) {
  const client = useClient();
  const document = usePoll(
    `rejected|${letter.id}`,
    async (signal) => {
      const found = await findRejected(letter, client, signal);
      return found === undefined ? '' : JSON.stringify(documentOf(found.fiscal_doc), null, 2);
    },
    () => null,
  );
  return (
    <Modal
      visible
      size="large"
      header="Correct and redrive"
      // A click beside it throws nothing away that was typed.
      onDismiss={({ detail }) => detail.reason !== 'overlay' && onClose()}
    >
      <Loaded of={document} what="the document">
        {(text) => <CorrectForm letter={letter} text={text} onClose={onClose} />}
      </Loaded>
    </Modal>
  );
}

/** There may be more rejected receipts than a page holds. */
async function findRejected(letter: DeadLetter, client: Client, signal: AbortSignal): Promise<Receipt | undefined> {
  let cursor: string | undefined;
  do {
    const query = { status: 'dead_lettered', limit: 100, cursor };
    const { receipts, nextCursor } = await client.receipts(letter.integrationId ?? '', query, signal);
    const found = receipts.find(({ receipt_id }) => receipt_id === letter.subject.receiptId);
    if (found !== undefined) return found;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}

const DOCUMENT_FIELDS = ['type', 'items', 'payments', 'client', 'correction'] as const;

/** Without the key, and what the operator said of it. */
const documentOf = (fiscal: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(DOCUMENT_FIELDS.flatMap((name) => (fiscal[name] === undefined ? [] : [[name, fiscal[name]]])));

interface CorrectFormProps extends CorrectDialogProps {
  readonly text: string;
}

function CorrectForm({ letter, text, onClose }: CorrectFormProps) {
  const client = useClient();
  const [typed, setTyped] = useState(text);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [working, setWorking] = useState(false);
  const correction = parsed(typed);
  const send = async (): Promise<void> => {
    setWorking(true);
    try {
      await withoutLetters(
        [letter.id],
        () => client.redrive(letter.id, correction),
        () => [letter.id],
      );
      flashDone('The corrected receipt is on its way');
      refreshAfterRedrive([letter]);
      onClose();
    } catch (error) {
      setFailure(toFailure(error));
      setWorking(false);
    }
  };
  return (
    <SpaceBetween size="m">
      {letter.lastError !== null && (
        <Alert type="info" header="The operator said">
          {letter.lastError}
        </Alert>
      )}
      {failure !== null && (
        <Alert type="error" header="It was not accepted">
          {failure.message}
          {failure.fields.map(({ path, message }) => (
            <div key={path}>
              {path}: {message}
            </div>
          ))}
        </Alert>
      )}
      <FormField label="Document" errorText={correction === undefined && 'This is not JSON.'} stretch>
        <Textarea rows={16} spellcheck={false} value={typed} onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" loading={working} disabled={correction === undefined} onClick={() => void send()}>
            Send corrected
          </Button>
        </SpaceBetween>
      </Box>
    </SpaceBetween>
  );
}

/** Undefined when it is no JSON object. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { KINDS, type KindName } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { count, plural } from '../../parts/format.ts';
import { KIND_TITLES } from '../../parts/health-words.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { flashDone, flashFailure } from '../../state/flash.ts';
import { useClient } from '../../state/use-api.ts';
import { pagesKey } from '../../state/use-pages.ts';
import { refreshPolls, usePoll } from '../../state/use-poll.ts';
import { LETTERS_KEY } from './letters.ts';
import { redriveKind } from './redrive-kind.ts';

interface RedriveKindDialogProps {
  /** Of the letters that are shown. */
  readonly first: KindName;
  readonly onClose: () => void;
}

const OPTIONS = KINDS.map((kind) => ({ value: kind, label: KIND_TITLES[kind] }));

/** After an outage: all that was given up on, also what the list does not show. First says how many that is. */
export function RedriveKindDialog({ first, onClose }: RedriveKindDialogProps) {
  const client = useClient();
  const [kind, setKind] = useState(first);
  const [done, setDone] = useState<number>();
  const preview = usePoll(
    `redrive-kind|${kind}`,
    () => redriveKind(kind, true, client),
    () => null,
  );
  const many = preview.data?.count ?? 0;
  const redrive = async (): Promise<void> => {
    let tried = 0;
    setDone(0);
    try {
      const { count: all, failed } = await redriveKind(kind, false, client, (soFar) => {
        tried = soFar.count;
        setDone(tried);
      });
      const redriven = all - failed.length;
      if (redriven > 0) flashDone(`${plural(redriven, 'dead letter')} redriven`);
      if (failed.length > 0) {
        flashFailure(
          `${plural(failed.length, 'dead letter')} could not be redriven`,
          new Error(failed[0]?.message ?? 'They stay in the list.'),
        );
      }
    } catch (error) {
      flashFailure(`It stopped after ${count(tried)} of ${plural(many, 'dead letter')}`, error);
    }
    for (const prefix of [pagesKey(LETTERS_KEY), 'overview', 'fleet|']) refreshPolls(prefix);
  };
  return (
    <Confirm
      header="Redrive a whole kind"
      confirm={many === 0 ? 'Redrive' : `Redrive all ${count(many)}`}
      disabled={many === 0}
      onConfirm={redrive}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <FormField label="Kind">
          <Select
            selectedOption={OPTIONS.find(({ value }) => value === kind) ?? null}
            options={OPTIONS}
            disabled={done !== undefined}
            onChange={({ detail }) => setKind(KINDS.find((own) => own === detail.selectedOption.value) ?? kind)}
          />
        </FormField>
        <Loaded of={preview} what="how many there are">
          {() => (
            <Box>
              {many === 0
                ? 'There are no dead letters of this kind.'
                : `${plural(many, 'dead letter')}, also those that the list does not show yet, will be put back to work, and removed from here after. What fails again comes back.`}
            </Box>
          )}
        </Loaded>
        {done !== undefined && many > 0 && (
          <ProgressBar
            value={(done / many) * 100}
            additionalInfo={`${count(done)} of ${count(many)} tried`}
            ariaLabel="Progress of the redrive"
          />
        )}
      </SpaceBetween>
    </Confirm>
  );
}

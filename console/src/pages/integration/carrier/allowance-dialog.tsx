import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Integration } from '../../../api/types.ts';
import { FormDialog } from '../../../parts/form-dialog.tsx';
import { bytes } from '../../../parts/format.ts';
import { useAllowance } from './allowance.ts';
import { usePlans } from './plans.ts';

interface AllowanceDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
}

const MB = 1_000_000;

/** What the bars are compared with. The plans are asked of the carrier; where it has none, the amount is typed. */
export function AllowanceDialog({ integration: { id }, onClose }: AllowanceDialogProps) {
  const plans = usePlans(id);
  const [allowance, setAllowance] = useAllowance(id);
  const [typed, setTyped] = useState(allowance === null ? '' : String(allowance / MB));
  const options = (plans.data?.plans ?? []).flatMap(({ id: value, name, dataBytes }) =>
    dataBytes === undefined ? [] : [{ value, label: name, description: bytes(dataBytes), dataBytes }],
  );
  const amount = Number(typed);
  const wrong = typed !== '' && !(amount > 0);
  const save = (): void => {
    setAllowance(typed === '' ? null : amount * MB);
    onClose();
  };
  return (
    <FormDialog
      header="Compare usage with a plan"
      confirm="Compare"
      disabled={wrong}
      onConfirm={save}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {plans.failure !== undefined && <Alert type="info">{plans.failure.message} Type the amount instead.</Alert>}
        {options.length > 0 && (
          <FormField label="Plan of this account">
            <Select
              selectedOption={options.find(({ dataBytes }) => dataBytes === amount * MB) ?? null}
              options={options}
              placeholder="Choose a plan"
              onChange={({ detail }) => {
                const plan = options.find(({ value }) => value === detail.selectedOption.value);
                if (plan !== undefined) setTyped(String(plan.dataBytes / MB));
              }}
            />
          </FormField>
        )}
        <FormField
          label="Included in a cycle, MB"
          description="Of each device. This browser remembers it. Empty: no comparison."
          errorText={wrong && 'Give a number above 0.'}
        >
          <Input type="number" value={typed} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      </SpaceBetween>
    </FormDialog>
  );
}

import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Integration } from '../../../api/types.ts';
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
    <Modal
      visible
      header="Compare usage with a plan"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={wrong} onClick={save}>
              Compare
            </Button>
          </SpaceBetween>
        </Box>
      }
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
    </Modal>
  );
}

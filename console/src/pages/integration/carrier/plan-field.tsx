import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { bytes } from '../../../parts/format.ts';
import { usePlans } from './plans.ts';

interface PlanFieldProps {
  readonly integrationId: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (planId: string) => void;
  readonly problem: string | undefined;
}

/** The plans the carrier tells of; where it tells of none, its id of the plan is typed. */
export function PlanField({ integrationId, label, value, onChange, problem }: PlanFieldProps) {
  const plans = usePlans(integrationId);
  const options = (plans.data?.plans ?? []).map(({ id, name, description, dataBytes }) => ({
    value: id,
    label: name,
    description: [dataBytes === undefined ? '' : bytes(dataBytes), description ?? ''].filter(Boolean).join(', '),
  }));
  if (plans.data !== undefined && options.length === 0) return typedPlan('The carrier’s id of it.');
  if (plans.failure !== undefined) return typedPlan(`${plans.failure.message} Type the carrier’s id of it.`);
  return (
    <FormField label={label} errorText={problem}>
      <Select
        selectedOption={options.find((option) => option.value === value) ?? null}
        options={options}
        placeholder="Choose a plan"
        statusType={plans.data === undefined ? 'loading' : 'finished'}
        loadingText="Asking the carrier"
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );

  function typedPlan(hint: string) {
    return (
      <FormField label={label} description={hint} errorText={problem}>
        <Input spellcheck={false} value={value} onChange={({ detail }) => onChange(detail.value)} />
      </FormField>
    );
  }
}

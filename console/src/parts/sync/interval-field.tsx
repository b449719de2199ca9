import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { everyInWords } from '../format.ts';
import { CUSTOM_UNITS, INTERVALS, intervalProblem, unitOf } from './intervals.ts';

interface IntervalFieldProps {
  /** Seconds; null: by hand only. NaN while what was typed is no number. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

const MANUAL = { value: 'manual', label: 'Manual only' } as const;
const CUSTOM = { value: 'custom', label: 'Custom…' } as const;
const OPTIONS = [
  ...INTERVALS.map((seconds) => ({ value: String(seconds), label: everyInWords(seconds) })),
  CUSTOM,
  MANUAL,
];

export function IntervalField({ value, onChange }: IntervalFieldProps) {
  const [custom, setCustom] = useState(() => value !== null && !isOffered(value));
  const [unit, setUnit] = useState(() => unitOf(value ?? 60));
  const [typed, setTyped] = useState(() => String((value ?? 60) / unitOf(value ?? 60)));
  const chosen = custom ? CUSTOM : (OPTIONS.find((option) => option.value === String(value)) ?? MANUAL);

  const choose = (option: string | undefined): void => {
    setCustom(option === CUSTOM.value);
    if (option === CUSTOM.value) {
      const seconds = value ?? 60;
      setUnit(unitOf(seconds));
      setTyped(String(seconds / unitOf(seconds)));
      onChange(seconds);
    } else onChange(option === MANUAL.value ? null : Number(option));
  };
  const type = (text: string, seconds: number): void => {
    setTyped(text);
    setUnit(seconds);
    onChange(text.trim() === '' ? Number.NaN : Number(text) * seconds);
  };

  return (
    <SpaceBetween size="s">
      <FormField label="Interval" description="How often it is synced. Slots are spread, so that not all run at once.">
        <Select
          selectedOption={chosen}
          options={OPTIONS}
          onChange={({ detail }) => choose(detail.selectedOption.value)}
        />
      </FormField>
      {custom && (
        <div className="side-by-side">
          <FormField label="Every" errorText={intervalProblem(value)}>
            <Input
              type="number"
              inputMode="numeric"
              value={typed}
              onChange={({ detail }) => type(detail.value, unit)}
            />
          </FormField>
          <FormField label="Unit">
            <Select
              selectedOption={CUSTOM_UNITS.find((option) => option.value === String(unit)) ?? CUSTOM_UNITS[0]}
              options={CUSTOM_UNITS}
              onChange={({ detail }) => type(typed, Number(detail.selectedOption.value))}
            />
          </FormField>
        </div>
      )}
    </SpaceBetween>
  );
}

const isOffered = (seconds: number): boolean => INTERVALS.some((offered) => offered === seconds);
